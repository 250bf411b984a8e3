package doctor

import (
	"slices"
	"time"

	"tcpbench/law/headroom"
)

// Report is what is to be said of a host.
type Report struct {
	At     time.Time `json:"at"`
	Kernel string    `json:"kernel"`
	// Subject is whose network namespace it is; absent where it is the one that asks.
	Subject *Subject `json:"subject,omitempty"`

	// Settings are the sysctls that matter, and what they mean here.
	Settings []Setting `json:"settings"`
	// Files is absent where the limits could not be read.
	Files *Files `json:"open_files,omitempty"`
	// Conntrack is absent where the kernel does not track connections.
	Conntrack *Conntrack `json:"conntrack,omitempty"`
	// SourceNATs counts the rules of nf_tables by which this host masquerades; absent where
	// they could not be listed.
	SourceNATs *int `json:"source_nats,omitempty"`
	// Queues are the accept queues that are a tenth full at least, the
	// fullest first; Listeners counts all.
	Queues    []Queue `json:"queues,omitempty"`
	Listeners int     `json:"listeners"`
	// Overflows count what the kernel had to drop since the network
	// namespace was made; those that are not 0.
	Overflows map[string]int64 `json:"overflows,omitempty"`

	// Headroom is the use of ports now.
	Headroom headroom.View `json:"headroom"`

	// Rate and OpenSeconds are the question; absent where none was put.
	Rate        float64 `json:"rate,omitempty"`
	OpenSeconds float64 `json:"open_seconds,omitempty"`
	// Limits are those that come first first.
	Limits []Limit `json:"limits"`

	// InVain is what has been asked for and does nothing.
	InVain []Vain `json:"in_vain,omitempty"`
	// Unread says which files that set sysctls, limits and counters could not be read, and why.
	Unread []string `json:"unread,omitempty"`

	// towards is the destination that all is said of.
	towards string
}

// Examine draws the report from what is known.
func Examine(f Facts, q Question) Report {
	r := Report{
		At:          f.View.At,
		Kernel:      f.Kernel,
		Subject:     f.Subject,
		Settings:    settings(f),
		Files:       f.Files,
		Conntrack:   f.Conntrack,
		SourceNATs:  f.SourceNATs,
		Queues:      filling(f.Queues),
		Listeners:   len(f.Queues),
		Overflows:   overflows(f.Counters),
		Headroom:    f.View,
		Rate:        q.Rate,
		OpenSeconds: q.Open.Seconds(),
		Limits:      limits(f, q),
		InVain:      inVain(f),
		towards:     "towards one destination" + apart(f.Law),
	}
	for _, err := range f.Unread {
		r.Unread = append(r.Unread, err.Error())
	}
	return r
}

// filling are the queues that are a tenth full at least.
func filling(queues []Queue) []Queue {
	empty := func(q Queue) bool { return q.Waiting == 0 || 10*q.Waiting < q.Backlog }
	out := slices.DeleteFunc(slices.Clone(queues), empty)
	slices.SortStableFunc(out, func(a, b Queue) int { return b.Waiting*a.Backlog - a.Waiting*b.Backlog })
	return out
}

// overflows are the counters of what was dropped for lack of room.
func overflows(counters map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for _, name := range []string{
		"TcpExtListenOverflows", "TcpExtListenDrops", "TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies",
		"TcpExtTCPTimeWaitOverflow", "TcpExtTCPAbortOnMemory", "TcpExtTCPMemoryPressures",
	} {
		if n := counters[name]; n != 0 {
			out[name] = n
		}
	}
	return out
}

// First is the limit that comes first and by which something fails; nil when
// the rate that was asked for reaches none.
func (r Report) First() *Limit {
	for i, l := range r.Limits {
		if l.Harmless || !r.reaches(l) {
			continue
		}
		return &r.Limits[i]
	}
	return nil
}

// Harmless is one that comes before the first and by which nothing fails; nil
// where there is none.
func (r Report) Harmless() *Limit {
	if l := &r.Limits[0]; l.Harmless && r.reaches(*l) {
		return l
	}
	return nil
}

// reaches reports whether the rate that was asked for reaches a limit, or any
// rate where none was.
func (r Report) reaches(l Limit) bool {
	if r.Rate > 0 {
		return l.ReachedSeconds != nil
	}
	return l.HoldSeconds > 0
}
