package scenario

import (
	"errors"
	"slices"
)

// Validate reports every pair of options that cannot go together.
func (w *Workload) Validate() error {
	return errors.Join(append(w.unknown(), w.refusals()...)...)
}

// unknown reports names that no table has.
func (w *Workload) unknown() []error {
	_, engine := w.Engine.Engine()
	_, closing := w.Close.Closing()
	_, server := w.ServerClose.Closing()
	return []error{
		Refuse(engine != nil, "engine", "%w", engine),
		Refuse(closing != nil, "close", "%w", closing),
		Refuse(server != nil, "server-close", "%w", server),
	}
}

func (w *Workload) refusals() []error {
	all := []error{
		Refuse(w.Concurrency < w.Threads, "threads",
			"%d threads cannot share %d connections; raise concurrency to %d", w.Threads, w.Concurrency, w.Threads),
		Refuse(w.Warmup > 0 && w.Until == UntilExhausted, "warmup",
			"the ports it takes would be missing from the count of until=exhausted; leave one of them out"),
		Refuse(w.BodySize > 0 && w.Body != "", "body-size",
			"the body is given, of %d bytes; leave one of them out", len(w.Body)),
	}
	for _, more := range [][]error{
		w.ofMode(), w.ofIdle(), w.ofTime(), w.ofClose(), w.ofUnread(), w.ofServerClose(), w.ofLink(), w.ofSources(),
		w.ofExchange(), w.ofNAT(), w.ofTLS(),
	} {
		all = append(all, more...)
	}
	return all
}

// ofMode are options that the mode would leave without effect, which would be
// measured without a warning.
func (w *Workload) ofMode() []error {
	keepalive := w.Mode == ModeKeepalive
	return []error{
		Refuse(!keepalive && !w.Retry.Yes(), "retry",
			"it is for mode=keepalive, not %s, whose requests have a connection each", w.Mode),
		Refuse(!keepalive && !w.RequestsPerConn.IsZero(), "requests-per-conn",
			"it is for mode=keepalive, not %s", w.Mode),
		Refuse(keepalive && w.RequestSize == 0 && len(w.Exchange) == 0, "request-size",
			"mode=keepalive needs a request; 0 bytes ask for nothing"),
		Refuse(keepalive && w.ResponseSize == 0 && len(w.Exchange) == 0, "response-size",
			"mode=keepalive waits for each answer; 0 bytes never come"),
	}
}

// ofIdle are options of what mode=idle does not do: it sends no request.
func (w *Workload) ofIdle() []error {
	if w.Mode != ModeIdle {
		return nil
	}
	d := DefaultWorkload()
	all := []error{
		Refuse(w.Count > 0, "count", "mode=idle holds as many connections as concurrency says; leave count out"),
		Refuse(w.Warmup > 0, "warmup",
			"mode=idle opens its connections once, and none would be left to count; leave warmup out"),
		Refuse(w.Closing().ServerFirst, "close", "mode=idle ends connections itself; use client or shutdown"),
	}
	for _, o := range []struct {
		name  string
		asked bool
	}{
		{"request-size", w.RequestSize != d.RequestSize},
		{"response-size", w.ResponseSize != d.ResponseSize},
		{"method", w.Method != d.Method},
		{"header", len(w.Header) > 0},
		{"body", w.Body != ""},
		{"body-size", w.BodySize > 0},
		{"server-close", w.ServerClosing().LeavesClose || w.ServerClosing().Refuses()},
	} {
		const text = "it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"
		all = append(all, Refuse(o.asked, o.name, text))
	}
	return all
}

// ofTime are options that come at no time of the run.
func (w *Workload) ofTime() []error {
	return []error{
		Refuse(w.TimeLimit() > 0 && w.CutLink >= w.Warmup+w.TimeLimit(), "cut-link",
			"after %v the run is over; cut sooner, or raise duration", w.CutLink),
		Refuse(w.Rate.IsZero() && w.Arrival != ArrivalConstant, "arrival", "%s needs a rate", w.Arrival),
		Refuse(w.TimeLimit() == 0 && w.Rate.Ramp() && w.Arrival == ArrivalPoisson, "count",
			"random starts may be fewer over the time of a ramp, which would then not end; give a duration"),
		Refuse(w.Rate.Ramp() && w.Warmup > 0, "warmup", "a ramp would begin within it; leave one of them out"),
	}
}

// ofClose are ways to close that have nothing to close with.
func (w *Workload) ofClose() []error {
	return []error{
		Refuse(w.BlockingClose && w.Linger.Timeout == 0, "blocking-close",
			"with linger=%s close(2) blocks on no socket; give --linger a time, as 3s", w.Linger),
	}
}

// ofExchange are options that go with messages of a size alone, or with an exchange alone.
func (w *Workload) ofExchange() []error {
	d := DefaultWorkload()
	if len(w.Exchange) == 0 {
		return []error{Refuse(len(w.Hello) > 0, "hello",
			"nothing follows it; give an exchange too (--send, --expect)")}
	}
	asks := func(s Step) bool { return s.Expect != nil }
	return []error{
		Refuse(w.RequestSize != d.RequestSize, "request-size", "the exchange says what is sent; leave it out"),
		Refuse(w.ResponseSize != d.ResponseSize, "response-size", "the exchange says what is answered; leave it out"),
		Refuse(w.Mode == ModeIdle, "exchange", "mode=idle says nothing on its connections"),
		Refuse(w.Mode == ModeKeepalive && w.Exchange.Ends(), "exchange",
			"eof ends the connection, and mode=keepalive goes on with it; use mode=short"),
		Refuse(w.Mode == ModeKeepalive && !slices.ContainsFunc(w.Exchange, asks), "exchange",
			"mode=keepalive waits for each answer; expect one"),
		Refuse(w.Hello.Ends(), "hello", "eof ends the connection before the exchange"),
		Refuse(w.Closing().Unread, "close", "%s leaves the first answer unread, whatever it is; leave one of them out",
			w.Close),
	}
}

// ofUnread are options that leave no answer unread.
func (w *Workload) ofUnread() []error {
	if !w.Closing().Unread {
		return nil
	}
	return []error{
		Refuse(w.Mode != ModeShort, "close", "%s leaves an answer unread, "+
			"and mode=%s ends connections without one on the way; use mode=short", w.Close, w.Mode),
		Refuse(w.Linger.On, "linger", "close=%s sends RST whatever it says "+
			"(__tcp_close looks at unread data first); leave one of them out", w.Close),
		Refuse(w.ResponseSize == 0, "response-size",
			"close=%s waits for an answer to leave unread; 0 bytes never come", w.Close),
	}
}

// ofServerClose are ways to close that the kernel would not tell apart.
func (w *Workload) ofServerClose() []error {
	c, s := w.Closing(), w.ServerClosing()
	return []error{
		Refuse(s.KeepsOpen && !c.AtOnce(), "server-close", "%s leaves the client's FIN unanswered, "+
			"and close=%s sends none first or waits for the answer to it; use close=client", w.ServerClose, w.Close),
		Refuse(s.KeepsOpen && w.PortSelect == PortSelectWalk, "server-close", "%s is for ports in FIN_WAIT_2, "+
			"which port-select=walk takes over; use port-select=kernel", w.ServerClose),
		Refuse(s.First && c.ServerFirst, "server-close", "with close=%s it closes after its answer, "+
			"and the client waits for it; leave one of them out", w.Close),
		Refuse(s.First && w.Mode != ModeShort, "server-close", "%s ends every connection after the first one, "+
			"and mode=%s goes on; use mode=short", w.ServerClose, w.Mode),
		Refuse(s.Refuses() && c.ServerFirst, "server-close", "%s leaves no answer to wait for, "+
			"and close=%s does; leave one of them out", w.ServerClose, w.Close),
		Refuse(s.Refuses() && w.RequestSize == 0, "request-size", "server-close=%s waits for a request; "+
			"0 bytes never come", w.ServerClose),
	}
}

// ofLink are options that the link cannot do.
func (w *Workload) ofLink() []error {
	loopback := w.Link.Loopback
	return []error{
		Refuse(w.Capture > 0 && w.Warmup > 0, "capture",
			"its packets would be those of the warm-up; leave one of them out"),
		Refuse(loopback && len(w.ServerSysctl) > 0, "server-sysctl",
			"with link=loopback the server is in the client's namespace; use sysctl"),
		Refuse(loopback && w.CutLink > 0, "cut-link", "link=loopback cannot be cut; use a veth, or a link with rules"),
		Refuse(loopback && !w.Source.IsZero(), "source",
			"link=loopback has the kernel's choice of address; leave it out"),
	}
}

func (w *Workload) ofSources() []error {
	var all []error
	for _, a := range w.Source.Addrs {
		all = append(all, Refuse(a.Is4() != (w.IP == IPv4), "source",
			"%s is not an IPv%s address; set ip to match", a, w.IP))
	}
	return all
}

// ValidateFor reports every option that would be left without effect, or done
// otherwise than it says, towards so many targets of a scheme.
func (w *Workload) ValidateFor(scheme string, targets int) error {
	e := w.EngineFor(scheme)
	return errors.Join(append([]error{e.Refuses(*w, scheme, targets)}, w.misplaced(scheme, e)...)...)
}

// misplaced are options of another kind of target or engine.
func (w *Workload) misplaced(scheme string, e Engine) []error {
	s, err := SchemeNamed(scheme)
	if err != nil {
		return nil // which is refused elsewhere
	}
	const http = "it applies to http targets; use http://, or in a lab --server http"
	d := DefaultWorkload()
	return append(append(w.withoutTLS(s), w.withoutPorts(s)...), []error{
		Refuse(s.HTTP && w.RequestSize != d.RequestSize, "request-size",
			"it applies to tcp targets; an http request is as long as its fields and its --body"),
		Refuse(s.HTTP && len(w.Exchange) > 0, "exchange",
			"it applies to tcp targets; %s says what its requests are", s.Name),
		Refuse(!s.HTTP && !w.Retry.Yes(), "retry",
			"it applies to http targets; a request of %s is never sent again", s.Name),
		Refuse(!s.HTTP && len(w.Header) > 0, "header", http),
		Refuse(!s.HTTP && w.Method != d.Method, "method", http),
		Refuse(!s.HTTP && w.BodySize > 0, "body-size", http+"; a tcp request has --request-size"),
		Refuse(!e.SkipsBodies && !w.ReadBody, "read-body",
			"it applies to --engine nethttp; the others read every answer to its end"),
		Refuse(!s.HTTP && w.Body != "", "body", http),
		Refuse(!e.Client && w.MaxIdleConnsPerHost != d.MaxIdleConnsPerHost, "max-idle-conns-per-host",
			"it applies to --engine nethttp; the native engines keep --concurrency connections"),
	}...)
}
