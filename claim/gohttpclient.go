package claim

import (
	"fmt"

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
		Figures: []Figure{requestsEach(), requestsOf(), Connections(), waits, resets, Outcome()},
		Judge: func(e *Evidence) Verdict {
			const two, hundred, linger = "2 idle connections a host, the default", "100 idle connections a host", "2, SetLinger(0) in DialContext"
			const short, long = "100, answers of 64 B closed unread", "100, answers of 64 KiB closed unread"
			few := e.Check(e.Exhausted(two), "with the default of 2 idle connections, 100 goroutines made %.0f requests on %.0f connections, %.3g each: ports %s", e.Of(two, requestsOf()), e.Of(two, Connections()), e.Of(two, requestsEach()), fate(e.Run(two)))
			pooled := e.Check(!e.Exhausted(hundred) && e.Of(hundred, requestsOf()) > float64(e.Run(hundred).Prediction.Ports), "with 100, %.0f requests on %.0f connections, %.0f each: ports %s", e.Of(hundred, requestsOf()), e.Of(hundred, Connections()), e.Of(hundred, requestsEach()), fate(e.Run(hundred)))
			unread := e.Check(e.Exhausted(short) && e.Of(short, requestsEach()) <= 1, "with 100 and bodies of 64 B closed unread, %.3g requests a connection: ports %s", e.Of(short, requestsEach()), fate(e.Run(short)))
			reset := e.Check(!e.Exhausted(long) && e.Of(long, requestsEach()) <= 1 && e.Of(long, resets) > 0.9*e.Of(long, Connections()), "of 64 KiB, %.3g requests a connection as well, and %.0f RSTs in place of %.0f FINs: ports %s", e.Of(long, requestsEach()), e.Of(long, resets), e.Of(long, Connections()), fate(e.Run(long)))
			hides := e.Check(!e.Exhausted(linger) && e.Of(linger, waits) == 0, "with the default and SetLinger(0), %.3g requests a connection, and %.0f RSTs for %.0f connections: ports %s", e.Of(linger, requestsEach()), e.Of(linger, resets), e.Of(linger, Connections()), fate(e.Run(linger)))
			switch {
			case !pooled && !e.Exhausted(hundred):
				return verdict(scenario.Unclear, "with a pool of 100 it made %.0f requests, fewer than ports: the machine was too slow to tell.", e.Of(hundred, requestsOf()))
			case !pooled:
				return verdict(scenario.Refuted, "with a pool of 100 for 100 goroutines it made %.3g requests a connection: ports %s.", e.Of(hundred, requestsEach()), fate(e.Run(hundred)))
			case !few && !unread:
				return verdict(scenario.Confirmed, "with its default of 2 idle connections a host it made %.3g requests a connection: ports %s.", e.Of(two, requestsEach()), fate(e.Run(two)))
			}
			because := fmt.Sprintf("with MaxIdleConnsPerHost as many as the goroutines, and every body read, it made %.0f requests on %.0f connections.", e.Of(hundred, requestsOf()), e.Of(hundred, Connections()))
			if few {
				because += fmt.Sprintf(" With the default of 2, 100 goroutines used up the ports in %.3g s.", e.Run(two).DurationS)
			}
			if unread {
				because += " With bodies of 64 B that were closed unread they did so with a pool of 100 too."
			}
			if reset {
				because += " Bodies of 64 KiB closed unread end with RST, which leaves no TIME_WAIT: no port is missing, but each request pays for a connection."
			}
			if hides {
				because += " SetLinger(0) does the same to all that the pool has no room for."
			}
			return verdict(scenario.Depends, "%s", because)
		},
	}
}

// requestsEach is requests on a connection, the mean.
func requestsEach() Figure {
	return Figure{Name: "requests a connection", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Requests) / float64(r.Totals.Succeeded), r.Totals.Succeeded > 0
	}}
}

// requestsOf counts the answers.
func requestsOf() Figure {
	return Figure{Name: "requests", Of: func(r *results.Run) (float64, bool) { return float64(r.Totals.Requests), true }}
}

// fate is what became of the ports, in words.
func fate(r *results.Run) string {
	if exhausted(r) {
		return "ran out"
	}
	return "did not run out"
}
