package host

import (
	"io/fs"
	"strconv"
	"time"

	"tcpbench/host/doctor"
	"tcpbench/internal/machine"
	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/lab"
	"tcpbench/law/headroom"
)

// Facts reads all that can be known of this host. root is where the files are
// that set sysctls, and top is how many pairs of source and destination are
// reported one by one. An error means that the ports or the sockets cannot be
// read; what else cannot be is absent, and named in Unread.
func Facts(root fs.FS, top int) (doctor.Facts, error) {
	f := doctor.Facts{Kernel: machine.Kernel(), Sysctls: lab.SysctlValues(doctor.Names())}
	s, err := Open()
	if err != nil {
		return f, err
	}
	defer s.Close()
	if err := s.facts(&f, top); err != nil {
		return f, err
	}
	f.Conntrack = tracking(f.Sysctls)
	f.SourceNATs = sourceNATs(f.Conntrack)
	f.Asked, f.Unread = asked(root)
	f.Files, f.Unread = also(openFiles())(f.Unread)
	f.Counters, f.Unread = also(procnet.Read("self"))(f.Unread)
	return f, nil
}

// facts fills in what sockets tell.
func (s *Sockets) facts(f *doctor.Facts, top int) error {
	reading, p, err := s.Read()
	if err != nil {
		return err
	}
	f.View = headroom.NewWatch(top).Observe(reading)
	f.Range, f.Reserved, f.Listening, f.Law = p.Range, p.Reserved, p.Listening, p.Law
	return s.lister.Listeners(func(l sockdiag.Listener) {
		f.Queues = append(f.Queues, doctor.Queue{Addr: l.Addr, Waiting: l.Waiting, Backlog: l.Backlog})
	})
}

// also keeps a value, and adds its error to those there are.
func also[T any](value T, err error) func([]error) (T, []error) {
	return func(errs []error) (T, []error) {
		if err != nil {
			errs = append(errs, err)
		}
		return value, errs
	}
}

// sourceNATs is nil where it is not known. Without connection tracking there is no NAT,
// and to ask would load a module.
func sourceNATs(c *doctor.Conntrack) *int {
	if c == nil {
		return new(int)
	}
	if n, err := lab.SourceNATs(); err == nil {
		return &n
	}
	return nil
}

// tracking is nil where the module is not loaded.
func tracking(sysctls map[string]string) *doctor.Conntrack {
	limit, err := strconv.Atoi(sysctls["net.netfilter.nf_conntrack_max"])
	if err != nil {
		return nil
	}
	count, err := strconv.Atoi(sysctlNow("net.netfilter.nf_conntrack_count"))
	if err != nil {
		return nil
	}
	seconds, err := strconv.Atoi(sysctls["net.netfilter.nf_conntrack_tcp_timeout_time_wait"])
	if err != nil {
		return nil
	}
	return &doctor.Conntrack{Count: count, Max: limit, TimeWait: time.Duration(seconds) * time.Second}
}
