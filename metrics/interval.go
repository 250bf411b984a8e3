package metrics

// Interval is one stretch of a run, as a result file keeps it. What was not
// measured is absent.
type Interval struct {
	// TS is the end of the interval, in seconds from the start.
	TS float64 `json:"t_s"`
	// LengthS is how long it took, in seconds. Absent in results of earlier versions,
	// whose intervals begin where the one before ends.
	LengthS float64 `json:"length_s,omitempty"`
	// Merged is of how many intervals this one is made, of a long run; absent for one.
	// Counts and CPU time are then their sums, rates those of all, and what is so at the
	// end that of the last. A percentile of several is not known, and absent.
	Merged int `json:"merged,omitempty"`

	Attempted            int64   `json:"attempted"`
	Obtained             int64   `json:"obtained"`
	Succeeded            int64   `json:"succeeded"`
	Failed               int64   `json:"failed"`
	ConnectionsPerSecond float64 `json:"connections_per_second"`
	RequestsPerSecond    float64 `json:"requests_per_second"`

	// Errors counts Failed by call and errno, under names such as "connect: EADDRNOTAVAIL".
	// Absent where none failed, and in results of earlier versions.
	Errors map[string]int64 `json:"errors,omitempty"`

	// ServerErrors counts HTTP answers of status 500 and above.
	ServerErrors int64 `json:"server_errors,omitempty"`

	// InFlight is how many connections were open at its end.
	InFlight int `json:"in_flight"`

	// TimeWait counts TIME_WAITs of the client's network namespace, and orphans
	// in FIN_WAIT_2, which the kernel keeps the same way (tcp_time_wait).
	TimeWait *int `json:"time_wait,omitempty"`
	// FinWait2 counts connections towards the target whose FIN the server has
	// acknowledged and not answered with its own. With server-close=never, and where
	// most of the connections that were over were in it.
	FinWait2 *int `json:"fin_wait2,omitempty"`
	// PortsInUse counts local ports in use towards the target, in any state.
	PortsInUse *int `json:"ports_in_use,omitempty"`
	// PortsReusable counts those of PortsInUse that are TIME_WAITs old enough
	// for tcp_tw_reuse: a connect can take them over. Absent without reuse.
	PortsReusable *int `json:"ports_reusable,omitempty"`
	// PortsCapacity is how many there are.
	PortsCapacity *int `json:"ports_capacity,omitempty"`

	// Live is what is known of the ports besides, while a run goes on and in its journal: a
	// result has it in prediction, hosts and nat.
	Live *LivePorts `json:"live,omitempty"`

	// KeepaliveTimerMS is the least time that a held connection's keepalive timer
	// has left, in milliseconds, and KeepaliveProbes the most probes without an
	// answer, as `ss -o` shows them. In mode idle with --tcp-keepalive only, while
	// there are such connections.
	KeepaliveTimerMS *int64 `json:"keepalive_timer_ms,omitempty"`
	KeepaliveProbes  *int   `json:"keepalive_probes,omitempty"`

	// Latencies of what ended in the interval, right to 1 %: see [Latencies].
	ConnectP50US *float64 `json:"connect_p50_us,omitempty"`
	ConnectP99US *float64 `json:"connect_p99_us,omitempty"`
	RequestP50US *float64 `json:"request_p50_us,omitempty"`
	RequestP99US *float64 `json:"request_p99_us,omitempty"`
	// ResponseP99US runs from the planned start. Open loop only.
	ResponseP99US *float64 `json:"response_p99_us,omitempty"`

	// ConnectHDR, RequestHDR and ResponseHDR are the histograms that those are of, as that
	// of [Summary], to two significant digits. Of merged intervals they have all of them.
	// Absent in a journal, and in results of earlier versions.
	ConnectHDR  string `json:"connect_hdr,omitempty"`
	RequestHDR  string `json:"request_hdr,omitempty"`
	ResponseHDR string `json:"response_hdr,omitempty"`

	// CPUUserS and CPUSystemS are what the client process used, in seconds.
	CPUUserS   *float64 `json:"cpu_user_s,omitempty"`
	CPUSystemS *float64 `json:"cpu_system_s,omitempty"`

	// Late are the agents of a fleet whose part of the interval is not of its time, since
	// they had begun late; absent where none had, and of a single host.
	Late []string `json:"late,omitempty"`

	// Least and Most are the smallest and the largest that each figure was in those
	// that were merged; absent where none were.
	Least *Figures `json:"least,omitempty"`
	Most  *Figures `json:"most,omitempty"`
}

// LivePorts are what the law says of a client's ports, and those of the host between client
// and server.
type LivePorts struct {
	// Safe is how many ports the rate holds that lasts for ever, and Sure how many a client
	// finds for certain; 0 where the law gives none.
	Safe int `json:"safe,omitempty"`
	Sure int `json:"sure,omitempty"`
	// HoldS is for how long a connection that is over keeps its port, in seconds; of several
	// hosts the longest. 0 where it keeps none.
	HoldS float64 `json:"hold_s,omitempty"`
	// Between are those of a proxy or a NAT as they were read last; absent without one.
	Between *HostPorts `json:"between,omitempty"`
}

// HostPorts are the ports of a host towards the server: of a proxy all together, of a NAT
// those of its fullest pair of an address and a destination.
type HostPorts struct {
	// Host is its name among a lab's hosts: proxy or nat.
	Host string `json:"host"`
	// InUse are those in use, of Capacity, and Reusable those of them that another
	// connection can have at once.
	InUse    int `json:"in_use"`
	Reusable int `json:"reusable,omitempty"`
	Capacity int `json:"capacity"`
}

// HDR is the histogram of a phase by its name in a result file; "" where there is none.
func (iv Interval) HDR(phase string) string {
	switch phase {
	case "connect":
		return iv.ConnectHDR
	case "request":
		return iv.RequestHDR
	case "response":
		return iv.ResponseHDR
	default:
		return ""
	}
}

// WithoutHDR is iv without its histograms.
func (iv Interval) WithoutHDR() Interval {
	iv.ConnectHDR, iv.RequestHDR, iv.ResponseHDR = "", "", ""
	return iv
}

// Lowest and Highest are the figures between which all lie that were merged into iv;
// where none were, both are its own.
func (iv *Interval) Lowest() *Figures  { return iv.bounds().least }
func (iv *Interval) Highest() *Figures { return iv.bounds().most }

// PortsHeld is how many ports a connect cannot have: those in use less the
// reusable ones. It is 0 when they were not measured.
func (iv *Interval) PortsHeld() int {
	if iv.PortsInUse == nil {
		return 0
	}
	held := *iv.PortsInUse
	if iv.PortsReusable != nil {
		held -= *iv.PortsReusable
	}
	return held
}
