package results

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
)

// The sides of a connection, as packets name them.
const (
	FromClient = "client"
	FromServer = "server"
)

// Packet is a TCP segment on the client's link.
type Packet struct {
	// AtS is when, in seconds from the start of the run.
	AtS float64 `json:"at_s"`
	// From is "client" or "server".
	From string `json:"from"`
	// Flags are as tcpdump(8) writes them: S, S., ., P., F., R.
	Flags string `json:"flags"`
	// Seq and Ack count from the first sequence number of the side that chose
	// it, so that a SYN has 0; absent where that was not seen, and Ack where
	// there is none.
	Seq *int64 `json:"seq,omitempty"`
	Ack *int64 `json:"ack,omitempty"`
	// Bytes is the length of the data.
	Bytes int `json:"bytes"`
	// Port is the client's.
	Port uint16 `json:"port"`
	// Connection counts the connections of the capture from 1. A port that is
	// used again begins another.
	Connection int `json:"connection"`
}

// PcapPath is where the packets of a result file lie, for tcpdump(8).
func PcapPath(resultPath string) string { return resultPath + ".pcap" }

// LinkRule is what a rule of the lab's link did.
type LinkRule struct {
	Rule string `json:"rule"`
	// Matched counts the frames that the rule was applied to: lost, late,
	// doubled, held back, or kept for a replay; of `replay stale` the
	// connections that used addresses and ports again.
	Matched int64 `json:"matched"`
	// Sent counts the copies that it sent, and the frames that it held back
	// and let go.
	Sent int64 `json:"sent,omitempty"`
	// Forgotten counts frames that it kept and had no more room for.
	Forgotten int64 `json:"forgotten,omitempty"`
}

// ByConnection groups packets by their connections, in the order of their beginnings.
func ByConnection(packets []Packet) [][]Packet {
	var out [][]Packet
	index := map[int]int{}
	for _, p := range packets {
		i, ok := index[p.Connection]
		if !ok {
			i = len(out)
			index[p.Connection] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// FlagsInOrder writes the flags of packets one after the other, with > before
// the client's and < before the server's: ">S <S. >. >P. <. <P. >F. <F. >.".
func FlagsInOrder(packets []Packet) string {
	words := make([]string, len(packets))
	for i, p := range packets {
		mark := ">"
		if p.From == FromServer {
			mark = "<"
		}
		words[i] = mark + p.Flags
	}
	return strings.Join(words, " ")
}

// String is "drop fin nth 1: 1 frame".
func (l LinkRule) String() string {
	s := fmt.Sprintf("%s: %s", l.Rule, figure.Plural(l.Matched, "frame"))
	if strings.HasSuffix(l.Rule, " stale") {
		s = fmt.Sprintf("%s: %s on used ports", l.Rule, figure.Plural(l.Matched, "connection"))
	}
	if l.Rule == "pass" {
		return "pass: every frame"
	}
	if l.Sent > 0 {
		s += fmt.Sprintf(", %d sent by it", l.Sent)
	}
	if l.Forgotten > 0 {
		s += fmt.Sprintf(", %d forgotten for lack of room", l.Forgotten)
	}
	return s
}
