package prose

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// longestHeld is how much of a line without an end a [Guard] keeps back, in bytes.
const longestHeld = 1 << 16

// Guard is what a command writes its stdout and stderr through. Names, errors and
// figures come from result files, from servers and proxies, and from the names of
// files: whatever they hold, a terminal acts upon nothing of it, and neither does a
// CI system that reads commands from a job's log. What is printable, ends of lines
// and tabs go through; see [Printable] for the rest.
//
// It writes whole lines. [Guard.Flush] writes one that has not ended. It may be
// used by several goroutines.
type Guard struct {
	mu       sync.Mutex
	w        io.Writer
	held     []byte
	begun    bool // a line too long to be held has begun
	commands bool
}

// NewGuard writes to w.
func NewGuard(w io.Writer) *Guard { return &Guard{w: w} }

// Commands is a guard of the same writer that lets workflow commands of GitHub
// Actions through, for lines that are written whole.
func (g *Guard) Commands() *Guard { return &Guard{w: g.w, commands: true} }

// Unwrap is the writer that g writes to.
func (g *Guard) Unwrap() io.Writer { return g.w }

func (g *Guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, p...)
	n := bytes.LastIndexByte(g.held, '\n') + 1
	if n == 0 && len(g.held) > longestHeld {
		n = wholeRunes(g.held)
	}
	return len(p), g.pass(n)
}

// Flush writes what is held of a line.
func (g *Guard) Flush() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pass(len(g.held))
}

// Control writes what a terminal is to act upon: a sequence of this program's own.
func (g *Guard) Control(sequence string) error {
	if err := g.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(g.w, sequence)
	return err
}

// pass writes n bytes of what is held.
func (g *Guard) pass(n int) error {
	if n == 0 {
		return nil
	}
	var b bytes.Buffer
	for line := range bytes.Lines(g.held[:n]) {
		text := PrintableLines(string(line))
		if !g.commands && !g.begun {
			text = defused(text)
		}
		b.WriteString(text)
		g.begun = line[len(line)-1] != '\n'
	}
	g.held = append(g.held[:0], g.held[n:]...)
	_, err := g.w.Write(b.Bytes())
	return err
}

// wholeRunes is how much of b does not end within a rune.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= max(len(b)-utf8.UTFMax, 0); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// defused is a line that a CI system takes for no command: for GitHub Actions one
// begins with ::name, or has ##[name] in it (actions/runner, ActionCommand.cs), for
// others ##vso[ and ##teamcity[.
func defused(line string) string {
	text := strings.TrimLeft(line, " \t")
	if rest, ok := strings.CutPrefix(text, "::"); ok && namesCommand(rest) {
		line = strings.TrimSuffix(line, text) + ": :" + rest
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(line, "##")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if line = after; strings.HasPrefix(strings.TrimLeftFunc(after, letter), "[") {
			b.WriteString("# #")
			continue
		}
		b.WriteString("#")
		line = "#" + after // which may begin another one
	}
}

// namesCommand tells ::error from an IPv6 address such as ::dead.
func namesCommand(rest string) bool {
	after := strings.TrimLeftFunc(rest, func(r rune) bool { return letter(r) || r == '-' })
	name := strings.TrimSuffix(rest, after)
	if !strings.HasPrefix(after, " ") && !strings.HasPrefix(after, "::") {
		return false
	}
	return len(name) > 4 || strings.Trim(name, "abcdefABCDEF") != ""
}

func letter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
