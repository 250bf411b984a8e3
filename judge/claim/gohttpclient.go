package claim

import (
	"fmt"
	"math"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// goHTTPClient judges whether the pool of Go's http.Client keeps ports from
// running out.
//
// A Transport keeps DefaultMaxIdleConnsPerHost, 2, unless told otherwise, and
// closes what is more (net/http, Transport.tryPutIdleConn). A body that is closed
// before its end costs its connection (Go 1.26, persistConn.readLoop), which ends
// with RST where some of the answer was not even read (RFC 2525, 2.17), and leaves
// a TIME_WAIT where it was.
func goHTTPClient() Rule {
	return Rule{
		Figures: []Figure{requestsEach(), Requests(), Connections(), waitsMade(), rstsSent(), Outcome()},
		Judge:   judgeGoHTTPClient,
	}
}

func rstsSent() Figure { return Counter("RSTs sent", "TcpOutRsts") }

func judgeGoHTTPClient(e *Evidence) Verdict {
	const two, hundred, short = "2 idle connections a host, the default", "100 idle connections a host",
		"100, answers of 64 B closed unread"
	for _, name := range []string{hundred, two, short} {
		if !e.tells(name) {
			return verdict(scenario.Unclear, "%s: it made %s, no more than ports: too few to tell.", name,
				figure.Counted(e.Of(name, Requests()), "request"))
		}
	}
	few := e.Check(e.Exhausted(two), "%s: %s", two, e.requestsOn(two))
	unread := e.Check(e.Exhausted(short), "%s: %s", short, e.requestsOn(short))
	for _, name := range []string{two, hundred, short} {
		// Ports that last because they are free at once say nothing of a pool.
		e.Needs(e.Exhausted(name) || e.Of(name, requestsEach()) > 10, name+": ports run out, or connections are reused",
			"%s", e.requestsOn(name))
		if n := e.Of(name, ports()); e.Exhausted(name) {
			e.Needs(math.Abs(e.Of(name, UntilExhausted())-n) < 0.1*n, name+": each port is taken once",
				"%v connections on %v ports", e.Of(name, UntilExhausted()), n)
		}
	}
	told := figure.Sprintf("with MaxIdleConnsPerHost as many as the goroutines, and every body read, it made %s. With "+
		"the default of 2 idle connections, %s. With bodies of 64 B closed unread and a pool of 100, %s.%s%s",
		e.requestsOn(hundred), e.requestsOn(two), e.requestsOn(short), e.withoutTimeWaits(), e.overTLS())
	switch {
	case e.Exhausted(hundred):
		return verdict(scenario.Refuted, "with a pool of 100 for 100 goroutines too it made %s.",
			e.requestsOn(hundred)).
			practice("do not count on the pool of http.Client: ports ran out with MaxIdleConnsPerHost=100 too.")
	case few || unread:
		return verdict(scenario.Depends, "%s", told).practice("%s", goHTTPTodo(e, few, unread))
	}
	return verdict(scenario.Confirmed, "%s", told).
		practice("leave http.Transport as it is: %s requests went over each connection.",
			figure.Number(e.Of(two, requestsEach())))
}

// goHTTPTodo says what keeps the ports, of what did not.
func goHTTPTodo(e *Evidence, few, unread bool) string {
	var out []string
	if few {
		out = append(out, figure.Sprintf("set http.Transport.MaxIdleConnsPerHost to the requests in flight: %v a "+
			"connection instead of %v", e.Of("100 idle connections a host", requestsEach()),
			e.Of("2 idle connections a host, the default", requestsEach())))
	}
	if unread {
		out = append(out, figure.Sprintf("read every body to its end before Close: unread, a connection carried %v",
			e.Of("100, answers of 64 B closed unread", requestsEach())))
	}
	return strings.Join(out, ", and ") + "."
}

// withoutTimeWaits tells of the cases that end connections by RST, which use up
// no ports, and reuse none.
func (e *Evidence) withoutTimeWaits() string {
	out := ""
	for _, c := range []struct{ name, what string }{
		{"100, answers of 64 KiB closed unread", "bodies of 64 KiB closed unread"},
		{"2, SetLinger(0) in DialContext", "SetLinger(0) and the default of 2"},
	} {
		rsts, waits := e.Of(c.name, rstsSent()), e.Of(c.name, waitsMade())
		byRST := !e.Exhausted(c.name) && e.tells(c.name) && rsts > 0.9*e.Of(c.name, Connections()) &&
			waits < 0.1*e.Of(c.name, Connections())
		told := fmt.Sprintf("%s, after %s and %s", e.requestsOn(c.name), figure.Counted(rsts, "RST"),
			figure.Counted(waits, "TIME_WAIT"))
		if e.Check(byRST, "%s: %s", c.name, told) {
			out += fmt.Sprintf(" With %s, %s.", c.what, told)
		}
	}
	return out
}

// overTLS tells of the cases with TLS, and of those whose requests share a connection, on
// which a body that is closed unread ends its stream alone (RFC 9113, 8.1). Where the
// server answers the client's close_notify (RFC 8446, 6.1) after its FIN, RST ends it.
func (e *Evidence) overTLS() string {
	out := ""
	for _, c := range []struct{ name, version, what string }{
		{"2, HTTP/1.1 over TLS", "HTTP/1", "Over TLS and the default of 2"},
		{"2, HTTP/2 over TLS", "HTTP/2", "Over HTTP/2"},
		{"2, HTTP/2 over TLS, answers of 64 B closed unread", "HTTP/2", "With bodies closed unread there"},
	} {
		r := e.Run(c.name)
		by := r.Totals.Protocols[c.version]
		e.Needs(by == r.Totals.Requests && by > 0, c.name+": all answers came by "+c.version, "%d of %d", by,
			r.Totals.Requests)
		unused := ""
		if n := r.Totals.Unused; n != nil && *n > 0 {
			unused = fmt.Sprintf(", beside %s that carried none", figure.Counted(float64(*n), "connection"))
		}
		told := fmt.Sprintf("%s, after %s and %s%s", e.requestsOn(c.name),
			figure.Counted(e.Of(c.name, rstsSent()), "RST"),
			figure.Counted(e.Of(c.name, waitsMade()), "TIME_WAIT"), unused)
		e.Check(e.tells(c.name) && !e.Exhausted(c.name), "%s: %s", c.name, told)
		out += fmt.Sprintf(" %s, %s.", c.what, told)
	}
	return out
}

// tells reports whether a case shows anything: with no more requests than ports
// none can be missing.
func (e *Evidence) tells(name string) bool {
	return e.Of(name, Requests()) > e.Of(name, ports()) || e.Exhausted(name)
}

// requestsOn is how many requests went over how many connections, and what
// became of the ports.
func (e *Evidence) requestsOn(name string) string {
	return fmt.Sprintf("%s on %s, %s each: ports %s", figure.Counted(e.Of(name, Requests()), "request"),
		figure.Counted(e.Of(name, Connections()), "connection"),
		figure.Counted(e.Of(name, requestsEach()), "request"), e.fate(name))
}

// requestsEach is requests on a connection, the mean.
func requestsEach() Figure {
	return Figure{Name: "requests a connection", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Requests) / float64(r.Totals.Succeeded), r.Totals.Succeeded > 0
	}}
}

// fate is what became of the ports, in words.
func (e *Evidence) fate(name string) string {
	if e.Exhausted(name) {
		return "ran out"
	}
	return "did not run out"
}
