package cell

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestKindOfLeavesOutWhatVaries(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{
			"nginx",
			`2026/11/22 02:30:01 [crit] 123#456: *789 connect() to 198.19.0.1:7000 failed (99: Cannot assign ` +
				`requested address) while connecting to upstream, client: 198.18.0.1, server: , request: "GET / ` +
				`HTTP/1.1", upstream: "http://198.19.0.1:7000/", host: "198.19.1.1:8080"`,
			`[crit] connect() to 198.19.0.1 failed (99: Cannot assign requested address) while connecting to ` +
				`upstream, client: 198.18.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://198.19.0.1/", ` +
				`host: "198.19.1.1"`,
		},
		{
			"nginx over IPv6",
			`2026/11/22 02:30:01 [crit] 123#0: *789 connect() to [2001:2:0:2::1]:7000 failed (99: Cannot assign ` +
				`requested address), client: 2001:2:0:1::1`,
			`[crit] connect() to [2001:2:0:2::1] failed (99: Cannot assign requested address), client: 2001:2:0:1::1`,
		},
		{"haproxy", "[NOTICE]   (12345) : haproxy version is 2.6.12-1+deb12u4",
			"[NOTICE] haproxy version is N.N-N+deb12u4"},
		{"haproxy with a day", "[WARNING] 325/023001 (123) : Server back/one is DOWN, 0 active, check duration: 12ms.",
			"[WARNING] Server back/one is DOWN, N active, check duration: Nms."},
		{"haproxy's log of connections", "198.18.0.1:40123 [22/Nov/2026:02:30:01.123] front back/one 0/0/1/2 503 0 - -",
			"198.18.0.1 front back/one N/0/1/2 N N - -"},
		{"the common log format", `198.18.0.1 - - [22/Nov/2026 02:30:01] "GET / HTTP/1.1" 404 -`,
			`198.18.0.1 - - "GET / HTTP/1.1" 404 -`},
		{"syslog", "Nov 22 02:30:01 worker 17 exited after 1.5s", "worker N exited after Ns"},
		{"ISO 8601", "2026-11-22T02:30:01.5Z listening", "listening"},
		{"words with digits", "tcp4 and x86_64 and utf8", "tcp4 and x86_64 and utf8"},
		{"bytes that are no text", "a\xff", "a?"},
		{"nothing", "  ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindOf(tt.line); got != tt.want {
				t.Errorf("kindOf(%q)\n = %q\nwant %q", tt.line, got, tt.want)
			}
		})
	}
}

func TestSaidCountsLinesAsTheyCome(t *testing.T) {
	var s said
	for i, part := range []string{"one ", "1\ntwo\non", "e 2", "\r\n", "\n", "the end"} {
		if n, err := s.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write %d = %d, %v, want all", i, n, err)
		}
	}
	var got []string
	for _, l := range s.kinds() {
		got = append(got, fmt.Sprintf("%d %s", l.Count, l.Text))
	}
	if want := "2 one N, 1 two, 1 the end"; strings.Join(got, ", ") != want {
		t.Errorf("kinds() = %q, want %q", got, want)
	}
}

func TestSaidIsBounded(t *testing.T) {
	var s said
	word := func(i int) string { return strings.Repeat("x", i/26) + string(rune('a'+i%26)) }
	clock := time.Unix(1, 0)
	s.now = func() time.Time { clock = clock.Add(time.Second); return clock } // so slow that all are read
	const kinds = 3 * mostKinds
	for i := range kinds {
		fmt.Fprintln(&s, word(i))
	}
	fmt.Fprint(&s, strings.Repeat("y", 1<<20))
	if len(s.lines) > mostKinds+1 || len(s.seen[0])+len(s.seen[1]) > mostKinds || cap(s.partial) > 2*longestLine {
		t.Errorf("%d kinds and %d bytes of a line are kept, want at most %d and about %d", len(s.lines), cap(s.partial),
			mostKinds+1, longestLine)
	}
	var total int64
	lines := s.kinds()
	for _, l := range lines {
		total += l.Count
	}
	if len(lines) != tellKinds+1 || total != kinds+1 {
		t.Errorf("kinds() = %d lines of %d, want %d and all %d counted", len(lines), total, tellKinds+1, kinds+1)
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add("2026/11/22 02:30:01 [crit] 1#2: *3 connect() to [::1]:80 failed (99: x)")
	f.Fuzz(func(t *testing.T, line string) {
		if got := kindOf(line); strings.ContainsRune(got, '\n') && !strings.ContainsRune(line, '\n') {
			t.Errorf("kindOf(%q) = %q, want one line", line, got)
		}
	})
}

// A program that writes more than is read costs little, and what was not read is
// counted: nothing is said of it but how many lines there were.
func TestSaidReadsForSoLongASecond(t *testing.T) {
	const most = int(readingShare / kindCost) // lines that differ by more than their time
	clock, n := time.Unix(1, 0), 0
	s := said{now: func() time.Time { return clock }}
	write := func(lines int) {
		for range lines { // cut anywhere
			n++
			fmt.Fprint(&s, "connect() no. ")
			fmt.Fprintf(&s, "%d failed\n", n)
		}
	}
	check := func(what string, read, unread int) {
		t.Helper()
		var got int64
		for _, l := range s.kinds() {
			if l.Text != "connect() no. N failed" {
				t.Errorf("kinds() has %q, which nobody wrote", l.Text)
			}
			got += l.Count
		}
		if got != int64(read) || s.unread != int64(unread) {
			t.Errorf("%s: %d are read and %d not, want %d and %d", what, got, s.unread, read, unread)
		}
	}
	write(most)
	check("so many at once", most, 0)
	write(5000)
	check("and more", most, 5000)
	clock = clock.Add(time.Second / 4)
	write(5000)
	check("and more a quarter of a second later", most*5/4, 10_000-most/4)
	clock = clock.Add(time.Hour)
	write(5000)
	check("and an hour later, which allows no more than a second", most*9/4, 15_000-most*5/4)
}

// What nginx says for each of many requests is counted for each.
func TestSaidReadsLinesThatDifferByTheirTime(t *testing.T) {
	clock := time.Unix(1, 0)
	s := said{now: func() time.Time { return clock }}
	const lines = 40_000
	for i := range lines {
		fmt.Fprintf(&s, "2026/11/22 02:%02d:01 [crit] 123#456: *%d connect() to 198.19.0.1:7000 failed\n", i%60, i)
	}
	if got := s.kinds(); len(got) != 1 || got[0].Count != lines || s.unread != 0 {
		t.Errorf("kinds() = %v with %d unread, want one of %d lines", got, s.unread, lines)
	}
}

// Lines of which the same is left are of one kind.
func TestTimelessKeepsKindsApart(t *testing.T) {
	parts := rapid.SampledFrom([]string{"2026/01/02 03:04:05 ", "2026/01/02", " ", "12#34: ", "*567 ", ": *567 ",
		": * ", "56#78: *9 ", "connect()", "10.0.0.1:80", "*10.0.0.1 ", "(99: no) ",
		`" 404 `, "/1.2 ", "::1", "#", "7: *8:9 "})
	rapid.Check(t, func(t *rapid.T) {
		one := strings.Join(rapid.SliceOfN(parts, 0, 6).Draw(t, "one"), "")
		two := strings.Join(rapid.SliceOfN(parts, 0, 6).Draw(t, "two"), "")
		if rapid.Bool().Draw(t, "of one form") {
			two = strings.Map(func(r rune) rune {
				if isDigit(byte(r)) && rapid.Bool().Draw(t, "other") {
					return '0' + (r-'0'+1)%10
				}
				return r
			}, one)
		}
		a, dated := timeless([]byte(one))
		b, also := timeless([]byte(two))
		if dated == also && string(a) == string(b) && kindOf(one) != kindOf(two) {
			t.Fatalf("of %q and %q the same is left, %q, and they are %q and %q", one, two, a, kindOf(one), kindOf(two))
		}
	})
}

// What a chatty program costs the lab's processors: a line that is read, and one
// that is not.
func BenchmarkSaid(b *testing.B) {
	line := []byte(`2026/11/22 02:30:01 [crit] 123#456: *789 connect() to 198.19.0.1:7000 failed (99: Cannot assign ` +
		`requested address) while connecting to upstream, client: 198.18.0.1, server: , request: "GET / ` +
		`HTTP/1.1", upstream: "http://198.19.0.1:7000/", host: "198.19.1.1:8080"` + "\n")
	for _, bb := range []struct {
		name    string
		forward time.Duration
		forget  bool
	}{{"line=new", time.Second, true}, {"line=seen", time.Second, false}, {"line=unread", 0, false}} {
		b.Run(bb.name, func(b *testing.B) {
			clock := time.Unix(1, 0)
			s := said{now: func() time.Time { clock = clock.Add(bb.forward); return clock }}
			_, _ = s.Write(line)
			for s.allowed >= seenCost && bb.forward == 0 {
				_, _ = s.Write(line)
			}
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if bb.forget {
					clear(s.seen[1])
				}
				_, _ = s.Write(line)
			}
		})
	}
}
