package results

import (
	"time"

	"tcpbench/capacity"
	"tcpbench/exhaustion"
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
	// one ended. Rates are over this time.
	DurationS float64 `json:"duration_s"`

	// DrainS is how long the last connections took after that, in seconds.
	DrainS float64 `json:"drain_s,omitempty"`

	// Interrupted tells that a signal ended the run early.
	Interrupted bool `json:"interrupted,omitempty"`

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
	Prediction capacity.Prediction `json:"prediction"`
	Verdict    exhaustion.Verdict  `json:"verdict"`
	Latency    Latency             `json:"latency"`
	Kernel     Kernel              `json:"kernel"`
	Intervals  []Interval          `json:"intervals"`

	// ConnectCost is the cost of connect(2) over the connections of the run.
	ConnectCost []metrics.Point `json:"connect_cost,omitempty"`

	CPU      *CPU      `json:"cpu,omitempty"`
	Delivery *Delivery `json:"delivery,omitempty"`
	Warnings []Warning `json:"warnings"`
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
	GoVersion   string `json:"go_version"`

	// Sysctls are the values in force in the client's network namespace.
	Sysctls map[string]string `json:"sysctls"`
	// ServerSysctls are those of the lab's server namespace.
	ServerSysctls map[string]string `json:"server_sysctls,omitempty"`
	// Limits are resource limits of the client process (getrlimit(2)).
	Limits map[string]uint64 `json:"limits"`

	// Lab tells that client and server ran in namespaces of their own.
	Lab bool `json:"lab"`
	// TargetKind is "embedded" or "command", both in a lab, or "external".
	TargetKind string `json:"target_kind"`
	// Server is what the lab ran: the embedded server's protocol, or the
	// command line of another program.
	Server string `json:"server,omitempty"`
	// Engine is what opened the connections.
	Engine string `json:"engine"`
}

// Totals are counts over the whole run.
type Totals struct {
	metrics.Counts

	// Errors counts failures by "call: ERRNO".
	Errors map[string]int64 `json:"errors"`
}

// Rates are per second over the whole run.
type Rates struct {
	ConnectionsPerSecond float64 `json:"connections_per_second"`
	RequestsPerSecond    float64 `json:"requests_per_second"`
}

// Latency are the distributions of each phase; a phase that did not take
// place is absent.
type Latency struct {
	// Connect runs from connect(2) to the end of the handshake.
	Connect *metrics.Summary `json:"connect,omitempty"`
	// FirstByte runs from the start of the request to the answer's first byte.
	FirstByte *metrics.Summary `json:"first_byte,omitempty"`
	// Request runs from the start of the request to the answer's last byte.
	Request *metrics.Summary `json:"request,omitempty"`
	// Close runs from the first step of closing to the return of close(2).
	Close *metrics.Summary `json:"close,omitempty"`
}

// Kernel are the changes of the kernel's counters during the run, by their
// names in nstat(8), those that are not 0. A side that was not measured is absent.
type Kernel struct {
	Client map[string]int64 `json:"client,omitempty"`
	Server map[string]int64 `json:"server,omitempty"`
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

// Delivery compares what the client sent with what the embedded server read.
type Delivery struct {
	// SentBytes were taken by send(2) on the client; LostBytes of them were
	// thrown away on either side before the server had read them.
	SentBytes    int64 `json:"sent_bytes"`
	ArrivedBytes int64 `json:"arrived_bytes"`
	LostBytes    int64 `json:"lost_bytes"`
	// LostConnections succeeded for the client, and their request did not
	// reach the server whole.
	LostConnections int64 `json:"lost_connections"`
}

// Warning is something that a reader of the figures must know.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Succeeded reports whether the run did what it was for: at least one
// connection succeeded, or ports ran out, which is a result.
func (r *Run) Succeeded() bool {
	return r.Totals.Succeeded > 0 || r.Exhaustion != nil && r.Exhaustion.Exhausted
}

// Samples returns the use of ports over the run, where it was measured.
func (r *Run) Samples() []exhaustion.Sample {
	var out []exhaustion.Sample
	var begun int64
	for _, iv := range r.Intervals {
		begun += iv.Obtained
		if iv.PortsInUse != nil && iv.PortsCapacity != nil {
			out = append(out, exhaustion.Sample{Connections: begun, InUse: *iv.PortsInUse, Capacity: *iv.PortsCapacity})
		}
	}
	return out
}
