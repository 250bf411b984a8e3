package claim

import (
	"fmt"

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
	waits, resets := Counter("TIME_WAITs", "TcpExtTW"), Counter("RSTs sent", "TcpOutRsts")
	return Rule{
		Figures: []Figure{requestsEach(), Requests(), Connections(), waits, resets, Outcome()},
		Judge: func(e *Evidence) Verdict {
			const two, hundred, linger = "2 idle connections a host, the default", "100 idle connections a host",
				"2, SetLinger(0) in DialContext"
			const short, long = "100, answers of 64 B closed unread", "100, answers of 64 KiB closed unread"
			told := e.requestsOn
			few := e.Check(e.Exhausted(two), "%s: %s", two, told(two))
			pooled := e.Check(!e.Exhausted(hundred) && e.tells(hundred), "%s: %s", hundred, told(hundred))
			unread := e.Check(e.Exhausted(short), "%s: %s", short, told(short))
			byRST := func(name string) bool {
				return e.Check(!e.Exhausted(name) && e.tells(name) &&
					e.Of(name, resets) > 0.9*e.Of(name, Connections()) &&
					e.Of(name, waits) < 0.1*e.Of(name, Connections()), "%s: %s, with %s sent and %s", name, told(name),
					figure.Counted(e.Of(name, resets), "RST"), figure.Counted(e.Of(name, waits), "TIME_WAIT"))
			}
			reset, hides := byRST(long), byRST(linger)
			for _, name := range []string{hundred, two, short} {
				if !e.tells(name) {
					return verdict(scenario.Unclear, "%s: it made %s, no more than ports: too few to tell.", name,
						figure.Counted(e.Of(name, Requests()), "request"))
				}
			}
			switch {
			case !pooled:
				return verdict(scenario.Refuted, "with a pool of 100 for 100 goroutines too it made %s.", told(hundred))
			case !few && !unread:
				return verdict(scenario.Confirmed,
					"with its default of 2 idle connections a host it made %s; with bodies closed unread, %s.",
					told(two), told(short))
			}
			because := fmt.Sprintf("with MaxIdleConnsPerHost as many as the goroutines, and every body read, it made "+
				"%s on %s.", figure.Counted(e.Of(hundred, Requests()), "request"),
				figure.Counted(e.Of(hundred, Connections()), "connection"))
			if few {
				because += " With the default of 2, 100 goroutines used up the ports in " +
					figure.Seconds(e.Run(two).DurationS) + "."
			}
			if unread {
				because += " With bodies of 64 B that were closed unread they did so with a pool of 100 too."
			}
			after := func(name string) string {
				return fmt.Sprintf("after %s and %s, with %s a connection.", figure.Counted(e.Of(name, resets), "RST"),
					figure.Counted(e.Of(name, waits), "TIME_WAIT"),
					figure.Counted(e.Of(name, requestsEach()), "request"))
			}
			if reset {
				because += " With bodies of 64 KiB closed unread no port was missing, " + after(long)
			}
			if hides {
				because += " With SetLinger(0) and the default of 2 none was missing, " + after(linger)
			}
			return verdict(scenario.Depends, "%s", because)
		},
	}
}

// tells reports whether a case shows anything: with no more requests than ports
// none can be missing.
func (e *Evidence) tells(name string) bool {
	return e.Exhausted(name) || e.Of(name, Requests()) > float64(e.Run(name).Prediction.Ports)
}

// requestsOn is how many requests went over how many connections, and what
// became of the ports.
func (e *Evidence) requestsOn(name string) string {
	return fmt.Sprintf("%s on %s, %s each: ports %s", figure.Counted(e.Of(name, Requests()), "request"),
		figure.Counted(e.Of(name, Connections()), "connection"),
		figure.Counted(e.Of(name, requestsEach()), "request"), fate(e.Run(name)))
}

// requestsEach is requests on a connection, the mean.
func requestsEach() Figure {
	return Figure{Name: "requests a connection", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Requests) / float64(r.Totals.Succeeded), r.Totals.Succeeded > 0
	}}
}

// fate is what became of the ports, in words.
func fate(r *results.Run) string {
	if exhausted(r) {
		return "ran out"
	}
	return "did not run out"
}
