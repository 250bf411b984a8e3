package claim

import (
	"slices"
	"strings"

	"tcpbench/internal/wire"
	"tcpbench/results"
)

// manyBeside is the share of connections or answers from which on those that failed for
// reasons of their own make a case no evidence. Fewer are a busy machine's.
const manyBeside = 0.1

// use is what a rule asks of a case, beside what went as it should.
type use struct {
	ports    bool // that ran out
	failures bool // of open connections
	connects bool // that failed
	answers  bool // that were errors
}

func (u use) with(v use) use {
	return use{u.ports || v.ports, u.failures || v.failures, u.connects || v.connects, u.answers || v.answers}
}

// fails reports whether a failure, by its name, is what is asked for.
func (u use) fails(name string) bool {
	if strings.HasPrefix(name, "connect: ") {
		return u.connects
	}
	return u.failures
}

// beside misses the cases of which a good part failed by what they are not about: a server
// that refuses connections, or answers by errors, shows nothing of ports.
func (e *Evidence) beside() {
	for _, name := range e.cases {
		use, used := e.used[name]
		if !used {
			continue
		}
		for _, r := range e.runs[name] {
			if bad, all := failedBeside(r, use); float64(bad) > manyBeside*float64(all) {
				e.miss("case %q: %d of %d connections failed, which it is not about%s", name, bad, all, named(r))
			}
			if bad := r.Totals.BadAnswers(); !use.answers && float64(bad) > manyBeside*float64(r.Totals.Requests) {
				e.miss("case %q: %d of %d answers were errors, which it is not about", name, bad, r.Totals.Requests)
			}
		}
	}
}

// failedBeside counts the connections of a run that failed for another reason than its case
// is about, and all but those that failed for that one.
func failedBeside(r *results.Run, use use) (bad, all int64) {
	t := r.Totals
	bad = t.Failed
	for name, n := range t.Errors {
		if use.fails(name) || isExpected(r, name) {
			bad -= n
		}
	}
	return max(bad, 0), max(t.Attempted, t.Succeeded+t.Failed) - (t.Failed - bad)
}

// isExpected reports whether a failure of a run, by its name, is what the run was made for:
// the lack of a port, here or on a NAT, a link that is cut, a server that refuses requests,
// or one to which an old segment left a connection: the next SYN on the same port gets that
// one's ACK, and is sent again after 1 s (RFC 5961, 4.2).
func isExpected(r *results.Run, name string) bool {
	call, errno, _ := strings.Cut(name, ": ")
	switch {
	case exhausted(r):
		return slices.Contains([]string{"EADDRNOTAVAIL", "EADDRINUSE"}, errno)
	case natAfter(r) != nil:
		return slices.Contains([]string{"TIMEOUT", "ETIMEDOUT"}, errno)
	case slices.ContainsFunc(r.Options.Link.Rules, isReplay):
		return name == "connect: TIMEOUT"
	default:
		return call != "connect" && (r.Options.CutLink > 0 || r.Options.ServerClosing().Refuses())
	}
}

func isReplay(r wire.Rule) bool { return r.Action == wire.Replay }
