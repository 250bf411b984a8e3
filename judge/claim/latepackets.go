package claim

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// latePackets judges whether timestamps keep an old connection's segments out
// of the next one with the same addresses and ports.
//
// PAWS refuses a segment whose timestamp is older than the last one (RFC 7323,
// 5.3; tcp_paws_discard, net/ipv4/tcp_input.c); a timestamp is in milliseconds
// (tcp_ts_val_to_use, since Linux 4.13), and an equal one is not older. Before
// that the sequence number has to fit: Linux begins 1 beyond for each 64 ns
// that have passed (secure_tcp_seq), so old ones are behind, unless more than
// 15.6 MB/s was sent. Then the ACK number is too old (RFC 5961, 5.2; tcp_ack),
// since that of the server goes on as well.
func latePackets() Rule {
	return Rule{
		Figures: []Figure{gotIn(), replayed(), refusedByPAWS(), tooOld(), failed()},
		Judge:   judgeLatePackets,
	}
}

func refusedByPAWS() Figure {
	return ServerCounter("refused by timestamp (PAWSEstab)", "TcpExtPAWSEstab")
}

func judgeLatePackets(e *Evidence) Verdict {
	const fit, paws = "numbers that fit, no timestamps", "numbers that fit, timestamps"
	const reuse, soon = "numbers that fit, tcp_tw_reuse=1", "numbers that fit, timestamps, within a millisecond"
	gone := numbersGone(e)
	e.Needs(e.Of(fit, replayed()) > 0 && e.Of(fit, intruded()) > 0 && e.Of(fit, refusedByPAWS()) == 0,
		"without timestamps old segments whose numbers fit are read", "%s, and %v of them failed%s", e.oldOnes(fit),
		e.Of(fit, failed()), named(e.Run(fit)))
	unsent, let, otherwise := e.keptOut(append([]string{paws}, e.measured(reuse)...))
	harm := figure.Sprintf("%s, and %s failed", e.oldOnes(soon), figure.Counted(e.Of(soon, failed()), "connection"))
	late := e.Check(e.Of(soon, intruded()) <= 0, "where a port is used again at once, %s", harm)
	if e.Of(soon, replayed()) == 0 {
		unsent = append(unsent, soon)
	}
	guard := figure.Sprintf("where sequence numbers fit: with timestamps %s; without them, %s of %s were read as "+
		"requests of the new connections, %v of which failed.", e.oldOnes(paws),
		figure.Counted(e.Of(fit, intruded()), "byte"), figure.Counted(e.Of(fit, replayed()), "old segment"),
		e.Of(fit, failed()))
	if e.Has(reuse) {
		guard += fmt.Sprintf(" With tcp_tw_reuse=1, %s.", e.oldOnes(reuse))
	}
	switch {
	case len(unsent) > 0:
		return verdict(scenario.Unclear, "no old segment was sent with %s.", strings.Join(unsent, "; "))
	case len(let) > 0:
		return verdict(scenario.Refuted, "old segments were read in connections that had not sent them. %s.",
			strings.Join(let, "; ")).
			practice("wait until a TIME_WAIT is over before its port is used again: timestamps let old segments in.")
	case len(otherwise) > 0:
		return verdict(scenario.Unclear, "it was not, or not alone, by timestamps that old segments were kept out. "+
			"%s.", strings.Join(otherwise, "; "))
	case late && e.Of(soon, refusedByPAWS()) < e.Of(soon, replayed()):
		return verdict(scenario.Unclear, "where the port is used again at once, something else kept old segments out: "+
			"%s.", e.oldOnes(soon))
	case late:
		// On a slow machine a port is not used again within a millisecond, so that
		// every old timestamp is older.
		return verdict(scenario.Unclear, "%s Where the port was to be used again at once, %s: either no port was, "+
			"within a millisecond, or this kernel's timestamps have a finer unit.%s", guard, e.oldOnes(soon), gone)
	}
	return verdict(scenario.Depends, "%s But timestamps count milliseconds: where the port is used again at once, as "+
		"by SO_LINGER 0 or an explicit bind, %s.%s", guard, harm, gone).
		practice("leave tcp_timestamps=1, and let a port rest for some milliseconds before you use it again: at once, "+
			"%v of %v old segments were not refused.", e.Of(soon, replayed())-e.Of(soon, refusedByPAWS()),
			e.Of(soon, replayed()))
}

// numbersGone checks that no segment of an older connection is read where its
// sequence numbers are those that it had, and not where many bytes have brought
// the numbers round.
func numbersGone(e *Evidence) string {
	const old, many = "old numbers, no timestamps", "old numbers, 16 MiB each, no timestamps"
	e.Needs(e.Of(old, replayed()) > 0, old+": old segments are sent", "%v were", e.Of(old, replayed()))
	told := figure.Sprintf(" With the numbers that they had, %s of %s were read.",
		figure.Counted(e.Of(old, intruded()), "byte"), figure.Counted(e.Of(old, replayed()), "old segment"))
	e.Check(e.Of(old, intruded()) == 0, "of %s with the sequence numbers that they had, %s were read in the next "+
		"connection", figure.Counted(e.Of(old, replayed()), "old segment"),
		figure.Counted(e.Of(old, intruded()), "byte"))
	if !e.Has(many) {
		return told
	}
	queued := ServerCounter("put in the out-of-order queue", "TcpExtTCPOFOQueue")
	e.Check(e.Of(many, queued) == 0 && (e.Of(many, tooOld()) > 0 || e.Of(many, replayed()) == 0),
		"after 16 MiB each, %v had sequence numbers that the server waits for; it queued %v of them (TCPOFOQueue), "+
			"and refused segments %s for their ACK number (TCPChallengeACK, TCPACKSkippedChallenge)",
		e.Of(many, replayed()), e.Of(many, queued), figure.Counted(e.Of(many, tooOld()), "time"))
	return told
}

// keptOut checks that old segments with timestamps were refused for these. It
// tells of the cases in which none was sent, some got in, or others kept them
// out.
func (e *Evidence) keptOut(names []string) (unsent, let, otherwise []string) {
	for _, name := range names {
		in := e.Of(name, intruded()) > 0
		byPAWS := e.Of(name, refusedByPAWS()) >= e.Of(name, replayed())
		e.Check(!in && byPAWS, "%s: %s", name, e.oldOnes(name))
		switch {
		case e.Of(name, replayed()) == 0:
			unsent = append(unsent, name)
		case in:
			let = append(let, name+": "+e.oldOnes(name))
		case !byPAWS:
			otherwise = append(otherwise, name+": "+e.oldOnes(name))
		}
	}
	return unsent, let, otherwise
}

// oldOnes says what became of a case's old segments.
func (e *Evidence) oldOnes(name string) string {
	return figure.Sprintf("PAWS refused %v of %s, and %s of them were read", e.Of(name, refusedByPAWS()),
		figure.Counted(e.Of(name, replayed()), "old segment"), figure.Counted(e.Of(name, intruded()), "byte"))
}

// gotIn is how many of the old segments the server read. Of stale ones bytes do
// not tell: they lie where the new connection's own data does.
func gotIn() Figure {
	return Figure{Name: "old segments that got in", Unit: "%", Of: func(r *results.Run) (float64, bool) {
		sent, _ := replayed().Of(r)
		bytes, ok := intruded().Of(r)
		for _, rule := range r.Options.Link.Rules {
			ok = ok && !rule.Stale
		}
		if !ok || sent == 0 || r.Options.RequestSize == 0 {
			return 0, false
		}
		return 100 * bytes / float64(r.Options.RequestSize) / sent, true
	}}
}

// intruded is by how much the server read more than the clients sent.
func intruded() Figure {
	return Figure{Name: "read, and not sent", Unit: "B", Of: func(r *results.Run) (float64, bool) {
		if r.Delivery == nil {
			return 0, false
		}
		return float64(-r.Delivery.LostBytes), true
	}}
}

// tooOld counts how often segments were refused for an ACK number below
// all that the server has sent in this connection, several that came together
// as one (TCPBacklogCoalesce): it answers by a challenge ACK, and no
// more than once in half a second (tcp_invalid_ratelimit). SYNs that were
// answered in the same way are not among them.
func tooOld() Figure {
	return Figure{Name: "refused by ACK number (TCPChallengeACK)", Of: func(r *results.Run) (float64, bool) {
		k := r.Kernel.Server
		return float64(k["TcpExtTCPChallengeACK"] + k["TcpExtTCPACKSkippedChallenge"] - k["TcpExtTCPSYNChallenge"]),
			k != nil
	}}
}

// replayed counts copies that the link's rules sent.
func replayed() Figure {
	return Figure{Name: "old segments", Of: func(r *results.Run) (float64, bool) {
		var n int64
		for _, rule := range r.Link {
			n += rule.Sent
		}
		return float64(n), len(r.Link) > 0
	}}
}

// named are a run's errors after a colon; nothing where there are none.
func named(r *results.Run) string {
	if names := errorsOf(r); names != "" {
		return ": " + names
	}
	return ""
}
