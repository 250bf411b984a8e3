package host

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tcpbench/host/doctor"
	"tcpbench/host/netns"
	"tcpbench/internal/fault"
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
	f, err := facts(top)
	if err != nil {
		return f, err
	}
	f.Asked, f.Unread = asked(root)
	f.Files, f.Unread = also(openFiles(strconv.Itoa(os.Getppid()), "self"))(f.Unread)
	f.Counters, f.Unread = also(procnet.Read("thread-self"))(f.Unread)
	return f, nil
}

// FactsIn is Facts of another network namespace, which is a file: that of a process, if pid
// is not 0, whose limits of open files count.
func FactsIn(path string, pid, top int) (doctor.Facts, error) {
	inode, err := netns.Inode(path)
	if err != nil {
		return doctor.Facts{}, fault.Usage(fmt.Errorf("network namespace: %w", err))
	}
	s, err := OpenIn(path)
	if err != nil {
		return doctor.Facts{}, err
	}
	defer s.Close()
	var f doctor.Facts
	err = s.network.In(0, func() error {
		if f, err = facts(top); err != nil {
			return err
		}
		f.Counters, f.Unread = also(procnet.Read("thread-self"))(f.Unread)
		return nil
	})
	if err != nil {
		return f, err
	}
	subject := subjectOf(path, inode, pid, f.Sysctls)
	f.Subject = &subject
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

// facts are those of the network namespace that the calling thread is in.
func facts(top int) (doctor.Facts, error) {
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
