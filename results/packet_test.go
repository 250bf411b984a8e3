package results_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
	"tcpbench/scenario"
)

// packets are those that the words say: the mark of a side, and flags.
func packets(connection int, port uint16, words string) []results.Packet {
	var out []results.Packet
	for word := range strings.FieldsSeq(words) {
		p := results.Packet{From: results.FromClient, Flags: word[1:], Port: port, Connection: connection}
		if word[0] == '<' {
			p.From = results.FromServer
		}
		out = append(out, p)
	}
	return out
}

// capturedRun is of a link that lost each connection's last ACK.
func capturedRun(t *testing.T) *results.Run {
	t.Helper()
	r := minimalRun()
	link, err := scenario.ParseLink("delay 20ms; drop ack from client nth 3 each; replay stale")
	if err != nil {
		t.Fatal(err)
	}
	r.Targets, r.Environment, r.Options.Link = fullRun().Targets, fullRun().Environment, link
	r.Environment.Lab = true
	r.Link = []results.LinkRule{
		{Rule: "delay 20ms", Matched: 20},
		{Rule: "drop ack from client nth 3 each", Matched: 1},
		{Rule: "replay stale", Matched: 12, Sent: 3, Forgotten: 1},
	}
	r.Packets = packets(1, 40000, ">S <S. >. >P. <. <P. >. >F. <F. >. <F. >.")
	for i := range 11 {
		r.Packets = append(r.Packets, packets(2+i, uint16(40001+i), ">S <R.")...)
	}
	return r
}

func TestFlagsInOrder(t *testing.T) {
	const want = ">S <S. >. >FP. <R"
	if got := results.FlagsInOrder(packets(1, 40000, want)); got != want {
		t.Errorf("FlagsInOrder() = %q, want %q", got, want)
	}
	if got := results.FlagsInOrder(nil); got != "" {
		t.Errorf("FlagsInOrder(nil) = %q, want none", got)
	}
}

func TestByConnection(t *testing.T) {
	first, second := packets(1, 40000, ">S <S. >."), packets(2, 40000, ">S <R.")
	mixed := []results.Packet{first[0], second[0], first[1], second[1], first[2]}
	if diff := cmp.Diff([][]results.Packet{first, second}, results.ByConnection(mixed)); diff != "" {
		t.Errorf("ByConnection() (-want +got):\n%s", diff)
	}
}
