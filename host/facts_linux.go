package host

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"tcpbench/host/doctor"
	"tcpbench/host/netns"
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
	s, err := Open()
	if err != nil {
		return doctor.Facts{}, err
	}
	defer s.Close()
	f, err := s.facts(top)
	if err != nil {
		return f, err
	}
	f.Asked, f.Unread = asked(root)
	f.Files, f.Unread = also(openFiles(strconv.Itoa(os.Getppid()), "self"))(f.Unread)
	f.Counters, f.Unread = also(s.counters())(f.Unread)
	return f, nil
}

// FactsIn is Facts of another network namespace, which is a file: that of a process, if pid
// is not 0, whose limits of open files count.
func FactsIn(path string, pid, top int) (doctor.Facts, error) {
	s, err := OpenIn(path)
	if err != nil {
		return doctor.Facts{}, err
	}
	defer s.Close()
	f, err := s.facts(top)
	if err != nil {
		return f, err
	}
	subject := subjectOf(path, s.inode, pid, f.Sysctls)
	f.Subject = &subject
	f.Counters, f.Unread = also(s.counters())(f.Unread)
	if pid > 0 {
		f.Files, f.Unread = also(openFiles(strconv.Itoa(pid)))(f.Unread)
	}
	return f, nil
}

// subjectOf is whose network namespace a file is, which has these sysctls.
func subjectOf(path string, inode uint64, pid int, sysctls map[string]string) doctor.Subject {
	of1, err := netns.OfProcess(1)
	s := doctor.NewSubject(path, sysctls, err == nil && of1 == inode && netns.HostInit())
	s.Inode, s.PID, s.Name = inode, pid, nameIn(netns.NamedIn, path)
	if pid > 0 {
		s.Namespace = netns.Identify(s.Namespace)
	}
	return s
}

// nameIn is the name that a path has in a directory, through links as /var/run; "" in another.
func nameIn(dir, path string) string {
	if in, err := filepath.EvalSymlinks(filepath.Dir(path)); err != nil || in != dir {
		return ""
	}
	return filepath.Base(path)
}

// facts are those of the network namespace.
func (s *Sockets) facts(top int) (doctor.Facts, error) {
	f := doctor.Facts{Kernel: machine.Kernel(), CPUs: runtime.NumCPU()}
	err := s.network.In(0, func() error {
		f.Sysctls = lab.SysctlValues(doctor.Names())
		f.Conntrack = tracking(f.Sysctls)
		f.SourceNATs = sourceNATs(f.Conntrack)
		return nil
	})
	if err != nil {
		return f, err
	}
	reading, p, err := s.Read()
	if err != nil {
		return f, err
	}
	f.View = headroom.NewWatch(top).Observe(reading)
	f.Range, f.Reserved, f.Listening, f.Law = p.Range, p.Reserved, p.Listening, p.Law
	err = s.lister.Listeners(func(l sockdiag.Listener) {
		f.Queues = append(f.Queues, doctor.Queue{Addr: l.Addr, Waiting: l.Waiting, Backlog: l.Backlog})
	})
	return f, err
}

// counters are those of the network namespace.
func (s *Sockets) counters() (procnet.Counters, error) {
	return procnet.Hosts{PID: "thread-self", Networks: s.network}.Counters()
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
