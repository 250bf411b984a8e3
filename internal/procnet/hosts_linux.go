package procnet

import "tcpbench/internal/sys"

// Hosts are what is read as one: the network namespace that process PID is in, "self" for
// the calling process, or all Networks together where there are some.
type Hosts struct {
	PID      string
	Networks sys.Networks
}

// each calls read with the process, or the thread, whose namespace is to be read.
func (h Hosts) each(read func(pid string) error) error {
	if len(h.Networks) == 0 {
		return read(h.PID)
	}
	return h.Networks.Each(func() error { return read("thread-self") })
}

// Counters are [Read] of all of them, added up.
func (h Hosts) Counters() (Counters, error) {
	all := Counters{}
	err := h.each(func(pid string) error {
		one, err := Read(pid)
		for name, n := range one {
			all[name] += n
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// TimeWaits is [TimeWaits] of all of them together.
func (h Hosts) TimeWaits() (int, error) {
	all := 0
	err := h.each(func(pid string) error {
		n, err := TimeWaits(pid)
		all += n
		return err
	})
	return all, err
}

// Sockets is [Sockets] of all of them together.
func (h Hosts) Sockets() (SocketCount, error) {
	var all SocketCount
	err := h.each(func(pid string) error {
		n, err := Sockets(pid)
		all.InUse, all.TimeWaits = all.InUse+n.InUse, all.TimeWaits+n.TimeWaits
		return err
	})
	return all, err
}
