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

// others are the remaining ways.
func others(change func(*results.Run)) []*results.Run {
	var out []*results.Run
	for _, name := range []string{"SO_LINGER 0", "close with unread data", "server first, SO_LINGER 0",
		"both at once"} {
		out = append(out, result(name, change))
	}
	return out
}

func TestWhoKeepsTheTimeWaitDependsOnHowItIsClosed(t *testing.T) {
	const fin, reset = ">F. <F. >.", ">R."
	client, server := closed(3, 3, 0, fin), closed(3, 0, 3, "<F. >F. <.")
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"RST leaves none", append(byFIN(client, server), others(closed(3, 0, 0, reset))...), scenario.Depends,
			"in 5 of 9 ways to close it is so. RST leaves none"},
		{"FINs that cross leave two", append(byFIN(client, server), others(closed(3, 3, 3, ">F. <FX >. <."))...),
			scenario.Depends, "FINs that cross leave one on each side"},
		{"now the one, now the other", append(byFIN(client, server), others(closed(3, 2, 1, fin))...), scenario.Depends,
			"Otherwise with \"SO_LINGER 0\": >F. <F. >.; of 3 connections the client " +
				"keeps 2 TIME_WAITs, the server 1."},
		{"a FIN leaves none", append(byFIN(client, server), others(closed(3, 0, 0, fin))...), scenario.Depends,
			"in 5 of 9 ways to close it is so. Otherwise with \"SO_LINGER 0\": >F. <F. >.; of 3 connections the " +
				"client keeps 0 TIME_WAITs, the server 0."},
		{"FINs that do not cross leave two", append(byFIN(client, server), others(closed(3, 3, 3, fin))...),
			scenario.Depends, "so. Otherwise with \"SO_LINGER 0\": >F. <F. >.; of 3 connections the client " +
				"keeps 3 TIME_WAITs, the server 3."},
		{"a RST leaves two", append(byFIN(client, server), others(closed(3, 3, 3, reset))...), scenario.Depends,
			"so. Otherwise with"},
		{"always the first one", append(byFIN(client, server), others(client)...), scenario.Confirmed, "in all of 9"},
		{"always the second one", append(byFIN(closed(3, 0, 3, fin), closed(3, 3, 0, "<F. >F. <.")),
			others(closed(3, 0, 3, fin))...), scenario.Refuted, "in none of 9"},
		{"nothing was captured", append(byFIN(client, server), others(closed(3, 3, 0, ""))...), scenario.Unclear,
			"has no packets of the end of 3 connections"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "close-modes", tt.want, tt.runs...), tt.text)
		})
	}
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
