package claim

import (
	"fmt"

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
	refused := ServerCounter("refused by timestamp (PAWSEstab)", "TcpExtPAWSEstab")
	queued := ServerCounter("put in the out-of-order queue", "TcpExtTCPOFOQueue")
	return Rule{
		Figures: []Figure{gotIn(), replayed(), refused, tooOld(), failed()},
		Judge: func(e *Evidence) Verdict {
			const old, many, fit, paws = "old numbers, no timestamps", "old numbers, 16 MiB each, no timestamps", "numbers that fit, no timestamps", "numbers that fit, timestamps"
			const reuse, soon = "numbers that fit, tcp_tw_reuse=1", "numbers that fit, timestamps, within a millisecond"
			behind := e.Check(e.Of(old, intruded()) == 0 && e.Of(old, replayed()) > 0, "of %.0f old segments with the sequence numbers that they had, %.0f bytes were read in the next connection", e.Of(old, replayed()), e.Of(old, intruded()))
			if e.Has(many) {
				behind = e.Check(e.Of(many, queued) == 0 && (e.Of(many, tooOld()) > 0 || e.Of(many, replayed()) == 0), "after 16 MiB each, %.0f had sequence numbers that the server waits for; it queued %.0f of them (TCPOFOQueue), and refused them %.0f times for their ACK number (TCPChallengeACK, TCPACKSkippedChallenge)", e.Of(many, replayed()), e.Of(many, queued), e.Of(many, tooOld())) && behind
			}
			n := e.Of(fit, replayed())
			harmful := e.Check(e.Of(fit, intruded()) > 0, "without timestamps, of %.0f whose numbers fit, %.0f bytes were read, which nobody had sent there, and %.0f connections failed%s", n, e.Of(fit, intruded()), e.Of(fit, failed()), named(e.Run(fit)))
			keeps := e.Check(e.Of(paws, intruded()) == 0 && e.Of(paws, refused) >= e.Of(paws, replayed()), "with timestamps, %.0f bytes: PAWS refused %.0f of %.0f", e.Of(paws, intruded()), e.Of(paws, refused), e.Of(paws, replayed()))
			if e.Has(reuse) {
				keeps = e.Check(e.Of(reuse, intruded()) == 0, "with tcp_tw_reuse=1, %.0f bytes: PAWS refused %.0f of %.0f", e.Of(reuse, intruded()), e.Of(reuse, refused), e.Of(reuse, replayed())) && keeps
			}
			late := e.Check(e.Of(soon, intruded()) == 0, "where a port is used again at once, %.0f bytes were read: PAWS refused %.0f of %.0f", e.Of(soon, intruded()), e.Of(soon, refused), e.Of(soon, replayed()))
			switch {
			case !harmful:
				return verdict(scenario.Unclear, "without timestamps %.0f old segments did no harm either: nothing shows what keeps them out.", n)
			case !keeps:
				return verdict(scenario.Refuted, "with timestamps %.0f bytes of %.0f old segments were read in a connection that had not sent them.", e.Of(paws, intruded()), e.Of(paws, replayed()))
			}
			guard := fmt.Sprintf("PAWS refused %.0f of %.0f old segments with sequence numbers that fit; without timestamps the server read %.0f bytes, of %.0f of them, as requests of the new connections, %.0f of which failed.", e.Of(paws, refused), e.Of(paws, replayed()), e.Of(fit, intruded()), n, e.Of(fit, failed()))
			chance := ""
			if behind {
				chance = " With the numbers that they had, none got in."
			}
			if late {
				return verdict(scenario.Confirmed, "%s%s", guard, chance)
			}
			return verdict(scenario.Depends, "%s But timestamps count milliseconds: used again within one, as by SO_LINGER 0 or an explicit bind, %.0f bytes got in. tcp_tw_reuse waits for 1 s.%s", guard, e.Of(soon, intruded()), chance)
		},
	}
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
		return float64(k["TcpExtTCPChallengeACK"] + k["TcpExtTCPACKSkippedChallenge"] - k["TcpExtTCPSYNChallenge"]), k != nil
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
