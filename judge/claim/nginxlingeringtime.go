package claim

import (
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// nginxLingeringTime judges when nginx stops to read a body that it does not want.
//
// After its answer it waits for lingering_timeout, and whenever data has come for that
// again, or for what is left of lingering_time (ngx_http_finalize_connection and
// ngx_http_discarded_request_body_handler, src/http). That ends at a whole second of its
// clock, so up to one early; and a timer that is set again for less than 300 ms later
// stays as it was (ngx_event_add_timer).
func nginxLingeringTime() Rule {
	return Rule{Figures: []Figure{closedAfter(), sinceData()}, Judge: judgeNginxLingeringTime}
}

// lingering is a case: its times in seconds, and whether the client goes on sending.
type lingering struct {
	name          string
	time, timeout float64
	goesOn        bool
}

// latest is when nginx is to close by the claim.
func (l lingering) latest() float64 {
	if l.goesOn {
		return l.time
	}
	return min(l.time, l.timeout)
}

// lingerings are the cases that were measured, of which the first, third and sixth are
// in the short version.
func (e *Evidence) lingerings() []lingering {
	all := []lingering{
		{"goes on, time 2 s, timeout 1 s", 2, 1, true},
		{"goes on, time 4 s, timeout 1 s", 4, 1, true},
		{"stalls after 10 B, time 4 s, timeout 1 s", 4, 1, false},
		{"stalls after 10 B, time 4 s, timeout 2 s", 4, 2, false},
		{"stalls after 10 B, time 2 s, timeout 4 s", 2, 4, false},
		{"stalls at once, time 2 s, timeout 4 s", 2, 4, false},
	}
	short := []string{all[0].name, all[2].name, all[5].name}
	return slices.DeleteFunc(all, func(l lingering) bool { return !e.Has(l.name) && !slices.Contains(short, l.name) })
}

func judgeNginxLingeringTime(e *Evidence) Verdict {
	var by, beyond []string
	first := true // whether all that was beyond is a wait for the first data
	for _, l := range e.lingerings() {
		e.lingersAlone(l)
		after := e.Of(l.name, closedAfter())
		told := figure.Sprintf("%s: closed after %s", l.name, figure.Seconds(after))
		// A busy machine is late, and nginx counts whole seconds of lingering_time.
		if e.Check(after > l.latest()-1.1 && after < l.latest()+1, "%s, where it is to be %s", told,
			figure.Seconds(l.latest())) {
			by = append(by, told)
		} else {
			beyond = append(beyond, told)
			first = first && !l.goesOn && after > l.timeout-1.1 && after < l.timeout+1
		}
	}
	switch {
	case len(beyond) == 0:
		return verdict(scenario.Confirmed, "%s.", strings.Join(by, "; ")).
			practice("set lingering_time for clients that go on sending, and lingering_timeout for those that "+
				"stall. %s.",
				by[0])
	case len(by) == 0:
		return verdict(scenario.Refuted, "%s.", strings.Join(beyond, "; ")).
			practice("do not count on lingering_time and lingering_timeout. %s.", beyond[0])
	}
	v := verdict(scenario.Depends, "it is so where %s. It is not where %s.", strings.Join(by, "; "),
		strings.Join(beyond, "; "))
	if !first {
		return v.practice("do not count on lingering_time and lingering_timeout alone. %s.", beyond[0])
	}
	return v.
		practice("set lingering_timeout no higher than lingering_time, which does not bound the wait for the "+
			"first data. "+
			"%s.", beyond[0])
}

// lingersAlone are controls: nginx closed first, on all connections, and clients sent as
// long as they were to, and no longer.
func (e *Evidence) lingersAlone(l lingering) {
	connections := results.ByConnection(e.Run(l.name).Packets)
	ended := count(connections, func(c []results.Packet) bool { return lingers(c).ended })
	e.Needs(ended > 0 && ended == len(connections), l.name+": nginx answers, and then closes first", "on %d of %d "+
		"connections", ended, len(connections))
	after, quiet := e.Of(l.name, closedAfter()), e.Of(l.name, sinceData())
	const pause = 0.5 // of a client that goes on: 0.1 s, and what a busy machine makes of it
	if l.goesOn {
		e.Needs(quiet < pause, l.name+": the client sends until then", "it had sent nothing for %s",
			figure.Seconds(quiet))
		return
	}
	e.Needs(after-quiet < pause, l.name+": the client stalls after the answer", "of %s, it had sent nothing for %s",
		figure.Seconds(after), figure.Seconds(quiet))
}

// lingerTimes are when the server of a connection answered and closed, and when its client
// last sent before that, in seconds.
type lingerTimes struct {
	ended                    bool // it answered, and closed first
	answered, closed, lastly float64
}

func lingers(c []results.Packet) lingerTimes {
	var t lingerTimes
	answers := false
	for _, p := range c {
		switch {
		case strings.ContainsAny(p.Flags, "FR"):
			t.ended, t.closed = answers && p.From == results.FromServer, p.AtS
			return t
		case p.From == results.FromServer && p.Bytes > 0 && !answers:
			answers, t.answered = true, p.AtS
		case p.From == results.FromClient && p.Bytes > 0:
			t.lastly = p.AtS
		}
	}
	return t
}

// lingered is a time of those connections of a run that the server closed, the median.
func lingered(name string, of func(lingerTimes) float64) Figure {
	return Figure{Name: name, Unit: "s", Of: func(r *results.Run) (float64, bool) {
		var all []float64
		for _, c := range results.ByConnection(r.Packets) {
			if t := lingers(c); t.ended {
				all = append(all, of(t))
			}
		}
		if len(all) == 0 {
			return 0, false
		}
		return figure.Median(all), true
	}}
}

// closedAfter is from the answer to the first FIN or RST.
func closedAfter() Figure {
	return lingered("closed after", func(t lingerTimes) float64 { return t.closed - t.answered })
}

// sinceData is from the client's last data to that.
func sinceData() Figure {
	return lingered("after the last data", func(t lingerTimes) float64 { return t.closed - t.lastly })
}
