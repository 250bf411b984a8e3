package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// closed ended n connections with these packets, as [results.FlagsInOrder]
// writes them, and left TIME_WAITs. A FIN has number 64; it acknowledges the
// other side's where that came before it, unless it is written FX.
func closed(n, client, server int, flags string) func(*results.Run) {
	return func(r *results.Run) {
		succeeded(int64(n))(r)
		r.Hosts = &results.Hosts{Client: &results.Host{TimeWaitEnd: &client},
			Server: &results.Host{TimeWaitEnd: &server}}
		for i := range n {
			fins := int64(0)
			for word := range strings.FieldsSeq(">S <S. >. >P. <P. >. " + flags) {
				p := results.Packet{From: results.FromClient, Flags: word[1:], Connection: i + 1}
				if word[0] == '<' {
					p.From = results.FromServer
				}
				if strings.Contains(word, "F") {
					seq, ack := int64(64), 64+fins
					if fins = 1; strings.Contains(word, "X") {
						ack = 64
					}
					p.Flags, p.Seq, p.Ack = "F.", &seq, &ack
				}
				r.Packets = append(r.Packets, p)
			}
		}
	}
}

// byFIN are the ways to close that send a FIN first; the client's are four.
func byFIN(client, server func(*results.Run)) []*results.Run {
	var out []*results.Run
	for _, name := range []string{"close", "SO_LINGER 2 s", "shutdown, then close", "shutdown, SO_LINGER 0"} {
		out = append(out, result(name, client))
	}
	return append(out, result("server first", server))
}

// resetOrCrossing are the remaining ways as they are, with changes to the first.
func resetOrCrossing(changes ...func(*results.Run)) []*results.Run {
	reset := closed(2, 0, 0, ">R.")
	first := result("SO_LINGER 0", append([]func(*results.Run){reset}, changes...)...)
	return []*results.Run{first, result("close with unread data", reset),
		result("server first, SO_LINGER 0", closed(2, 0, 0, "<F. >R.")),
		result("both at once", closed(2, 2, 2, ">F. <FX >. <."))}
}

// left has TIME_WAITs at the end.
func left(client, server int) func(*results.Run) {
	return func(r *results.Run) {
		r.Hosts.Client.TimeWaitEnd, r.Hosts.Server.TimeWaitEnd = &client, &server
	}
}

func TestWhoKeepsTheTimeWaitDependsOnHowItIsClosed(t *testing.T) {
	const fin = ">F. <F. >."
	client, server := closed(2, 2, 0, fin), closed(2, 0, 2, "<F. >F. <.")
	ways := func(ways ...func(*results.Run)) []*results.Run {
		return []*results.Run{result("SO_LINGER 0", ways[0]), result("close with unread data", ways[0]),
			result("server first, SO_LINGER 0", ways[1]), result("both at once", ways[2])}
	}
	kept := ways(closed(2, 2, 0, ">R."), closed(2, 0, 2, "<F. >R."), closed(2, 2, 0, ">F. <FX >. <."))
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"as Linux does", closeModesTruth(), scenario.Depends, "in 5 of 9 ways to close it is so: close; SO_LINGER 2 " +
			"s; shutdown, then close; shutdown, SO_LINGER 0; server first. RST leaves none on either side: SO_LINGER " +
			"0; close with unread data; server first, SO_LINGER 0. FINs that cross leave one on each side: both at " +
			"once."},
		{"a RST leaves two", append(byFIN(client, server), resetOrCrossing(left(2, 2))...), scenario.Depends,
			"Otherwise with \"SO_LINGER 0\": >R.; of 2 connections the client keeps 2 TIME_WAITs, the server 2."},
		{"now the one, now the other", append(byFIN(closed(2, 1, 1, fin), server), resetOrCrossing()...),
			scenario.Depends, "in 1 of 9 ways to close it is so: server first. "},
		{"always the first one", append(byFIN(client, server), kept...), scenario.Confirmed, "in all of 9"},
		{"always the second one", append(byFIN(closed(2, 0, 2, fin), closed(2, 2, 0, "<F. >F. <.")),
			resetOrCrossing()...), scenario.Refuted, "in none of 9"},
		{"nothing was captured", append(byFIN(client, server), ways(closed(2, 2, 0, ""), client, client)...),
			scenario.Unclear, "has no packets of the end of 2 connections"},
		{"RST is not sent", append(byFIN(client, server), ways(client, server, closed(2, 2, 2, ">F. <FX >. <."))...),
			scenario.Unclear, `a control failed, "SO_LINGER 0: it ends as it is to": >F. <F. >.`},
		{"FINs do not cross", append(byFIN(client, server), ways(closed(2, 0, 0, ">R."), closed(2, 0, 0, "<F. >R."),
			closed(2, 2, 2, fin))...), scenario.Unclear, `"both at once: it ends as it is to": >F. <F. >.`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "close-modes", tt.want, tt.runs...), tt.text)
		})
	}
	wantPractice(t, wantAnswer(t, "close-modes", scenario.Depends, closeModesTruth()...),
		"let the side close first that has ports to spare, which for a client is the server")
}

func TestTheClosingPacketsAreThoseOfMostConnections(t *testing.T) {
	r := result("close", closed(2, 2, 0, ">F. <F. >."))
	for i, p := range result("close", closed(1, 1, 0, ">F. <. <F. >.")).Packets {
		p.Connection = 3
		r.Packets = append(r.Packets[:i], append([]results.Packet{p}, r.Packets[i:]...)...)
	}
	if got, want := closing().Words(r), ">F. <F. >."; got != want {
		t.Errorf("closing packets = %q, want %q", got, want)
	}
}
