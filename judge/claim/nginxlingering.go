package claim

import (
	"fmt"
	"maps"
	"slices"

	"tcpbench/internal/figure"
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
	return Rule{
		Figures: []Figure{answersLost(), requestsTried(), connectionsReset(),
			ServerCounter("RSTs of the server", "TcpOutRsts"), sentEach()},
		Judge: judgeNginxLingering,
	}
}

func connectionsReset() Figure { return Counter("connections reset", "TcpEstabResets") }

func judgeNginxLingering(e *Evidence) Verdict {
	const itself, buffered, passed = "off, nginx answers 413 itself", "off, a backend answers 403, body buffered",
		"off, a backend answers 403, body passed on"
	const on, always, reader = "on, a backend answers 403, body passed on",
		"always, a backend answers 403, body passed on", "off, the same, to a client that reads first"
	share := func(name string) float64 { return e.Of(name, answersLost()) / e.Of(name, requestsTried()) }
	told := func(name string) string {
		return fmt.Sprintf("%s: %s answers lost, %s reset", name, e.lostAnswers(name),
			figure.Counted(e.Of(name, connectionsReset()), "connection"))
	}
	// A tenth is for what else goes wrong on a busy machine.
	keeps := func(name string) bool { return e.Check(share(name) <= share(passed)/10, "%s", told(name)) }
	e.answersEarly(map[string]string{itself: "413", buffered: "403", passed: "403", on: "403", always: "403",
		reader: "403"})
	e.Needs(e.Of(passed, connectionsReset()) > 0, "nginx resets a client that is still sending", "%s", told(passed))
	loses := e.Check(e.Of(passed, answersLost()) > 0, "%s", told(passed))
	byOn, byAlways := keeps(on), keeps(always)
	spared := []bool{keeps(itself), keeps(buffered), keeps(reader)}
	each := fmt.Sprintf("where nginx passed the body on and the backend answered early, off lost %s answers with "+
		"%s reset, on %s, always %s", e.lostAnswers(passed),
		figure.Counted(e.Of(passed, connectionsReset()), "connection"), e.lostAnswers(on), e.lostAnswers(always))
	others := fmt.Sprintf("Off lost %s where nginx answered 413 itself, %s where it had buffered the body, and %s of "+
		"a client that reads while it sends, with %s reset.", e.lostAnswers(itself), e.lostAnswers(buffered),
		e.lostAnswers(reader), figure.Counted(e.Of(reader, connectionsReset()), "connection"))
	switch {
	case !loses:
		return verdict(scenario.Refuted, "%s.", told(passed)).
			practice("set lingering_close as you like: off lost %s answers.", e.lostAnswers(passed))
	case !byOn && !byAlways:
		return verdict(scenario.Refuted, "it is not lingering_close: %s. %s", each, others).
			practice("do not look for lost answers in lingering_close: on lost %s, off %s.", e.lostAnswers(on),
				e.lostAnswers(passed))
	case byOn && byAlways && !slices.Contains(spared, true):
		return verdict(scenario.Confirmed, "whoever answered, and however the client read; %s. %s", each, others).
			practice("leave lingering_close on: off lost %s answers, on %s.", e.lostAnswers(passed), e.lostAnswers(on))
	}
	if !byOn {
		return verdict(scenario.Depends, "%s. %s", each, others).practice("set lingering_close always where answers "+
			"must arrive: on, its default, lost %s of them, always %s.", e.lostAnswers(on), e.lostAnswers(always))
	}
	return verdict(scenario.Depends, "%s. %s", each, others).practice("leave lingering_close on, its default, above "+
		"all with `proxy_request_buffering off`: off lost %s answers there, on %s.", e.lostAnswers(passed),
		e.lostAnswers(on))
}

// answersEarly are the controls: nginx gave the answer that the case is about.
func (e *Evidence) answersEarly(want map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		r := e.Run(name)
		e.uses(name, use{answers: true})
		e.Needs(r.Totals.Requests == 0 || r.Totals.Status[want[name]] == r.Totals.Requests,
			name+": all answers are "+want[name], "%d of %d", r.Totals.Status[want[name]], r.Totals.Requests)
	}
}

// lostAnswers are how many of a case's answers were lost.
func (e *Evidence) lostAnswers(name string) string {
	return figure.Sprintf("%v of %v", e.Of(name, answersLost()), e.Of(name, requestsTried()))
}

// answersLost counts requests that had no whole answer, each of which had a
// connection to itself.
func answersLost() Figure {
	return Figure{Name: "answers lost", of: use{failures: true}, Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.Attempted - r.Totals.Requests), r.Totals.Attempted > 0
	}}
}

// requestsTried counts those with and without an answer.
func requestsTried() Figure {
	return counted("requests", func(t results.Totals) int64 { return t.Attempted })
}

// sentEach is how much a request had sent when it was over, the mean.
func sentEach() Figure {
	return Figure{Name: "sent a request", Unit: "kB", Of: func(r *results.Run) (float64, bool) {
		return float64(r.Totals.BytesSent) / 1000 / float64(r.Totals.Attempted), r.Totals.Attempted > 0
	}}
}
