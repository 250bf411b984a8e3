package results

import "tcpbench/law/capacity"

// Hosts are what each host of a lab had while the run went on.
type Hosts struct {
	Client *Host `json:"client,omitempty"`
	// Proxy is absent where there was none.
	Proxy  *Host `json:"proxy,omitempty"`
	Server *Host `json:"server,omitempty"`
}

// Host is what one network namespace had.
type Host struct {
	// Samples are taken at the run's beginning, at its interval, and a moment
	// after its last close, when no connection is being closed. A long run keeps
	// at most 2000 of them.
	Samples []HostSample `json:"samples"`

	// TimeWaitMax is the most of all samples that were taken, TimeWaitEnd that of the last.
	TimeWaitMax *int `json:"time_wait_max,omitempty"`
	TimeWaitEnd *int `json:"time_wait_end,omitempty"`

	// PortsInUseMax is the most of all samples that were taken. PortsCapacity is how many there
	// are towards the server: net.ipv4.ip_local_port_range less the reserved
	// ones, for each address of the server. Of a proxy, and of a server that opens connections
	// itself: those to one address, the one to which it has the most, with the last sample alone.
	PortsInUseMax *int `json:"ports_in_use_max,omitempty"`
	PortsCapacity *int `json:"ports_capacity,omitempty"`

	// Prediction is the law of its ports towards the server, or that address, if it closes
	// first. Of such hosts only.
	Prediction *capacity.Prediction `json:"prediction,omitempty"`

	// Said are the lines that the host's program wrote to stdout and stderr,
	// the most frequent first; of a command only.
	Said []Said `json:"said,omitempty"`
	// SaidUnread counts the lines that came faster than they are read: what they
	// said is not known, so that the counts of Said are a least. Absent where all
	// were read.
	SaidUnread *int64 `json:"said_unread,omitempty"`
}

// HostSample is one reading.
type HostSample struct {
	// TS is when it was taken, in seconds since the run began.
	TS float64 `json:"t_s"`
	// Merged is how many samples in a row this one, the last of them, stands for;
	// absent for itself alone.
	Merged int `json:"merged,omitempty"`

	// TimeWait counts TIME_WAIT sockets, those of FIN_WAIT_2 included that the
	// kernel keeps in the same way once their program has let go of them.
	TimeWait *int `json:"time_wait,omitempty"`

	// PortsInUse are local ports that connections to the server hold, in any
	// state. Of a proxy only.
	PortsInUse *int `json:"ports_in_use,omitempty"`

	// FinWait2, CloseWait and LastAck count sockets that wait for the peer to
	// close, for their own program to close, and for the peer's last ACK.
	FinWait2  *int `json:"fin_wait2,omitempty"`
	CloseWait *int `json:"close_wait,omitempty"`
	LastAck   *int `json:"last_ack,omitempty"`
}

// Said is a line that a program wrote, and others that differ from it in what
// varies only: times, process numbers, ports and other numbers.
type Said struct {
	Text  string `json:"text"`
	Count int64  `json:"count"`
	// FirstS is when it was first said, in seconds since the run began; what
	// was said before is below 0.
	FirstS float64 `json:"first_s"`
}

// Join returns the later of two samples in the place of both.
func (s HostSample) Join(later HostSample) HostSample {
	later.Merged = s.Stands() + later.Stands()
	return later
}

// Stands is for how many samples it stands.
func (s HostSample) Stands() int { return max(s.Merged, 1) }

// Note takes a reading, of a later time than those before, into what is known of all.
func (h *Host) Note(s HostSample) {
	h.TimeWaitEnd = s.TimeWait
	h.TimeWaitMax = most(h.TimeWaitMax, s.TimeWait)
	h.PortsInUseMax = most(h.PortsInUseMax, s.PortsInUse)
}

// most is the larger of two numbers, either of which may be unknown.
func most(a, b *int) *int {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// HostOf is a lab's host with its name.
type HostOf struct {
	Name string
	*Host
}

// Each lists the hosts that there were, from the client on.
func (h *Hosts) Each() []HostOf {
	if h == nil {
		return nil
	}
	var out []HostOf
	for _, one := range []HostOf{{"client", h.Client}, {"proxy", h.Proxy}, {"server", h.Server}} {
		if one.Host != nil {
			out = append(out, one)
		}
	}
	return out
}

// mayRunOut reports whether a host keeps its ports after so many connections, and
// opens them, at a rate per second, faster than its law says can last.
func (h *Host) mayRunOut(opened int64, rate float64) bool {
	if h == nil || h.Prediction == nil || len(h.Samples) == 0 || opened <= 0 {
		return false
	}
	held := h.Samples[len(h.Samples)-1].PortsInUse
	kept := held != nil && float64(*held) >= 0.1*float64(opened)
	return kept && h.Prediction.Lasting(rate) != capacity.ForEver
}

// MayRunOut is a host other than the client whose ports run out, or may, when a load goes on
// as it was: its name, its law, and at what rate per second it opens connections, beyond
// those that may be kept, one for each of the client's.
type MayRunOut struct {
	Host string
	Law  capacity.Prediction
	Rate float64
}

// OtherMayRunOut is the first such host, of a proxy and a server; false where there is none.
func (r *Run) OtherMayRunOut() (MayRunOut, bool) {
	if r.Hosts == nil || r.ServedS() <= 0 {
		return MayRunOut{}, false
	}
	for _, one := range []struct {
		name     string
		host     *Host
		counters map[string]int64
	}{{"proxy", r.Hosts.Proxy, r.Kernel.Proxy}, {"server", r.Hosts.Server, r.Kernel.Server}} {
		opened := one.counters["TcpActiveOpens"] - int64(r.Options.Concurrency)
		if rate := max(float64(opened)/r.ServedS(), 0); one.host.mayRunOut(opened, rate) {
			return MayRunOut{one.name, *one.host.Prediction, rate}, true
		}
	}
	return MayRunOut{}, false
}
