package claim

import (
	"fmt"
	"slices"

	"tcpbench/results"
	"tcpbench/scenario"
)

// nginxLingering judges whether lingering_close off costs clients that are
// still sending their answers.
//
// close(2) with unread data, and data that comes after it, are answered with RST
// (RFC 2525, 2.17), and write(2) fails at a client that has not read yet. nginx
// (src/http) reads the rest of a body that it does not want whatever
// lingering_close says (ngx_http_discard_request_body), and reads all of one that
// proxy_request_buffering keeps. It is while it passes a body on that its answer
// ends the connection, by lingering_close (ngx_http_finalize_connection).
func nginxLingering() Rule {
	resets := Counter("connections reset", "TcpEstabResets")
	lost := answersLost()
	return Rule{
		Figures: []Figure{lost, requestsTried(), resets, ServerCounter("RSTs of the server", "TcpOutRsts"), sentEach()},
		Judge: func(e *Evidence) Verdict {
			const itself, buffered, passed = "off, nginx answers 413 itself", "off, a backend answers 403, body buffered", "off, a backend answers 403, body passed on"
			const on, always, reader = "on, a backend answers 403, body passed on", "always, a backend answers 403, body passed on", "off, the same, to a client that reads first"
			told := func(name string) string {
				return fmt.Sprintf("%s: %.0f of %.0f answers lost, %.0f connections reset", name, e.Of(name, lost), e.Of(name, requestsTried()), e.Of(name, resets))
			}
			loses := e.Check(e.Of(passed, lost) > 0 && e.Of(passed, resets) > 0, "%s", told(passed))
			keeps := e.Check(e.Of(on, lost) == 0, "%s", told(on))
			keeps = e.Check(e.Of(always, lost) == 0, "%s", told(always)) && keeps
			spared := []bool{
				e.Check(e.Of(itself, lost) == 0, "%s; nginx reads the rest of a body that it does not want, whatever lingering_close says", told(itself)),
				e.Check(e.Of(buffered, lost) == 0, "%s; nginx has read the body before it passes it on, which is its default", told(buffered)),
				e.Check(e.Of(reader, lost) == 0, "%s; a reset leaves what had arrived before it to be read", told(reader)),
			}
			switch {
			case !loses:
				return verdict(scenario.Refuted, "%s.", told(passed))
			case !keeps:
				return verdict(scenario.Refuted, "it is not lingering_close: %s; %s.", told(passed), told(on))
			case !slices.Contains(spared, true):
				return verdict(scenario.Confirmed, "whoever answered, and however the client read: with off %.0f, with on %.0f of %.0f answers were lost.", e.Of(passed, lost), e.Of(on, lost), e.Of(on, requestsTried()))
			}
			because := fmt.Sprintf("where nginx passed the body on (proxy_request_buffering off) and the backend answered early, off lost %.0f of %.0f answers, on and always none.", e.Of(passed, lost), e.Of(passed, requestsTried()))
			if spared[0] && spared[1] {
				because += " Where nginx itself answered (413), or had buffered the body, off lost none either."
			}
			if spared[2] {
				because += fmt.Sprintf(" A client that reads while it sends had all of its answers, on %.0f connections that were reset too.", e.Of(reader, resets))
			}
			return verdict(scenario.Depends, "%s", because)
		},
	}
}

// answersLost counts requests that had no whole answer, each of which had a
// connection to itself.
func answersLost() Figure {
	return Figure{Name: "answers lost", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Attempted - r.Totals.Requests), r.Totals.Attempted > 0
	}}
}

// requestsTried counts those with and without an answer.
func requestsTried() Figure {
	return Figure{Name: "requests", Of: func(r *results.Run) (float64, bool) { return float64(r.Totals.Attempted), true }}
}

// sentEach is how much a request had sent when it was over, the mean.
func sentEach() Figure {
	return Figure{Name: "sent a request", Unit: "kB", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.BytesSent) / 1000 / float64(r.Totals.Attempted), r.Totals.Attempted > 0
	}}
}
