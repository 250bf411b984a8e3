package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// losing had no answer to some of 200 requests, and some connections reset.
func losing(lost, resets int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Totals.Attempted, r.Totals.Requests = 200, 200-lost
		r.Kernel.Client["TcpEstabResets"] = resets
	}
}

func TestLingeringCloseMattersWhereABodyIsPassedOn(t *testing.T) {
	const passed = "off, a backend answers 403, body passed on"
	runs := func(itself, buffered, off, kept, always, reader func(*results.Run)) []*results.Run {
		return []*results.Run{
			result("off, nginx answers 413 itself", itself),
			result("off, a backend answers 403, body buffered", buffered),
			result(passed, off),
			result("on, a backend answers 403, body passed on", kept),
			result("always, a backend answers 403, body passed on", always),
			result("off, the same, to a client that reads first", reader),
		}
	}
	none, all := losing(0, 0), losing(130, 160)
	wantAnswer(t, "nginx-lingering", scenario.Depends, runs(none, none, all, none, none, losing(0, 40))...)
	wantAnswer(t, "nginx-lingering", scenario.Depends, runs(all, none, all, none, none, all)...)
	wantAnswer(t, "nginx-lingering", scenario.Confirmed, runs(all, all, all, none, none, all)...)
	wantAnswer(t, "nginx-lingering", scenario.Refuted, runs(none, none, none, none, none, none)...)
	wantAnswer(t, "nginx-lingering", scenario.Refuted, runs(none, none, losing(0, 40), none, none, none)...)
	// Lost with on as well: it is something else.
	wantAnswer(t, "nginx-lingering", scenario.Refuted, runs(all, all, all, all, none, all)...)
}
