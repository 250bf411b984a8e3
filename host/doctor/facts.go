package doctor

import (
	"net/netip"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// Facts are what is known of a host. What could not be read is absent.
type Facts struct {
	// Subject is whose network namespace that is; nil where it is the one that asks.
	Subject *Subject
	// Kernel is the name and the release, as uname(2) has them.
	Kernel string
	// CPUs are its processors; 0 is not known.
	CPUs int
	// Sysctls are those of [Names] that this kernel has.
	Sysctls map[string]string
	// Asked are the lines of the files that set sysctls, in the order in
	// which they are applied.
	Asked []Asked
	// Unread are files among those, limits and counters that could not be read, and why.
	Unread []error

	// Range is net.ipv4.ip_local_port_range; Reserved and Listening are those
	// of its ports that are reserved, and those that have a listener.
	Range               capacity.Range
	Reserved, Listening int
	// Law is what the settings say for one source and one destination.
	Law capacity.Settings
	// View is the use of ports now.
	View headroom.View

	// Files are the limits of open files of the subject, or the process that started this one.
	// It is nil where they could not be read.
	Files *Files
	// Conntrack is nil where the kernel does not track connections.
	Conntrack *Conntrack
	// SourceNATs counts the rules that give forwarded connections another source; nil where
	// they could not be listed, as by a user without CAP_NET_ADMIN.
	SourceNATs *int
	// Queues are the accept queues of all listeners.
	Queues []Queue
	// Counters are the kernel's, by their names in nstat(8), since the
	// network namespace was made.
	Counters map[string]int64
}

// host is what the law's sysctls mean something on.
func (f Facts) host() capacity.Host {
	return capacity.Host{Settings: f.Law, Reserved: f.Reserved, Listening: f.Listening, TimeWaits: f.View.TimeWait}
}

// Files are the limits of open files of a process (ulimit -n); absent is
// unlimited.
type Files struct {
	Soft uint64 `json:"soft,omitempty"`
	Hard uint64 `json:"hard,omitempty"`
}

// Conntrack is the table of tracked connections.
type Conntrack struct {
	Count int `json:"count"`
	Max   int `json:"max"`
	// TimeWait is how long a closed connection stays in the table.
	TimeWait time.Duration `json:"-"`
}

// tracks reports whether connections of this network namespace are tracked:
// the module is often loaded while no rule asks for it.
func (c Conntrack) tracks(inUse int) bool { return c.Count > 0 || inUse == 0 }

// Queue is the accept queue of one listener.
type Queue struct {
	Addr    netip.AddrPort `json:"addr"`
	Waiting int            `json:"waiting"`
	Backlog int            `json:"backlog"`
}

// Question is what a host is asked.
type Question struct {
	// Rate is how many connections a second are to be opened, from one
	// source to one destination; 0 asks for no rate.
	Rate float64
	// Open is how long each of them stays open.
	Open time.Duration
}
