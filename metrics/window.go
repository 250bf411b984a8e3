package metrics

// Window are the latencies of one interval, to two significant digits: they
// are reported as percentiles, and merged by a worker that has better things to do.
//
// Note: tried three digits; a merge of each kept the worker for 100 to 150 us,
// where it is 7 to 25 us now: time that the connections in flight waited.
type Window struct {
	// Connect, Request and Response are as in [Latencies].
	Connect, Request, Response *Histogram
}

// NewWindow returns an empty window of about 110 KB.
func NewWindow() *Window {
	return &Window{newCoarseHistogram(), newCoarseHistogram(), newCoarseHistogram()}
}

// Merge adds every value of o.
func (w *Window) Merge(o *Window) {
	w.Connect.Merge(o.Connect)
	w.Request.Merge(o.Request)
	w.Response.Merge(o.Response)
}

// Reset forgets every value.
func (w *Window) Reset() {
	w.Connect.Reset()
	w.Request.Reset()
	w.Response.Reset()
}
