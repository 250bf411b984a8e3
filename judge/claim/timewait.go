package claim

import (
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// timeWaitLength judges whether TIME_WAIT lasts TCP_TIMEWAIT_LEN, 60 s, whatever
// arrives in it.
//
// Each segment with an ACK, such as a FIN that the peer sends again for lack of
// the last ACK, begins the time anew, and a RST with the next sequence number
// ends it, unless tcp_rfc1337 is set (tcp_timewait_state_process,
// net/ipv4/tcp_minisocks.c). The kernel's timers are an eighth late at most
// (kernel/time/timer.c).
func timeWaitLength() Rule {
	return Rule{
		Figures: []Figure{held(), Recovery(), finsAgain(), rstsOfServer()},
		Judge:   judgeTimeWait,
	}
}

func judgeTimeWait(e *Evidence) Verdict {
	const usual = "the last ACK arrives"
	base, free := holds(e, usual)
	e.Needs(e.Of(usual, finsAgain()) == 0 && e.Of(usual, rstsOfServer()) == 0, "where the last ACK arrives, nothing "+
		"arrives in TIME_WAIT", "%v FINs that were sent again, %v RSTs", e.Of(usual, finsAgain()),
		e.Of(usual, rstsOfServer()))
	inTime := e.Check(!free || base >= timeWait && base < 9./8*timeWait, "%s: the port was held for %s", usual,
		heldFor(base, free))
	var but, todo []string
	for _, exception := range []func(*Evidence, float64, bool) (string, string){finsBeginAnew, rstEnds} {
		if told, do := exception(e, base, free); told != "" {
			but, todo = append(but, told), append(todo, do)
		}
	}
	switch {
	case !inTime:
		return verdict(scenario.Refuted, "where nothing else arrived, the port was held for %s.", heldFor(base, free)).
			practice("count on %s for a TIME_WAIT, not on 60 s.", heldFor(base, free))
	case len(but) > 0:
		return verdict(scenario.Depends, "where nothing else arrived, the port was held for %s. But %s.",
			heldFor(base, free), strings.Join(but, "; and ")).practice("%s.", strings.Join(todo, ". And "))
	case !free:
		return verdict(scenario.Unclear, "the port was held for %s, which is too short a time to tell.",
			heldFor(base, free))
	}
	return verdict(scenario.Confirmed, "whatever arrived; where nothing did, it was held for %s.", heldFor(base, free)).
		practice("count on %s for a TIME_WAIT.", heldFor(base, free))
}

func rstsOfServer() Figure { return ServerCounter("RSTs of the server", "TcpOutRsts") }

// rstEnds checks whether a RST ends TIME_WAIT, what tcp_rfc1337 does about that,
// and says what to do; "" where it ends none.
func rstEnds(e *Evidence, base float64, _ bool) (told, todo string) {
	const twice, guarded = "the last ACK arrives twice", "the last ACK arrives twice, tcp_rfc1337=1"
	for _, name := range []string{twice, guarded} {
		e.Needs(e.Of(name, rstsOfServer()) > 0, name+": the server answers the second by RST", "%s",
			figure.Counted(e.Of(name, rstsOfServer()), "RST"))
	}
	ended, free := holds(e, twice)
	kept, keptFree := holds(e, guarded)
	ends := free && ended < base/2
	e.Check(!ends, "%s: the server answered by %s, and the port was held for %s", twice,
		figure.Counted(e.Of(twice, rstsOfServer()), "RST"), heldFor(ended, free))
	guards := e.Check(kept > base/2, "%s: the server answered by %s, and the port was held for %s", guarded,
		figure.Counted(e.Of(guarded, rstsOfServer()), "RST"), heldFor(kept, keptFree))
	if !ends {
		return "", ""
	}
	told = figure.Sprintf("a RST ends it: where the last ACK arrived twice, the server answered the second by "+
		"RST, and "+
		"the port was free after %s; with tcp_rfc1337=1 it was held for %s", heldFor(ended, free),
		heldFor(kept, keptFree))
	if guards {
		return told, figure.Sprintf("set tcp_rfc1337=1 where a TIME_WAIT must last: without it, a late copy of an ACK "+
			"ended one after %s", heldFor(ended, free))
	}
	return told, figure.Sprintf("do not count on tcp_rfc1337: with it too, a RST ended a TIME_WAIT after %s",
		heldFor(kept, keptFree))
}

// finsBeginAnew checks whether TIME_WAIT lasts for longer where the peer's FIN
// comes again, by more than the kernel's timers are late, and says what to do; ""
// where it does not.
func finsBeginAnew(e *Evidence, base float64, free bool) (told, todo string) {
	const fins = "the last ACK is lost six times"
	if !e.Has(fins) {
		return "", ""
	}
	again, againFree := holds(e, fins)
	n := e.Of(fins, finsAgain())
	e.Needs(n >= 6, fins+": the server sends its FIN again", "%s", figure.Counted(n, "time"))
	e.Needs(free && againFree, "both were measured until the port was free", "%s, and %s", heldFor(base, free),
		heldFor(again, againFree))
	if e.Check(again < base+lateTimers, "%s: the server sent its FIN again %s, and the port was held for %s", fins,
		figure.Counted(n, "time"), heldFor(again, againFree)) {
		return "", ""
	}
	return figure.Sprintf("each FIN that comes again begins it anew: where the server sent its FIN again %s, the port "+
			"was held for %s", figure.Counted(n, "time"), heldFor(again, againFree)),
		figure.Sprintf("count the 60 s from the last FIN of the peer: a port was held for %s where its FIN came again",
			heldFor(again, againFree))
}

// lateTimers is by how much a TIME_WAIT's end differs from that of another, in
// seconds: the step of the kernel's timers at 60 s and 250 ticks a second.
const lateTimers = 3
