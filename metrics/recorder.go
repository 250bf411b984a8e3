package metrics

import (
	"cmp"
	"syscall"
	"time"
)

// Counts are the sums that a run and each of its intervals report.
type Counts struct {
	// Attempted counts connections begun, whether or not they got a port.
	Attempted int64 `json:"attempted"`
	// Obtained counts connects that were given a local port.
	Obtained int64 `json:"obtained"`
	// Succeeded counts connections that did all they were opened for. One that an HTTP
	// library opened and never used is not among them, nor among the failed.
	Succeeded int64 `json:"succeeded"`
	// Failed counts connections that did not.
	Failed int64 `json:"failed"`
	// Requests counts whole answers. Absent of engine exec, as their rates are.
	Requests int64 `json:"requests"`
	// BytesSent and BytesReceived count payload of TCP. Engine hey measures neither.
	BytesSent     int64 `json:"bytes_sent,omitempty"`
	BytesReceived int64 `json:"bytes_received,omitempty"`
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Attempted += o.Attempted
	c.Obtained += o.Obtained
	c.Succeeded += o.Succeeded
	c.Failed += o.Failed
	c.Requests += o.Requests
	c.BytesSent += o.BytesSent
	c.BytesReceived += o.BytesReceived
}

// Sub returns c less o.
func (c Counts) Sub(o Counts) Counts {
	return Counts{
		Attempted:     c.Attempted - o.Attempted,
		Obtained:      c.Obtained - o.Obtained,
		Succeeded:     c.Succeeded - o.Succeeded,
		Failed:        c.Failed - o.Failed,
		Requests:      c.Requests - o.Requests,
		BytesSent:     c.BytesSent - o.BytesSent,
		BytesReceived: c.BytesReceived - o.BytesReceived,
	}
}

// Recorder holds what one worker saw. Only that worker may write to it.
type Recorder struct {
	Counts

	// ObtainedAtExhaustion is how many connects of the worker had obtained a
	// port when it learned that ports had run out. It is 0 if they never did.
	ObtainedAtExhaustion int64

	Latencies
	Outcomes Outcomes
	Series   Series
	// SeriesAtExhaustion is what Series was then: a run that goes on makes it coarser.
	SeriesAtExhaustion Series
	Statuses           Statuses
	Keepalive          Keepalive
	Lateness           Lateness
	Stalls             Stalls
	Client             Client
	Handshakes         Handshakes
	// Occupancy is of the ports of a NAT; empty without one.
	Occupancy Occupancy
	// CPU is what the worker's thread used while it counted; zero of a worker that
	// has no thread for itself.
	CPU CPU
	// Early counts whole HTTP answers that came before the request's body was
	// sent; their connection is closed.
	Early int64
	// Surplus counts bytes that arrived beyond the last answer that was expected.
	Surplus int64
	// Mismatch is the first answer that was not as expected; nil for none.
	Mismatch *Mismatch
	// Drained adds up, over the connections or requests in flight when load was
	// offered no longer, how long each went on.
	Drained time.Duration

	window     *Window  // latencies since the last Cut
	last       Counts   // counts at the last Cut
	lastFailed Outcomes // likewise
	lastErrors int64    // the server's, at the last Cut
	bare       bool
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{Latencies: newLatencies(), Lateness: newLateness(), window: NewWindow()}
}

// NewBareRecorder returns a recorder that counts, and keeps no latency: what
// recording costs is measured against it.
func NewBareRecorder() *Recorder { return &Recorder{window: NewWindow(), bare: true} }

// Established records a handshake that ended: connection number n, whose
// connect(2) took call, was established latency after it began, at the time at.
func (r *Recorder) Established(n int64, at, call, latency time.Duration) {
	if r.bare {
		return
	}
	r.Connect.Record(latency)
	r.window.Connect.Record(latency)
	r.Series.Add(n, at, call, latency)
}

// Answered records a whole answer, so long after the start of its request.
func (r *Recorder) Answered(latency time.Duration) {
	r.Requests++
	if r.bare {
		return
	}
	r.Request.Record(latency)
	r.window.Request.Record(latency)
}

// Responded records the same answer, so long after its start, which was planned at a time.
func (r *Recorder) Responded(planned, latency time.Duration) {
	if r.bare {
		return
	}
	r.Lateness.Behind.Add(planned, latency)
	r.Response.Record(latency)
	r.window.Response.Record(latency)
}

// Fail records a connection that ended in a failure.
func (r *Recorder) Fail(c Call, e syscall.Errno) {
	r.Failed++
	r.Outcomes.Add(c, e)
}

// RanOut keeps what there was when the worker learned that ports had run out, of so many
// connects that had obtained one. A second call replaces the first, which was in error.
func (r *Recorder) RanOut(obtained int64) {
	r.ObtainedAtExhaustion, r.SeriesAtExhaustion = obtained, r.Series
}

// ConnectCost is the cost of connect(2) over the connections of the run. The first so many
// points are those until ports ran out; all of them, where they did not, or where as fine
// as the rest.
func (r *Recorder) ConnectCost() (points []Point, untilExhausted int) {
	return r.Series.after(&r.SeriesAtExhaustion)
}

// Part is what one worker saw since its last Cut.
type Part struct {
	Counts

	// InFlight is how many of the worker's connections are open.
	InFlight int
	// Errors counts its failures by call and errno; nil where there are none.
	Errors map[string]int64
	// ServerErrors counts HTTP answers of status 500 and above.
	ServerErrors int64

	// Window are the latencies. The receiver owns them.
	*Window
}

// Cut ends an interval: it returns what happened since the last one. spare
// is an empty window to go on with; nil makes a new one.
func (r *Recorder) Cut(inFlight int, spare *Window) Part {
	if spare == nil {
		spare = NewWindow()
	}
	failed := r.Statuses.ServerErrors()
	p := Part{Counts: r.Counts.Sub(r.last), InFlight: inFlight, ServerErrors: failed - r.lastErrors, Window: r.window}
	if p.Failed > 0 {
		p.Errors = r.Outcomes.since(&r.lastFailed)
	}
	r.window, r.last, r.lastErrors = spare, r.Counts, failed
	return p
}

// Merge adds what another worker of the same run recorded. The intervals are
// left alone: they were cut before.
func (r *Recorder) Merge(o *Recorder) {
	r.Counts.Add(o.Counts)
	r.ObtainedAtExhaustion += o.ObtainedAtExhaustion
	r.Latencies.merge(o.Latencies)
	r.Outcomes.Merge(&o.Outcomes)
	r.Series.Merge(&o.Series)
	r.SeriesAtExhaustion.Merge(&o.SeriesAtExhaustion)
	r.Statuses.merge(&o.Statuses)
	r.Keepalive.add(o.Keepalive)
	r.Lateness.merge(o.Lateness)
	r.Stalls.merge(o.Stalls)
	r.Client.add(o.Client)
	r.Handshakes.add(o.Handshakes)
	r.Occupancy.merge(&o.Occupancy)
	r.CPU.add(o.CPU)
	r.Early += o.Early
	r.Surplus += o.Surplus
	r.Mismatch = cmp.Or(r.Mismatch, o.Mismatch)
	r.Drained += o.Drained
}
