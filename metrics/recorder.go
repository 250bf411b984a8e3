package metrics

import (
	"syscall"
	"time"
)

// Counts are the sums that a run and each of its intervals are told in.
type Counts struct {
	// Attempted counts connections begun, whether or not they got a port.
	Attempted int64 `json:"attempted"`
	// Obtained counts connects that were given a local port.
	Obtained int64 `json:"obtained"`
	// Succeeded counts connections that did all they were opened for.
	Succeeded int64 `json:"succeeded"`
	// Failed counts connections that did not.
	Failed int64 `json:"failed"`
	// Requests counts whole answers.
	Requests int64 `json:"requests"`
	// BytesSent and BytesReceived count payload.
	BytesSent     int64 `json:"bytes_sent"`
	BytesReceived int64 `json:"bytes_received"`
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

	// Connect runs from connect(2) to the end of the handshake.
	Connect *Histogram
	// FirstByte runs from the start of the request to the answer's first byte.
	FirstByte *Histogram
	// Request runs from the start of the request to the answer's last byte.
	Request *Histogram
	// Close runs from the first step of closing to the return of close(2).
	Close *Histogram

	Outcomes Outcomes
	Series   Series

	interval *Histogram // connect latencies since the last Cut
	last     Counts     // counts at the last Cut
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{
		Connect:   NewHistogram(),
		FirstByte: NewHistogram(),
		Request:   NewHistogram(),
		Close:     NewHistogram(),
		interval:  NewHistogram(),
	}
}

// Established records a handshake that ended: connection number n, whose
// connect(2) took call, was established latency after it began, at the time at.
func (r *Recorder) Established(n int64, at, call, latency time.Duration) {
	r.Connect.Record(latency)
	r.interval.Record(latency)
	r.Series.Add(n, at, call, latency)
}

// Fail records a connection that ended in a failure.
func (r *Recorder) Fail(c Call, e syscall.Errno) {
	r.Failed++
	r.Outcomes.Add(c, e)
}

// Part is what one worker saw since its last Cut.
type Part struct {
	Counts

	// InFlight is how many of the worker's connections are open.
	InFlight int

	// Connect are the connect latencies. The receiver owns them.
	Connect *Histogram
}

// Cut ends an interval: it returns what happened since the last one. spare
// is an empty histogram to go on with; nil makes a new one.
func (r *Recorder) Cut(inFlight int, spare *Histogram) Part {
	if spare == nil {
		spare = NewHistogram()
	}
	p := Part{Counts: r.Counts.Sub(r.last), InFlight: inFlight, Connect: r.interval}
	r.interval, r.last = spare, r.Counts
	return p
}

// Merge adds what another worker of the same run recorded. The intervals are
// left alone: they were cut before.
func (r *Recorder) Merge(o *Recorder) {
	r.Counts.Add(o.Counts)
	r.ObtainedAtExhaustion += o.ObtainedAtExhaustion
	r.Connect.Merge(o.Connect)
	r.FirstByte.Merge(o.FirstByte)
	r.Request.Merge(o.Request)
	r.Close.Merge(o.Close)
	r.Outcomes.Merge(&o.Outcomes)
	r.Series.Merge(&o.Series)
}
