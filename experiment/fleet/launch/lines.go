package launch

import (
	"bytes"

	"tcpbench/internal/prose"
)

// longestLine is how much of a line is kept; the rest is another line.
const longestLine = 4096

// lines tells, line by line, what a command prints.
type lines struct {
	prefix string
	tell   func(string) // nil is not told
	part   []byte       // of a line whose end has not come
	last   string       // that was not blank
}

func (l *lines) Write(b []byte) (int, error) {
	l.part = append(l.part, b...)
	for {
		end := bytes.IndexByte(l.part, '\n')
		switch {
		case end >= 0:
			l.line(l.part[:end])
			l.part = l.part[end+1:]
		case len(l.part) > longestLine:
			l.line(l.part[:longestLine])
			l.part = l.part[longestLine:]
		default:
			return len(b), nil
		}
	}
}

// flush tells what came without an end of line.
func (l *lines) flush() {
	l.line(l.part)
	l.part = nil
}

func (l *lines) line(b []byte) {
	text := prose.Printable(string(bytes.TrimSpace(b)))
	if text == "" {
		return
	}
	l.last = text
	if l.tell != nil {
		l.tell(l.prefix + ": " + text)
	}
}
