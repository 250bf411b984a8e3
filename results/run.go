package results

import (
	"cmp"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Schema names the format of a result file.
const Schema = "tcpbench.result/v1"

// Run is one run of one cell: the content of a result file.
type Run struct {
	Schema    string    `json:"schema"`
	Tool      Tool      `json:"tool"`
	StartedAt time.Time `json:"started_at"`

	// DurationS is for how long load was offered, in seconds, without warm-up:
	// until connections were no longer begun, or with a count until the last
	// one ended.
	DurationS float64 `json:"duration_s"`

	// DrainS is how long the last connections took after that, in seconds.
	DrainS float64 `json:"drain_s,omitempty"`

	// Interrupted tells that a signal ended the run early.
	Interrupted bool `json:"interrupted,omitempty"`
	// CutOff tells that this is no result, but what the journal of a run has; nil
	// for a result.
	CutOff *CutOff `json:"-"`

	// Cell is the cell's place in the sweep's matrix.
	Cell map[string]string `json:"cell,omitempty"`
	// Repeat counts from 1 in a sweep.
	Repeat int `json:"repeat,omitempty"`

	Options     scenario.Workload `json:"options"`
	Targets     []string          `json:"targets"`
	Environment Environment       `json:"environment"`

	Totals     Totals              `json:"totals"`
	Rates      Rates               `json:"rates"`
	Exhaustion *exhaustion.Finding `json:"exhaustion,omitempty"`
	// RequestLog is what became of the log of requests; absent without one.
	RequestLog *RequestLog `json:"request_log,omitempty"`
	// Limit is what limited the rate; absent where nothing succeeded, where
	// connections were only held, and in results of earlier versions.
	Limit *exhaustion.Bound `json:"limit,omitempty"`
	// Prediction is the law of the ports that the finding is about: the client's, or
	// where they ran out on another host, its.
	// Without ports, as on a Unix socket, it is absent.
	Prediction capacity.Prediction `json:"prediction,omitzero"`
	Verdict    exhaustion.Verdict  `json:"verdict"`
	Latency    Latency             `json:"latency"`
	Kernel     Kernel              `json:"kernel"`
	Hosts      *Hosts              `json:"hosts,omitempty"`
	// Intervals follow each other without a gap. There are at most 2000: those of a longer
	// run are merged, except around what matters.
	Intervals []Interval `json:"intervals"`

	// PortsAtStart is how many local ports were in use towards the target when
	// counting began: those of the warm-up, or of earlier connections.
	PortsAtStart *int `json:"ports_at_start,omitempty"`

	// ConnectCost is the cost of connect(2) over the connections of the run.
	ConnectCost []metrics.Point `json:"connect_cost,omitempty"`

	// NAT is what the lab's NAT had and did; absent without one.
	NAT *NAT `json:"nat,omitempty"`

	// Link is what each rule of the lab's link did, in their order.
	Link []LinkRule `json:"link,omitempty"`
	// Packets are the first TCP segments of the client's link.
	Packets []Packet `json:"packets,omitempty"`
	// Pcap are their frames as a file for tcpdump; it is no part of a result file.
	Pcap []byte `json:"-"`

	// Program is the user's that was the client, of engine exec only.
	Program *Program `json:"program,omitempty"`

	// Threads are those of the client, in their order; absent of engine nethttp and hey,
	// which run on those that Go has, of engine exec, and in results of earlier versions.
	Threads []Thread `json:"threads,omitempty"`

	Keepalive *Keepalive `json:"keepalive,omitempty"`
	Dialer    *Dialer    `json:"dialer,omitempty"`
	TLS       *TLS       `json:"tls,omitempty"`
	Lateness  *Lateness  `json:"lateness,omitempty"`
	Stalls    *Stalls    `json:"stalls,omitempty"`
	Validity  *Validity  `json:"validity,omitempty"`
	CPU       *CPU       `json:"cpu,omitempty"`
	// Server is what the lab's embedded server cost; absent without one.
	Server   *ServerCost `json:"server,omitempty"`
	Delivery *Delivery   `json:"delivery,omitempty"`
	Search   *Search     `json:"search,omitempty"`
	Warnings []Warning   `json:"warnings"`

	// Agents are the hosts of a fleet's run, in the order of their names; absent of one that
	// a single host made. All else is of them together.
	Agents []Agent `json:"agents,omitempty"`
	// Degraded tells that some of them did not go on to the end, so that this is not the
	// load that was asked for.
	Degraded bool `json:"degraded,omitempty"`
}

// Tool says which tcpbench wrote the file.
type Tool struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
}

// Environment is what the run depended on and no option says.
type Environment struct {
	Kernel      string `json:"kernel"`
	Arch        string `json:"arch"`
	CPUs        int    `json:"cpus"`
	CPUModel    string `json:"cpu_model,omitempty"`
	MemoryBytes int64  `json:"memory_bytes"`
	ClockSource string `json:"clock_source,omitempty"`
	// HZ is how many ticks a second the kernel counts, to which it rounds its
	// timers; absent where it is not known.
	HZ        int    `json:"hz,omitempty"`
	GoVersion string `json:"go_version"`

	// Sysctls are the values in force in the client's network namespace.
	Sysctls map[string]string `json:"sysctls"`
	// ServerSysctls are those of the lab's server namespace.
	ServerSysctls map[string]string `json:"server_sysctls,omitempty"`
	// ProxySysctls are those of the namespace of the lab's proxy.
	ProxySysctls map[string]string `json:"proxy_sysctls,omitempty"`
	// NATSysctls are those of the namespace of the lab's NAT.
	NATSysctls map[string]string `json:"nat_sysctls,omitempty"`
	// Limits are resource limits of the client process (getrlimit(2)).
	Limits map[string]uint64 `json:"limits"`

	// Lab tells that client and server ran in namespaces of their own.
	Lab bool `json:"lab"`
	// TargetKind is what was driven: "embedded", "command" or "proxy", which are
	// in a lab, or "external".
	TargetKind string `json:"target_kind"`
	// Server is what the lab ran: the embedded server's protocol, or the
	// command line of another program.
	Server string `json:"server,omitempty"`
	// Proxy is the command line of the lab's proxy.
	Proxy string `json:"proxy,omitempty"`
	// Client is the command line of the program that was the client, of engine exec.
	Client string `json:"client,omitempty"`
	// ServerFiles, ProxyFiles and ClientFiles are what those programs were given to
	// read, contents by name.
	ServerFiles map[string]string `json:"server_files,omitempty"`
	ProxyFiles  map[string]string `json:"proxy_files,omitempty"`
	ClientFiles map[string]string `json:"client_files,omitempty"`
	// Engine is what opened the connections.
	Engine string `json:"engine"`
	// Sockets is what became of the sockets of connections that were over: "keep" or
	// "fresh"; absent in results of earlier versions, whose were all fresh.
	Sockets string `json:"sockets,omitempty"`
}

// Totals are counts over the whole run. Of engine exec those of connections are the
// kernel's: attempted are connects that obtained a port (TcpActiveOpens), failed those whose
// handshake failed (TcpAttemptFails), and succeeded those that the target's host accepted
// (TcpPassiveOpens there). How often no port was found, and requests, it does not know.
type Totals struct {
	metrics.Counts

	// Errors counts failures by "call: ERRNO".
	Errors map[string]int64 `json:"errors"`

	// Status counts HTTP answers by their status code, and Protocols by the
	// version of HTTP, of an engine that speaks several.
	Status    map[string]int64 `json:"status,omitempty"`
	Protocols map[string]int64 `json:"protocols,omitempty"`

	// Unused counts connections that an HTTP library opened, and that carried no
	// request: each took a port. They are attempted, and neither succeeded nor failed.
	// Engine nethttp only; earlier versions counted them as succeeded.
	Unused *int64 `json:"unused,omitempty"`

	// EarlyAnswers counts whole HTTP answers that came before the request's body
	// was sent, with --body-size only. The rest is not sent, and the connection
	// is closed.
	EarlyAnswers *int64 `json:"early_answers,omitempty"`

	// SurplusBytes arrived beyond the last answer that was expected, and Mismatch is the
	// first answer that was not what was expected. Of an exchange only.
	SurplusBytes *int64            `json:"surplus_bytes,omitempty"`
	Mismatch     *metrics.Mismatch `json:"mismatch,omitempty"`

	// FailedRequests counts requests that had no whole answer, of an engine on
	// an HTTP library; of others each is a failed connection.
	FailedRequests *int64 `json:"failed_requests,omitempty"`
}

// Used counts the connections that carried something, or were to and failed.
func (t Totals) Used() int64 {
	if t.Unused == nil {
		return t.Attempted
	}
	return t.Attempted - *t.Unused
}

// Connected counts the connections that were there, and used: a warm-up opened some. Of a
// run that was cut off no more is known than which of them were given a port.
func (r *Run) Connected() int64 {
	var n int64
	switch c := r.Latency.Connect; {
	case c != nil:
		n = c.Count
	case r.CutOff != nil:
		n = r.Totals.Obtained
	}
	if r.Totals.Unused != nil {
		n -= *r.Totals.Unused
	}
	return max(n, r.Totals.Succeeded)
}

// BadAnswers counts HTTP answers whose status is an error: 400 and above.
func (t Totals) BadAnswers() int64 {
	var n int64
	for code, count := range t.Status {
		if code >= "400" { // three digits each
			n += count
		}
	}
	return n
}

// Rates are per second over the whole run.
type Rates struct {
	ConnectionsPerSecond float64 `json:"connections_per_second"`
	RequestsPerSecond    float64 `json:"requests_per_second"`

	// OverS is the time that they are over, in seconds: duration_s, and as long
	// as the connections in flight went on after it on average. Where the planned
	// starts of an open loop all took place it is duration_s, and longer by as much as
	// answers fell behind in it; earlier versions left it out and always divided by that.
	OverS float64 `json:"over_s,omitempty"`
}

// Latency are the distributions of each phase; a phase that did not take
// place, or was not seen, is absent.
type Latency struct {
	// Connect runs from connect(2) to the end of the handshake.
	Connect *metrics.Summary `json:"connect,omitempty"`
	// TLS is the handshake that follows, of https.
	TLS *metrics.Summary `json:"tls,omitempty"`
	// FirstByte runs from the start of the request to the answer's first byte.
	FirstByte *metrics.Summary `json:"first_byte,omitempty"`
	// Request runs from the start of the request to the answer's last byte.
	Request *metrics.Summary `json:"request,omitempty"`
	// Service runs from connect(2) to the answer's last byte, where a
	// connection carries one request. Of engine hey it is what hey reports: from
	// the begin of a request, a connect included where there was one.
	Service *metrics.Summary `json:"service,omitempty"`
	// Response runs from the planned start to the answer's last byte: what a
	// user waits who does not know that others are served. Open loop only.
	Response *metrics.Summary `json:"response,omitempty"`
	// Close runs from the first step of closing to the return of close(2).
	Close *metrics.Summary `json:"close,omitempty"`
	// Dead runs from the cut of the link to the report that a connection which
	// was held is dead.
	Dead *metrics.Summary `json:"dead,omitempty"`
}

// Keepalive is what became of connections that carry many requests.
type Keepalive struct {
	// RequestsPerConnection is the mean.
	RequestsPerConnection float64 `json:"requests_per_connection"`
	// Reconnects counts connections beyond the first of each in flight.
	Reconnects int64 `json:"reconnects"`

	metrics.Keepalive
}

// Dialer is what Go's net.Dialer did, of engine nethttp.
type Dialer struct {
	// Dials counts its calls.
	Dials int64 `json:"dials"`
	// Retried counts sockets beyond the first of each call: after
	// EADDRNOTAVAIL, or when a socket was connected to itself, it tries up to
	// two more times, silently.
	Retried int64 `json:"retried"`
}

// Lateness is by how much starts missed their plan, in an open loop.
type Lateness struct {
	P50US float64 `json:"p50_us"`
	P99US float64 `json:"p99_us"`
	MaxUS float64 `json:"max_us"`

	// Planned counts the starts planned, Started those that took place.
	Planned int64 `json:"planned"`
	Started int64 `json:"started"`

	// WaitedForConnection counts planned starts for which no connection was
	// free, and BlockedByConnect those that a slow connect(2) before them held
	// up, whether or not they took place before the end.
	WaitedForConnection int64 `json:"waited_for_connection"`
	BlockedByConnect    int64 `json:"blocked_by_connect"`

	// MissedByGenerator counts those that did not take place for no other reason
	// than the generator.
	MissedByGenerator int64 `json:"missed_by_generator,omitempty"`

	// Behind is by how many seconds more answers took for each second that they were
	// planned later: so many a second were answered of (1 + Behind) times as many that were
	// begun. Absent where they kept up.
	Behind float64 `json:"behind,omitempty"`

	// Late is the distribution that those are of; absent in results of earlier versions.
	Late *metrics.Summary `json:"late,omitempty"`

	// Own is what neither explains: the generator's own lateness, and OwnP99US its
	// 99th percentile. Valid tells that no figure has it in it that matters, as
	// [Run.Validity] says; of an earlier version, which knew no Own, that OwnP99US
	// was at most 1 ms.
	Own      *metrics.Summary `json:"own,omitempty"`
	OwnP99US float64          `json:"own_p99_us"`
	Valid    bool             `json:"valid"`
}

// Kernel are the changes of the kernel's counters during the run, by their
// names in nstat(8), those that are not 0. A side that was not measured is absent.
type Kernel struct {
	Client map[string]int64 `json:"client,omitzero"`
	Proxy  map[string]int64 `json:"proxy,omitzero"`
	NAT    map[string]int64 `json:"nat,omitzero"`
	Server map[string]int64 `json:"server,omitzero"`
}

// Interval is one stretch of the run.
type Interval = metrics.Interval

// CPU is the client process's own use of the processor.
type CPU struct {
	UserS           float64  `json:"user_s"`
	SystemS         float64  `json:"system_s"`
	PerConnectionUS *float64 `json:"per_connection_us,omitempty"`
	PerRequestUS    *float64 `json:"per_request_us,omitempty"`
}

// ServerCost is what the process of the lab's embedded server spent, from the begin of
// the run, without its warm-up, to the end of its last connection.
type ServerCost struct {
	CPUUserS   float64 `json:"cpu_user_s"`
	CPUSystemS float64 `json:"cpu_system_s"`
	// SpunS is the part of that for which its threads looked for work instead of
	// sleeping, in seconds; absent where Go's own decide, as with https.
	SpunS *float64 `json:"spun_s,omitempty"`
	// BusyShare is the share of the time, from 0 to 1, for which its busiest thread
	// worked while load was offered, without what that spun.
	BusyShare *float64 `json:"busy_share,omitempty"`
}

// Delivery compares what the client sent with what the embedded server read.
type Delivery struct {
	// SentBytes were taken by send(2) on the client; LostBytes of them were
	// thrown away on either side before the server had read them. It is below 0
	// where the server read more than was sent: segments of an older connection.
	SentBytes    int64 `json:"sent_bytes"`
	ArrivedBytes int64 `json:"arrived_bytes"`
	LostBytes    int64 `json:"lost_bytes"`
	// LostConnections succeeded for the client, and their request did not
	// reach the server whole.
	LostConnections int64 `json:"lost_connections"`

	// RequestsAnswered is the server's own count of the requests that it read
	// whole and answered.
	RequestsAnswered int64 `json:"requests_answered"`
	// AnswerBytesSent were taken by send(2) on the server; the client did not
	// read AnswerBytesLost of them.
	AnswerBytesSent int64 `json:"answer_bytes_sent"`
	AnswerBytesLost int64 `json:"answer_bytes_lost"`
}

// Warning is something that a reader of the figures must know.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Succeeded reports whether the run did what it was for: it worked, and not
// every answer was an error.
func (r *Run) Succeeded() bool { return r.Worked() && !r.OnlyErrors() }

// OnlyErrors reports whether there were HTTP answers and every one was an error.
func (r *Run) OnlyErrors() bool {
	n := r.Totals.BadAnswers()
	return n > 0 && n >= r.Totals.Requests
}

// Worked reports whether at least one connection succeeded, or ports ran out as they
// were to, or the link was cut under connections that did their work, or the lab's server
// refused every request, as it was to, which are results. A
// run that was to run out of ports, and was stopped by what only looks like it,
// did not. Nor did one whose client was a program of the user's that failed.
func (r *Run) Worked() bool {
	if r.Options.Until == scenario.UntilExhausted && r.Exhaustion != nil && r.Exhaustion.Refused != nil &&
		!r.Exhaustion.Exhausted {
		return false
	}
	if r.FromOutside() && (r.Exhaustion == nil || !r.Exhaustion.Exhausted) {
		return r.programWorked()
	}
	wasCut := r.Options.CutLink > 0 && (r.Latency.Dead != nil || r.Totals.Requests > 0)
	wasRefused := r.Options.ServerClosing().Refuses() && r.Totals.Failed > 0
	ranOut := r.Options.Until == scenario.UntilExhausted && r.Exhaustion != nil && r.Exhaustion.Exhausted
	return r.Totals.Succeeded > 0 || ranOut || wasCut || wasRefused
}

// CarriesMany reports whether connections carried many requests each, so that
// requests are what is counted.
func (r *Run) CarriesMany() bool { return r.Options.Mode == scenario.ModeKeepalive }

// ServedS is the time that rates are over, in seconds.
func (r *Run) ServedS() float64 { return cmp.Or(r.Rates.OverS, r.DurationS) }

// CutAtS is when the link was cut, on the clock of the intervals, which begins
// after the warm-up; false where the run ended before.
func (r *Run) CutAtS() (float64, bool) {
	at := (r.Options.CutLink - r.Options.Warmup).Seconds()
	return at, r.Options.CutLink > 0 && at <= r.DurationS
}

// HeldByTurns reports whether some of the connections that were held were opened later than
// others, and so held for less than the run: at planned times, after others had failed,
// or by a connect that took over a hundredth of the run.
func (r *Run) HeldByTurns() bool {
	c := r.Latency.Connect
	return r.Lateness != nil || c != nil && (c.Count < r.Totals.Attempted || c.MaxUS > 1e4*r.DurationS)
}

// Samples returns the use of ports over the run, where it was measured.
func (r *Run) Samples() []exhaustion.Sample {
	var out []exhaustion.Sample
	var begun int64
	for _, iv := range r.Intervals {
		begun += iv.Obtained
		if iv.PortsInUse != nil && iv.PortsCapacity != nil {
			if r.PortsAtStart != nil && out == nil {
				out = append(out, exhaustion.Sample{InUse: *r.PortsAtStart, Most: *r.PortsAtStart,
					Capacity: *iv.PortsCapacity})
			}
			out = append(out, exhaustion.Sample{Connections: begun, InUse: *iv.PortsInUse,
				Most: *iv.Highest().PortsInUse, Capacity: *iv.PortsCapacity})
		}
	}
	return out
}

// Reconnects reports whether the run opened connections one after the other,
// so that ports could run out in time; where connections are only held, the run is
// reported in requests, or in how many connections there were.
func (r *Run) Reconnects() bool {
	switch r.Options.Mode {
	case scenario.ModeIdle:
		return false
	case scenario.ModeKeepalive:
		return r.Keepalive != nil && r.Keepalive.Reconnects > 0
	default:
		return true
	}
}

// PredictsExhaustion reports whether the law says that ports run out at a
// rate, in connections per second; where connections are only held, whether
// there are more of them than ports.
// Where they ran out on another host, they are that one's, and so is the prediction.
func (r *Run) PredictsExhaustion(rate float64) bool {
	if r.Exhaustion.Elsewhere() != "" {
		return r.Prediction.Exhausts()
	}
	if !r.Reconnects() {
		return r.Prediction.Exhausts() && int64(r.Options.Concurrency) > r.Prediction.ConnectionsUntilExhaustion
	}
	return r.Prediction.ExhaustsAt(rate)
}
