package message

import (
	"time"

	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
)

// Report is what an agent tells the coordinator: how it stands, and with it one of the
// pointers, or none.
type Report struct {
	Version int `json:"version"`
	// Instance is drawn at random when the agent's process starts: two agents of one name
	// are told apart by it.
	Instance string `json:"instance"`

	Status   *Status   `json:"status,omitempty"`
	Pong     *Pong     `json:"pong,omitempty"`
	Interval *Interval `json:"interval,omitempty"`
	Chunk    *Chunk    `json:"chunk,omitempty"`
}

// Status is all of an agent's state.
type Status struct {
	Host Host `json:"host"`
	// Held is the coordinator whose orders it takes; absent when it is free.
	Held *Coordinator `json:"held,omitempty"`
	// Job is what became of the last run that it was to prepare; absent before the first.
	Job *Job `json:"job,omitempty"`
	// Kept are the runs of which it keeps a result, or what is left of one, on its disk.
	Kept []Kept `json:"kept,omitempty"`
	// Leaving is why the agent's process ends; absent while it does not.
	Leaving string `json:"leaving,omitempty"`
}

// Host is what an agent runs on.
type Host struct {
	Tool   results.Tool `json:"tool"`
	Build  string       `json:"build"` // a hash of the program, where Tool does not tell builds apart
	Name   string       `json:"name"`
	Kernel string       `json:"kernel"`
	Arch   string       `json:"arch"`
	CPUs   int          `json:"cpus"`
	// Network tells its network namespace from all others: agents of one share its ports.
	Network string `json:"network"`
	// Addrs are those of its interfaces, as text.
	Addrs []string `json:"addrs"`
	// Ports is how many local ports a connect may have (net.ipv4.ip_local_port_range less
	// the reserved ones), Files the hard limit of open files.
	Ports int    `json:"ports"`
	Files uint64 `json:"files"`
	// TimeOfDay is what its clock says when the message is sent.
	TimeOfDay time.Time `json:"time_of_day"`
	// Within are the addresses to which its owner permits load, as text.
	Within []string `json:"within"`
}

// State is how far a run is.
type State string

// The states of a run, in their order.
const (
	Preparing State = "preparing"
	Ready     State = "ready"
	Running   State = "running"
	Done      State = "done"
	// Refused: it did not begin.
	Refused State = "refused"
)

// Job is a run of an agent.
type Job struct {
	Run   string `json:"run"`
	State State  `json:"state"`
	// Why is why it was refused, or ended without a result, and Status the exit status that
	// stands for.
	Why    string `json:"why,omitempty"`
	Status int    `json:"status,omitempty"`
	// Prediction is what the law says there, and HeldPorts how many ports were in use
	// towards the targets; absent where it was not asked.
	Prediction *capacity.Prediction `json:"prediction,omitempty"`
	HeldPorts  int                  `json:"held_ports,omitempty"`
	// Began is when it was to begin, in its own clock (machine.Monotonic), and by how much later
	// its first start was; 0 before.
	Began time.Duration `json:"began_ns,omitempty"`
	// Trouble is what went wrong without ending the run.
	Trouble string `json:"trouble,omitempty"`
}

// Kept is what an agent has on its disk of a run.
type Kept struct {
	Run string `json:"run"`
	// Bytes is how much that is, and Sum its SHA-256 in hex.
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum"`
	// Journal: the run had no result, and this is its journal.
	Journal bool `json:"journal,omitempty"`
}

// Pong answers a ping.
type Pong struct {
	Ping int64 `json:"ping"`
	// At is the agent's clock (machine.Monotonic).
	At time.Duration `json:"at_ns"`
}

// Interval is one of a run under way.
type Interval struct {
	Run      string           `json:"run"`
	Interval metrics.Interval `json:"interval"`
}

// ChunkBytes is how much of a result a message has at most.
const ChunkBytes = 256 << 10

// Chunk is a part of what is kept.
type Chunk struct {
	Run    string `json:"run"`
	Offset int64  `json:"offset"`
	Data   []byte `json:"data"`
}
