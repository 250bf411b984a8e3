package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// letters says what segment a letter stands for: s syn or syn-ack, a or any
// other a bare ACK, d data, f FIN, r RST. The client's are capital.
func letters(c rune) (Side, Flags, int) {
	from, flags, payload := Server, ACK, 0
	if c < 'a' {
		from, c = Client, c+'a'-'A'
	}
	switch c {
	case 's':
		if flags |= SYN; from == Client {
			flags = SYN
		}
	case 'd':
		flags, payload = PSH|ACK, 10
	case 'f':
		flags |= FIN
	case 'r':
		flags = RST
	}
	return from, flags, payload
}

// play sends the segments that the letters stand for, a millisecond apart,
// digits choosing the port, and returns what left the link: letters, in order.
// A client's SYN counts its sequence numbers on.
func play(t *testing.T, rules, text string) (string, []Count) {
	t.Helper()
	r, err := ParseRules(rules)
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram(r, 1)
	client, server := ends(false)
	var left []Departure
	port, now, isn := uint16(40000), time.Duration(0), uint32(0)
	for _, c := range strings.ReplaceAll(text, " ", "") {
		if c >= '0' && c <= '9' {
			port = 40000 + uint16(c-'0')
			continue
		}
		from, flags, payload := letters(c)
		if c == 'S' {
			isn += 1000
		}
		s := Segment{Src: netip.AddrPortFrom(client, port), Dst: netip.AddrPortFrom(server, 7000), Seq: isn,
			Flags: flags, Payload: payload, Window: 500, Ack: uint32(c)}
		if from == Server {
			s.Src, s.Dst = s.Dst, s.Src
		}
		for _, d := range p.Decide(now, from, build(s)) {
			p.Left(d)
			left = append(left, Departure{At: d.At, From: d.From, Frame: slices.Clone(d.Frame)})
		}
		now += time.Millisecond
	}
	slices.SortStableFunc(left, func(a, b Departure) int { return int(a.At - b.At) })
	var b strings.Builder
	for _, d := range left {
		s, ok := ParseSegment(d.Frame)
		if !ok {
			t.Fatalf("what left is no segment: %x", d.Frame)
		}
		b.WriteRune(rune(s.Ack)) // where build was told to put the letter
	}
	return b.String(), p.Counts()
}

func TestRulesDecide(t *testing.T) {
	const short = "SsADadfAFa"
	tests := []struct {
		name, rules, in, want string
		count                 Count
	}{
		{"nothing happens", "pass", short, short, Count{}},
		{"all is late by the same", "delay 20ms", short, short, Count{Matched: 10}},
		{"the client's are late", "delay 3500us from client", "SsAa", "saSA", Count{Matched: 2}},
		{"all is lost", "drop", short, "", Count{Matched: 10}},
		{"the first FIN of the server", "drop fin from server nth 1", "SsfAfA", "SsAfA", Count{Matched: 1}},
		{"a bare ACK has no data, SYN, FIN or RST", "drop ack", "SsADafRr", "SsDfRr", Count{Matched: 2}},
		{"syn is not syn-ack", "drop syn", "Ss", "s", Count{Matched: 1}},
		{"syn-ack is not syn", "drop syn-ack", "Ss", "S", Count{Matched: 1}},
		{"RST", "drop rst", "SsRr", "Ss", Count{Matched: 2}},
		{"a range", "drop data nth 2-3", "DdDd", "Dd", Count{Matched: 2}},
		{"from the third on", "drop data nth 3-", "DdDd", "Dd", Count{Matched: 2}},
		{"nth of the run", "drop ack from client nth 2", "1SsAA 2SsAA", "SsASsAA", Count{Matched: 1}},
		{"nth of each connection", "drop ack from client nth 2 each", "1SsAA 2SsAA", "SsASsA", Count{Matched: 2}},
		{"a new SYN begins a new connection", "drop ack from client nth 1 each", "SsA SsA", "SsSs", Count{Matched: 2}},
		{"a copy at once", "duplicate data from client nth 1", "DDd", "DDDd", Count{Matched: 1, Sent: 1}},
		{"a copy later", "duplicate data nth 1 after 1500us", "Dda", "DdDa", Count{Matched: 1, Sent: 1}},
		{"no copy of what is lost", "duplicate data; drop data nth 1", "Dd", "dd", Count{Matched: 1, Sent: 1}},
		{"held for a time", "hold fin nth 1 for 1500us", "fAF", "AfF", Count{Matched: 1, Sent: 1}},
		{"held until another has passed", "hold data from client nth 2 until syn nth 2", "SsDDaSs", "SsDaSDs",
			Count{Matched: 1, Sent: 1}},
		{"held for ever", "hold data until rst", "SsDf", "Ssf", Count{Matched: 1}},
		{"it waits for one that passes", "hold data until fin; drop fin nth 1", "DfAf", "AfD",
			Count{Matched: 1, Sent: 1}},
		{"each waits for its own connection", "hold data until fin nth 1 each", "1SsD 2SsD 1F 2A", "SsSsFDA",
			Count{Matched: 2, Sent: 1}},
		{"a replay", "replay data from client nth 1 on syn nth 2", "SsDDSs", "SsDDSDs", Count{Matched: 1, Sent: 1}},
		{"a replay is sent once", "replay data nth 1 on syn nth 2-", "SsDSS", "SsDSDS", Count{Matched: 1, Sent: 1}},
		{"a replay of what was lost", "replay data nth 1 on fin; drop data nth 1", "Df", "fD",
			Count{Matched: 1, Sent: 1}},
		{"a replay into the next use of the ports", "replay data from client nth 1 each on ack from client nth 1 each",
			"SsADF SsA", "SsADFSsAD", Count{Matched: 1, Sent: 1}},
		{"a window of time, from the first SYN", "drop between 1ms 3ms", "aaSabc", "aaSc", Count{Matched: 2}},
		{"the first hold or drop decides", "hold fin for 1500us; drop fin", "fA", "Af", Count{Matched: 1, Sent: 1}},
		{"a drop before a hold", "drop fin; hold fin for 1ms", "fA", "A", Count{Matched: 1}},
		{"old data before the window is not sent", "replay stale", "SsADF SsA", "SsADFSsA", Count{Matched: 1}},
		{"a first use has nothing stale", "replay stale", "1SsAD 2SsA", "SsADSsA", Count{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, counts := play(t, tt.rules, tt.in)
			if got != tt.want || counts[0] != tt.count {
				t.Errorf("%q of %s lets out %s, %+v, want %s, %+v", tt.rules, tt.in, got, counts[0], tt.want, tt.count)
			}
		})
	}
}

// Old data is sent where the new window begins at or before it: sequence
// numbers that have come round.
func TestStaleDataIsSentIntoTheWindow(t *testing.T) {
	tests := []struct {
		name  string
		again uint32 // the new initial sequence number; old data are 1001-1010 and 1011-1020
		want  int
	}{
		{"the same numbers", 1000, 2},
		{"the window begins within the first", 1005, 2},
		{"at the second", 1010, 1},
		{"within the second", 1019, 1},
		{"after both", 1020, 0},
		{"before both, and one fits", 1005 - 500, 1},
		{"long before", 100, 0},
		{"half round", 1000 + 1<<31, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewProgram(Rules{{Action: Replay, Stale: true}}, 1)
			client, server := ends(true)
			c, s := netip.AddrPortFrom(client, 40000), netip.AddrPortFrom(server, 7000)
			say := func(from Side, flags Flags, seq uint32, payload int) []Departure {
				seg := Segment{Src: c, Dst: s, Flags: flags, Seq: seq, Payload: payload, Window: 500}
				if from == Server {
					seg.Src, seg.Dst = s, c
				}
				out := p.Decide(0, from, build(seg))
				for _, d := range out {
					p.Left(d)
				}
				return out
			}
			say(Client, SYN, 1000-uint32(bit(tt.again == 1000)), 0) // another number, or it is the same SYN again
			say(Server, SYN|ACK, 1, 0)
			say(Client, ACK, 1001, 0)
			say(Client, ACK|PSH, 1001, 10)
			say(Client, ACK|PSH, 1011, 10)
			say(Client, SYN, tt.again, 0)
			say(Server, SYN|ACK, 1, 0)
			got := say(Client, ACK, tt.again+1, 0)
			if len(got) != 1+tt.want {
				t.Fatalf("the handshake lets out %d old segments, want %d", len(got)-1, tt.want)
			}
			if more := say(Client, ACK, tt.again+1, 0); len(more) != 1 {
				t.Errorf("the next ACK lets out %d old segments, want none", len(more)-1)
			}
			if n := p.Counts()[0]; n.Matched != 1 || n.Sent != int64(tt.want) {
				t.Errorf("Counts() = %+v, want 1 matched, %d sent", n, tt.want)
			}
		})
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestDropsAtRandomFollowTheSeed(t *testing.T) {
	lost := func(seed int64) string {
		p := NewProgram(Rules{{Action: Drop, Percent: 10}}, seed)
		var b strings.Builder
		for range 10_000 {
			fmt.Fprint(&b, 1-len(p.Decide(0, Client, []byte("frame"))))
		}
		return b.String()
	}
	first := lost(1)
	if first != lost(1) {
		t.Error("two programs with one seed lose different frames")
	}
	if first == lost(2) {
		t.Error("two programs with different seeds lose the same frames")
	}
	if n := strings.Count(first, "1"); n < 900 || n > 1100 { // 10 %, +- 3 sigma
		t.Errorf("drop 10%% lost %d of 10000, want 900 to 1100", n)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	p := NewProgram(Rules{{Action: Hold, Second: &Pattern{Kind: KindSYN}}}, 1)
	const frames = 100_000
	b := make([]byte, 1500)
	for range frames {
		p.Decide(0, Client, b)
	}
	n := p.Counts()[0]
	if kept := frames - n.Forgotten; kept*1500 > MaxKept || kept*(1500+overhead) < MaxKept/2 || n.Matched != frames {
		t.Errorf("Counts() = %+v: %d frames kept, want no more than %d bytes of them", n, kept, MaxKept)
	}
}

// unfitted is a frame without what a fitted replay may change in it: the
// sequence numbers, and the checksum for them.
func unfitted(frame []byte) string {
	b := slices.Clone(frame)
	tcp := b[etherHeader+ipv4Header:]
	clear(tcp[4:12])
	clear(tcp[16:18])
	return string(b)
}

// Whatever the rules, what leaves is what came, and nothing leaves before it
// came. A fitted replay may have other sequence numbers.
func TestNothingIsMadeUp(t *testing.T) {
	client, server := ends(false)
	rapid.Check(t, func(t *rapid.T) {
		rules := Rules(rapid.SliceOfN(anyRule(), 0, 4).Draw(t, "rules"))
		p := NewProgram(rules, 1)
		seen, alike := map[string]bool{}, map[string]bool{}
		var n, out int64
		for i := range rapid.IntRange(1, 60).Draw(t, "frames") {
			now := time.Duration(i) * time.Millisecond
			from := rapid.SampledFrom([]Side{Client, Server}).Draw(t, "from")
			s := Segment{
				Src: netip.AddrPortFrom(client, rapid.Uint16Range(1, 3).Draw(t, "port")),
				Dst: netip.AddrPortFrom(server, 7000),
				Flags: Flags(rapid.SampledFrom([]Flags{SYN, SYN | ACK, ACK, FIN | ACK, RST, PSH | ACK}).Draw(t,
					"flags")),
				Seq: rapid.Uint32().Draw(t, "seq"), Window: 1000, Payload: rapid.IntRange(0, 3).Draw(t, "payload"),
			}
			if from == Server {
				s.Src, s.Dst = s.Dst, s.Src
			}
			b := sealed(s)
			seen[string(b)], alike[unfitted(b)] = true, true
			n++
			for _, d := range p.Decide(now, from, b) {
				out++
				p.Left(d)
				came := seen[string(d.Frame)]
				if d.by != nil && d.by.Fitted {
					came = alike[unfitted(d.Frame)] && sum(s, d.Frame[etherHeader+ipv4Header:]) == 0xffff
				}
				if !came || d.At < now {
					t.Fatalf("Decide(%v) = %x at %v, which did not come, or leaves too soon", now, d.Frame, d.At)
				}
			}
			clear(b) // the buffer is the caller's own
		}
		var sent int64
		for _, c := range p.Counts() {
			sent += c.Sent
		}
		if out > n+sent {
			t.Errorf("%d frames left, want %d that came and %d copies at most", out, n, sent)
		}
	})
}

func TestDecideMakesNoGarbage(t *testing.T) {
	rules, err := ParseRules("delay 20ms; drop ack from client nth 3 each; duplicate fin nth 2-")
	if err != nil {
		t.Fatal(err)
	}
	client, server := ends(false)
	p := NewProgram(rules, 1)
	b := build(Segment{Src: netip.AddrPortFrom(client, 1), Dst: netip.AddrPortFrom(server, 2),
		Flags: ACK | PSH, Payload: 64})
	p.Decide(0, Client, b)
	if n := testing.AllocsPerRun(100, func() { p.Decide(0, Client, b) }); n != 0 {
		t.Errorf("Decide() makes %v allocations, want none", n)
	}
	if !bytes.Equal(p.Decide(0, Client, b)[0].Frame, b) {
		t.Error("Decide() changed the frame")
	}
}

func TestWhatHasNotLeftWasNotSent(t *testing.T) {
	for _, text := range []string{"duplicate after 1h", "hold for 1h"} {
		t.Run(text, func(t *testing.T) {
			rules, err := ParseRules(text)
			if err != nil {
				t.Fatal(err)
			}
			p := NewProgram(rules, 1)
			late := p.Decide(0, Client, []byte("frame"))
			if n := p.Counts()[0]; n.Matched != 1 || n.Sent != 0 {
				t.Errorf("Counts() = %+v before its time, want 1 matched, none sent", n)
			}
			for _, d := range late {
				p.Left(d)
			}
			if n := p.Counts()[0]; n.Sent != 1 {
				t.Errorf("Counts() = %+v after it left, want 1 sent", n)
			}
		})
	}
}
