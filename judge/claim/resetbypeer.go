package claim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/results"
	"tcpbench/scenario"
)

// resetByPeer judges whether a reset tells that the server is gone.
//
// close(2) with data that nobody has read sends RST in place of FIN (RFC 2525,
// 2.17; __tcp_close, net/ipv4/tcp.c), and the client's recv(2) fails with
// ECONNRESET. Where all was read it sends FIN, and recv(2) returns the end.
func resetByPeer() Rule {
	return Rule{
		Figures: []Figure{endedBy(reset()), endedBy(emptyEnd()), rstsOfServer(), closing()},
		Judge:   judgeResetByPeer,
	}
}

func judgeResetByPeer(e *Evidence) Verdict {
	const goes = ", Go's http.Client"
	var told, unlike []string
	resets, clean := 0, 0
	for _, client := range []string{"", goes, ", curl"} {
		unread, read := "request unread"+client, "request read, no answer"+client
		for _, name := range []string{unread, read} {
			e.serverCloses(name)
			told = append(told, name+": "+e.endings(name))
			if !e.mostly(name, reset()) && !e.mostly(name, emptyEnd()) {
				unlike = append(unlike, name+": "+e.endings(name))
			}
		}
		if e.Check(e.mostly(unread, reset()), "%s: %s", unread, e.endings(unread)) {
			resets++
		}
		if e.Check(e.mostly(read, emptyEnd()), "%s: %s", read, e.endings(read)) {
			clean++
		}
	}
	all := strings.Join(told, "; ")
	switch {
	case len(unlike) > 0:
		return verdict(scenario.Unclear, "it was neither a reset nor the end that clients saw: %s.",
			strings.Join(unlike, "; "))
	case resets == 0:
		return verdict(scenario.Confirmed, "a server that closed sent no RST: %s.", all).
			practice("take a reset for a server that is gone: close(2) made none, %s.", e.ended("request unread"))
	case clean == 0:
		return verdict(scenario.Refuted, "a server that ran on reset connections whether it had read the request or "+
			"not: %s.", all).
			practice("take a reset for a close as well: %s.", e.ended("request read, no answer"))
	}
	return verdict(scenario.Refuted, "a server that ran on reset its clients by a close(2) with the request unread, "+
		"and not where it had read it: %s.", all).
		practice("after a reset, look for a server that closes before it has read all that came: %s. An end "+
			"without an "+
			"answer is one that had read it: %s.", e.ended("request unread"), e.ended("request read, no answer"))
}

// serverCloses are controls: the server runs on, since it accepted the last
// connection too, and it is the side that ended those that were captured.
func (e *Evidence) serverCloses(name string) {
	n, accepted := e.Of(name, requestsTried()), e.Of(name, backendAccepted())
	e.Needs(accepted >= n, name+": the server runs on, and accepts every connection", "%v of %v", accepted, n)
	connections := results.ByConnection(e.Run(name).Packets)
	first := count(connections, firstIs(results.FromServer))
	e.Needs(first > 0 && first == len(connections), name+": the first FIN or RST is the server's", "%d of %d", first,
		len(connections))
}

// mostly reports whether nearly all connections of a case ended in a way; a tenth is
// for what else goes wrong on a busy machine.
func (e *Evidence) mostly(name string, way wayToEnd) bool {
	return e.Of(name, endedBy(way)) > 0.9*e.Of(name, requestsTried())
}

// ended is by what a case's connections ended, and how many of them.
func (e *Evidence) ended(name string) string {
	r := e.Run(name)
	var each []string
	for _, err := range slices.Sorted(maps.Keys(r.Totals.Errors)) {
		each = append(each, fmt.Sprintf("%s for %d of %d connections", err, r.Totals.Errors[err], r.Totals.Attempted))
	}
	if p := r.Program; p != nil && p.ExitStatus != nil {
		each = append(each, fmt.Sprintf("exit status %d", *p.ExitStatus))
		for _, line := range saidByClient(r) {
			each = append(each, fmt.Sprintf("%q for %d of %d connections", line.Text, line.Count, r.Totals.Attempted))
		}
	}
	return strings.Join(each, ", ")
}

// endings is the same with the packets.
func (e *Evidence) endings(name string) string {
	return fmt.Sprintf("%s (%s)", e.ended(name), closing().Words(e.Run(name)))
}

// wayToEnd is a way in which a connection ends, by the name of its error, whatever the
// call, and as a program such as curl words it.
type wayToEnd struct{ errno, words string }

func reset() wayToEnd { return wayToEnd{"ECONNRESET", "Connection reset by peer"} }

func emptyEnd() wayToEnd { return wayToEnd{"EOF", "Empty reply from server"} }

// endedBy counts connections that ended so.
func endedBy(way wayToEnd) Figure {
	return Figure{Name: "by " + way.errno, of: use{failures: true}, Of: func(r *results.Run) (float64, bool) {
		var n int64
		for name, count := range r.Totals.Errors {
			if strings.HasSuffix(name, ": "+way.errno) {
				n += count
			}
		}
		for _, line := range saidByClient(r) {
			if way.words != "" && strings.Contains(line.Text, way.words) {
				n += line.Count
			}
		}
		return float64(n), r.Totals.Attempted > 0
	}}
}

// saidByClient are the lines of a program that was the client.
func saidByClient(r *results.Run) []results.Said {
	if h := host(r, "client"); h != nil && r.Program != nil {
		return h.Said
	}
	return nil
}
