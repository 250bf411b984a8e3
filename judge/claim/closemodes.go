package claim

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
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
		Figures: []Figure{timeWaitsLeft(results.FromClient), timeWaitsLeft(results.FromServer),
			Counter("RSTs of the client", "TcpOutRsts"), closing()},
		Judge: judgeCloseModes,
	}
}

// closeWays are the cases, with the packets that each is about.
func closeWays() []closeWay {
	byRST := resetAfter(results.FromClient)
	byClient, byServer := firstFIN(results.FromClient), firstFIN(results.FromServer)
	return []closeWay{
		{"close", byClient}, {"SO_LINGER 2 s", byClient}, {"shutdown, then close", byClient},
		{"shutdown, SO_LINGER 0", byClient}, {"SO_LINGER 0", byRST}, {"close with unread data", byRST},
		{"server first", byServer}, {"server first, SO_LINGER 0", resetAfter(results.FromServer)},
		{"both at once", finsCross},
	}
}

type closeWay struct {
	name string
	ends func([]results.Packet) bool
}

func judgeCloseModes(e *Evidence) Verdict {
	kept := map[keeping][]string{}
	ways := closeWays()
	for _, way := range ways {
		connections := results.ByConnection(e.Run(way.name).Packets)
		e.Needs(count(connections, way.ends) == len(connections), way.name+": it ends as it is to", "%s",
			closing().Words(e.Run(way.name)))
		k := e.keeping(way.name)
		kept[k] = append(kept[k], way.name)
	}
	todo := closeTodo(kept)
	switch first := len(kept[firstKeeps]); first {
	case len(ways):
		return verdict(scenario.Confirmed, "in all of %d ways to close, the side whose FIN or RST came first had "+
			"every TIME_WAIT.", first).practice("%s", todo)
	case 0:
		return verdict(scenario.Refuted, "in none of %d ways to close did the side whose FIN or RST came first have "+
			"every TIME_WAIT.%s", len(ways), e.exceptions(kept)).practice("%s", todo)
	default:
		return verdict(scenario.Depends, "in %d of %d ways to close it is so: %s.%s", first, len(ways),
			strings.Join(kept[firstKeeps], "; "), e.exceptions(kept)).practice("%s", todo)
	}
}

// closeTodo says who should close, and how.
func closeTodo(kept map[keeping][]string) string {
	todo := "find out on this kernel who keeps the TIME_WAIT: it is not the side that closes first"
	if slices.Contains(kept[firstKeeps], "server first") && slices.Contains(kept[firstKeeps], "close") {
		todo = "let the side close first that has ports to spare, which for a client is the server: it has the " +
			"TIME_WAIT"
	}
	if len(kept[resetKeepsNone]) > 0 {
		todo += ". A close with RST leaves none, but may lose data (linger-loses-data)"
	}
	return todo + "."
}

// keeping is who keeps the TIME_WAIT, and after which packets.
type keeping int

const (
	otherwiseKept keeping = iota
	firstKeeps
	resetKeepsNone
	crossingKeepsBoth
)

// keeping checks who kept the TIME_WAITs of a case, all of them.
func (e *Evidence) keeping(name string) keeping {
	connections := results.ByConnection(e.Run(name).Packets)
	client, server, all := e.Of(name, timeWaitsLeft(results.FromClient)), e.Of(name, timeWaitsLeft(results.FromServer)),
		e.Of(name, Connections())
	if ended := count(connections, func(c []results.Packet) bool { return len(ending(c)) > 0 }); e.Has(name) &&
		(ended == 0 || float64(ended) < all) {
		e.miss("case %q has no packets of the end of %v connections", name, all-float64(ended))
	}
	by := func(is func([]results.Packet) bool) bool { return count(connections, is) == len(connections) }
	k := otherwiseKept
	switch {
	case all > 0 && by(firstIs(results.FromClient)) && client == all && server == 0,
		all > 0 && by(firstIs(results.FromServer)) && server == all && client == 0:
		k = firstKeeps
	case by(hasReset) && client == 0 && server == 0:
		k = resetKeepsNone
	case all > 0 && by(finsCross) && client == all && server == all:
		k = crossingKeepsBoth
	}
	e.Check(k == firstKeeps, "%s: %s", name, e.ends(name))
	return k
}

// ends are the packets that end most connections of a case, and what is kept.
func (e *Evidence) ends(name string) string {
	return figure.Sprintf("%s; of %s the client keeps %s, the server %v", closing().Words(e.Run(name)),
		figure.Counted(e.Of(name, Connections()), "connection"),
		figure.Counted(e.Of(name, timeWaitsLeft(results.FromClient)), "TIME_WAIT"),
		e.Of(name, timeWaitsLeft(results.FromServer)))
}

func count(connections [][]results.Packet, is func([]results.Packet) bool) int {
	n := 0
	for _, c := range connections {
		if is(c) {
			n++
		}
	}
	return n
}

// exceptions says where it is not the first one alone that keeps them.
func (e *Evidence) exceptions(kept map[keeping][]string) string {
	var out string
	if names := kept[resetKeepsNone]; len(names) > 0 {
		out += fmt.Sprintf(" RST leaves none on either side: %s.", strings.Join(names, "; "))
	}
	if names := kept[crossingKeepsBoth]; len(names) > 0 {
		out += fmt.Sprintf(" FINs that cross leave one on each side: %s.", strings.Join(names, "; "))
	}
	for _, name := range kept[otherwiseKept] {
		out += fmt.Sprintf(" Otherwise with %q: %s.", name, e.ends(name))
	}
	return out
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

// firstIs tells connections whose first FIN or RST is a side's, on the
// client's link.
func firstIs(side string) func([]results.Packet) bool {
	return func(c []results.Packet) bool {
		end := ending(c)
		return len(end) > 0 && end[0].From == side
	}
}

// firstFIN tells those that a side's FIN ends, and no RST.
func firstFIN(side string) func([]results.Packet) bool {
	return func(c []results.Packet) bool { return firstIs(side)(c) && !hasReset(c) && !finsCross(c) }
}

// resetAfter tells those that a RST ends, after a side's FIN or as its first word.
func resetAfter(side string) func([]results.Packet) bool {
	return func(c []results.Packet) bool { return firstIs(side)(c) && hasReset(c) }
}

func hasReset(c []results.Packet) bool {
	return slices.ContainsFunc(c, func(p results.Packet) bool { return strings.Contains(p.Flags, "R") })
}

// finsCross reports whether each side's FIN left before the other's arrived:
// neither acknowledges the other, whose number would be one past it.
func finsCross(c []results.Packet) bool {
	fin := map[string]results.Packet{}
	for _, p := range c {
		if _, again := fin[p.From]; !again && strings.Contains(p.Flags, "F") {
			fin[p.From] = p
		}
	}
	client, server := fin[results.FromClient], fin[results.FromServer]
	return before(client, server) && before(server, client)
}

// before reports whether p is known not to acknowledge a FIN.
func before(p, fin results.Packet) bool {
	return p.Ack != nil && fin.Seq != nil && *p.Ack <= *fin.Seq+int64(fin.Bytes)
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
