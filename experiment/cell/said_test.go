package cell

import (
	"fmt"
	"strings"
	"testing"
	"time"
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
	if len(s.lines) > mostKinds+1 || cap(s.partial) > 2*longestLine {
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
func TestSaidReadsSoManyLinesASecond(t *testing.T) {
	clock := time.Unix(1, 0)
	s := said{now: func() time.Time { return clock }}
	write := func(lines int) {
		for range lines / 10 { // several at a time, cut anywhere
			fmt.Fprint(&s, strings.Repeat("connect() failed\n", 9)+"connect()")
			fmt.Fprint(&s, " failed\n")
		}
	}
	count := func() (read int64) {
		for _, l := range s.kinds() {
			if l.Text != "connect() failed" {
				t.Errorf("kinds() has %q, which nobody wrote", l.Text)
			}
			read += l.Count
		}
		return read
	}
	write(linesPerSecond)
	if read := count(); read != linesPerSecond || s.unread != 0 {
		t.Fatalf("of %d lines at once %d are read and %d not, want all read", linesPerSecond, read, s.unread)
	}
	write(5000)
	if read := count(); read != linesPerSecond || s.unread != 5000 {
		t.Errorf("then 5000 more at once: %d are read and %d not, want %d and 5000", read, s.unread, linesPerSecond)
	}
	clock = clock.Add(time.Second / 4)
	write(5000)
	if read := count(); read != linesPerSecond*5/4 || s.unread+read != linesPerSecond+10_000 {
		t.Errorf("and 5000 a quarter of a second later: %d are read and %d not, want %d and the others", read, s.unread,
			linesPerSecond*5/4)
	}
	clock = clock.Add(time.Hour)
	write(5000)
	if read := count(); read != linesPerSecond*9/4 {
		t.Errorf("and 5000 an hour later: %d are read, want %d: an hour allows no more than a second", read,
			linesPerSecond*9/4)
	}
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
	}{{"line=read", time.Second}, {"line=unread", 0}} {
		b.Run(bb.name, func(b *testing.B) {
			clock := time.Unix(1, 0)
			s := said{now: func() time.Time { clock = clock.Add(bb.forward); return clock }}
			if bb.forward == 0 {
				for range linesPerSecond {
					_, _ = s.Write(line)
				}
			}
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				_, _ = s.Write(line)
			}
		})
	}
}
