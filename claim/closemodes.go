package claim

import (
	"fmt"
	"strings"

	"tcpbench/results"
	"tcpbench/scenario"
)

// closeModes judges whether the side that closes first keeps the TIME_WAIT.
//
// RFC 9293, 3.6: the sender of the first FIN waits, and where both FINs cross
// (figure 13) both sides do. __tcp_close (net/ipv4/tcp.c) sends RST in place
// of FIN for SO_LINGER with 0 s or data that nobody has read: RST ends both
// ends at once (RFC 9293, 3.10.7.4).
func closeModes() Rule {
	return Rule{
		Figures: []Figure{timeWaitsLeft(results.FromClient), timeWaitsLeft(results.FromServer), Counter("RSTs of the client", "TcpOutRsts"), closing()},
		Judge: func(e *Evidence) Verdict {
			kept := map[keeping][]string{}
			for _, name := range []string{
				"close", "SO_LINGER 2 s", "shutdown, then close", "shutdown, SO_LINGER 0", "SO_LINGER 0",
				"close with unread data", "server first", "server first, SO_LINGER 0", "both at once",
			} {
				k := e.keeping(name)
				kept[k] = append(kept[k], name)
			}
			cases := len(kept[firstKeeps]) + len(kept[noneKeeps]) + len(kept[bothKeep]) + len(kept[otherwiseKept])
			switch len(kept[firstKeeps]) {
			case cases:
				return verdict(scenario.Confirmed, "in all of %d ways to close, the side whose FIN or RST came first had every TIME_WAIT.", cases)
			case 0:
				return verdict(scenario.Refuted, "in none of %d ways to close did the side whose FIN or RST came first have every TIME_WAIT.", cases)
			default:
				return verdict(scenario.Depends, "in %d of %d ways to close it is so.%s", len(kept[firstKeeps]), cases, exceptions(kept))
			}
		},
	}
}

// keeping is who keeps the TIME_WAIT.
type keeping int

const (
	otherwiseKept keeping = iota
	firstKeeps
	noneKeeps
	bothKeep
)

// keeping checks who kept the TIME_WAITs of a case, all of them.
func (e *Evidence) keeping(name string) keeping {
	r := e.Run(name)
	client, server, all := e.Of(name, timeWaitsLeft(results.FromClient)), e.Of(name, timeWaitsLeft(results.FromServer)), e.Of(name, Connections())
	first := closedFirst(r)
	if e.Has(name) && first == "" {
		e.miss("case %q has no packets", name)
	}
	k := otherwiseKept
	switch {
	case first == results.FromClient && client == all && server == 0, first == results.FromServer && server == all && client == 0:
		k = firstKeeps
	case client == 0 && server == 0:
		k = noneKeeps
	case client == all && server == all:
		k = bothKeep
	}
	e.Check(k == firstKeeps, "%s: %s, the first of them the %s's; of %.0f connections the client keeps %.0f TIME_WAITs, the server %.0f", name, closing().Words(r), first, all, client, server)
	return k
}

// exceptions says where it is not the first one alone that keeps them.
func exceptions(kept map[keeping][]string) string {
	var out string
	for _, x := range []struct {
		k    keeping
		text string
	}{
		{noneKeeps, "RST leaves none on either side"},
		{bothKeep, "FINs that cross leave one on each side"},
		{otherwiseKept, "some connections differ from the others"},
	} {
		if names := kept[x.k]; len(names) > 0 {
			out += fmt.Sprintf(" %s: %s.", strings.ToUpper(x.text[:1])+x.text[1:], strings.Join(names, "; "))
		}
	}
	return out
}

// timeWaitsLeft is how many TIME_WAITs a host had after the last close.
func timeWaitsLeft(name string) Figure {
	return Figure{Name: "TIME_WAITs, " + name, Of: func(r *results.Run) (float64, bool) {
		h := host(r, name)
		if h == nil || h.TimeWaitEnd == nil {
			return 0, false
		}
		return float64(*h.TimeWaitEnd), true
	}}
}

// closing are the packets from the first FIN or RST on, of most connections.
func closing() Figure {
	return Figure{Name: "packets (> client, < server)", Words: func(r *results.Run) string {
		counts := map[string]int{}
		var most string
		for _, c := range results.ByConnection(r.Packets) {
			flags := results.FlagsInOrder(ending(c))
			counts[flags]++
			if counts[flags] > counts[most] || most == "" {
				most = flags
			}
		}
		return most
	}}
}

// closedFirst is the side whose FIN or RST is the first, on the client's link;
// "" where there is none, or it is not the same side in each connection.
func closedFirst(r *results.Run) string {
	var side string
	for _, c := range results.ByConnection(r.Packets) {
		end := ending(c)
		if len(end) == 0 || side != "" && side != end[0].From {
			return ""
		}
		side = end[0].From
	}
	return side
}

// ending are a connection's packets from the first FIN or RST on.
func ending(packets []results.Packet) []results.Packet {
	for i, p := range packets {
		if strings.ContainsAny(p.Flags, "FR") {
			return packets[i:]
		}
	}
	return nil
}
