package talk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tcpbench/scenario"
)

// script makes an exchange of lines such as "> PING" and "< line".
func script(t testing.TB, lines ...string) scenario.Exchange {
	t.Helper()
	var x scenario.Exchange
	for _, l := range lines {
		add := x.AddSend
		if l[0] == '<' {
			add = x.AddExpect
		}
		if err := add(l[2:]); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
	return x
}

// play holds a conversation with a server that says things in reads, and tells what
// happened: "> sent", and at the end what became of it.
func play(x scenario.Exchange, reads ...string) string {
	var c Conversation
	var said []string
	next, err := c.Begin(x), error(nil)
	surplus := 0
	step := func() {
		for next == Send && err == nil {
			said = append(said, "> "+string(c.Message(x)))
			var more []byte
			next, more, err = c.Sent(x)
			surplus += len(more)
		}
	}
	step()
	for _, r := range reads {
		if next == Done {
			surplus += len(r)
			continue
		}
		if err != nil {
			break
		}
		var more []byte
		next, more, err = c.Feed(x, []byte(r))
		surplus += len(more)
		step()
	}
	switch {
	case err != nil:
		said = append(said, err.Error())
	case next == Done:
		said = append(said, "done")
	default:
		said = append(said, "waits")
	}
	if surplus > 0 {
		said = append(said, fmt.Sprintf("surplus %d", surplus))
	}
	return strings.Join(said, "; ")
}

func TestAConversation(t *testing.T) {
	u16 := string(binary.BigEndian.AppendUint16(nil, 3)) + "abc"
	u32 := string(binary.BigEndian.AppendUint32(nil, 3)) + "abc"
	tests := []struct {
		name  string
		steps []string
		reads []string
		want  string
	}{
		{"a request and its answer", []string{"> PING", "< PONG"}, []string{"PONG"}, "> PING; done"},
		{"an answer in pieces", []string{"> PING", "< PONG"}, []string{"P", "O", "NG"}, "> PING; done"},
		{"a server that speaks first", []string{"< line", "> HELO", "< line"}, []string{"220 x\r\n", "250 y\r\n"},
			"> HELO; done"},
		{"one that says both at once", []string{"< line", "> HELO", "< line"}, []string{"220 x\r\n250 y\r\n"},
			"> HELO; done"},
		{"a pipeline whose answers come as one", []string{"> AB", "< 1", "< 2"}, []string{"12"}, "> AB; done"},
		{"what comes beyond the last", []string{"> a", "< 1"}, []string{"123"}, "> a; done; surplus 2"},
		{"the same, before a last request", []string{"< 1", "> a"}, []string{"123"}, "> a; done; surplus 2"},
		{"an answer that is not there yet", []string{"> a", "< 12"}, []string{"1"}, "> a; waits"},
		{"a wrong answer", []string{"> GET", "< +OK"}, []string{"-ERR no"},
			`> GET; the answer is not what was expected: got "-ERR no", want +OK`},
		{"one that begins as it should", []string{"> GET", "< +OK"}, []string{"+", "XY"},
			`> GET; the answer is not what was expected: got "+XY", want +OK`},
		{"a number of bytes", []string{"< len:3", "> a"}, []string{"ab", "c"}, "> a; done"},
		{"a length of two bytes", []string{"< u16be", "> a"}, []string{u16[:1], u16[1:3], u16[3:]}, "> a; done"},
		{"a length of four bytes", []string{"< u32be", "> a"}, []string{u32}, "> a; done"},
		{"a message without a body", []string{"< u16be", "< x", "> a"}, []string{"\x00\x00x"}, "> a; done"},
		{"a length of 2 GiB", []string{"< u32be"}, []string{"\x7f\xff\xff\xff"},
			`the answer is not what was expected: got "\x7f\xff\xff\xff", want u32be`},
		{"a pattern over two reads", []string{"< /O.*\\n/", "> a"}, []string{"+O", "K\nmore"},
			"> a; done; surplus 4"},
		{"two patterns in one read", []string{"< /a/", "< /b/", "> c"}, []string{"xaxb"}, "> c; done"},
		{"bytes where the end should come", []string{"> a", "< eof"}, []string{"b"},
			`> a; the answer is not what was expected: got "b", want eof`},
		{"requests alone", []string{"> a", "> b"}, nil, "> a; > b; done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := play(script(t, tt.steps...), tt.reads...); got != tt.want {
				t.Errorf("played:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestALineAndAPatternHaveABound(t *testing.T) {
	for _, what := range []string{"< line", "< /x/"} {
		long := strings.Repeat("a", scenario.MaxExpected)
		if got := play(script(t, what), long); got != "waits" {
			t.Errorf("%s with %d bytes: %.80s, want it to wait", what, len(long), got)
		}
		if got := play(script(t, what), long, "a"); !strings.Contains(got, ErrMismatch.Error()) {
			t.Errorf("%s with one byte more: %.80s, want a mismatch", what, got)
		}
	}
}

func TestAnEndIsExpectedOrNot(t *testing.T) {
	x := script(t, "> a", "< eof")
	var c Conversation
	if c.End(x) {
		t.Error("an end before the request is expected, want it not")
	}
	if next, _, err := c.Sent(x); next != Receive || err != nil {
		t.Fatalf("Sent() = %v, %v", next, err)
	}
	if !c.End(x) {
		t.Error("the end is not expected, want it to be")
	}
}

func TestAMismatchIsOneAndShowsLittle(t *testing.T) {
	var c Conversation
	_, _, err := c.Feed(script(t, "< ok"), []byte(strings.Repeat("x", 1000)))
	var m *Mismatch
	if !errors.Is(err, ErrMismatch) || !errors.As(err, &m) || len(m.Got) != shown {
		t.Errorf("Feed = %v, want a mismatch of %d bytes", err, shown)
	}
}

// However what arrives is cut into reads, the conversation is the same.
func TestReadsDoNotMatter(t *testing.T) {
	x := script(t, "< line", "> a", "< len:4", "< u16be", "< exact", "> b", "< /e.d/")
	all := "220 hello\r\n" + "1234" + "\x00\x05abcde" + "exact" + "the end" + "surplus"
	want := play(x, all)
	if want != "> a; > b; done; surplus 7" {
		t.Fatalf("in one read: %s", want)
	}
	rapid.Check(t, func(t *rapid.T) {
		var reads []string
		for rest := all; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "read")
			reads, rest = append(reads, rest[:n]), rest[n:]
		}
		if got := play(x, reads...); got != want {
			t.Fatalf("%q: %s, want %s", reads, got, want)
		}
	})
}

func TestAConversationAllocatesNothing(t *testing.T) {
	x := script(t, "> a", "< line", "< /b+c/", "> d", "< len:3")
	one, two, three := []byte("x\nb"), []byte("bc12"), []byte("3")
	var c Conversation
	once := func() {
		c.Reset()
		for next := c.Begin(x); next == Send; {
			next, _, _ = c.Sent(x)
		}
		for _, p := range [][]byte{one, two, three} {
			next, _, err := c.Feed(x, p)
			for next == Send {
				next, _, err = c.Sent(x)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	once() // which grows what is kept
	if n := testing.AllocsPerRun(100, once); n > 0 {
		t.Errorf("%v allocations a conversation, want none", n)
	}
}

func FuzzConversation(f *testing.F) {
	x := script(f, "< line", "> a", "< u16be", "< /e.d/", "< u32be", "< eof")
	f.Add([]byte("220\n\x00\x01xend\x00\x00\x00\x01y"), 3)
	f.Fuzz(func(_ *testing.T, all []byte, cut int) {
		var c Conversation
		for len(all) > 0 {
			n := min(max(cut%7, 1), len(all))
			next, _, err := c.Feed(x, all[:n])
			for next == Send && err == nil {
				next, _, err = c.Sent(x)
			}
			if err != nil || next == Done {
				return
			}
			all = all[n:]
		}
	})
}
