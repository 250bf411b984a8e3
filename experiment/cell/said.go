package cell

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"tcpbench/results"
)

const (
	// longestLine is how much of a line is kept, in bytes.
	longestLine = 512
	// mostKinds bounds the kinds of lines that are counted apart; what comes after
	// them is counted as one kind.
	mostKinds = 1000
	// tellKinds is how many of them a result has.
	tellKinds = 20
	// otherKinds stands for the rest.
	otherKinds = "(lines of other kinds)"
	// readingShare is the part of a second for which lines are read: client and server
	// need the processors. So much may be used at once, too.
	readingShare = time.Second / 20
	// kindCost is what it takes to find the kind of a line, and seenCost of one that
	// differs from an earlier one in its time and its number alone; to count one that is
	// not read takes 0.06 us (BenchmarkSaid).
	kindCost = 50 * time.Microsecond
	seenCost = time.Microsecond
)

// line is a kind of line that a program wrote.
type line struct {
	Text  string    `json:"text"`
	Count int64     `json:"count"`
	First time.Time `json:"first"`

	noPort *noPort // what it says of ports; nil where it is about something else
}

// said counts the lines that are written to it by their kind, in bounded
// memory, and in bounded time: of those that come faster than it reads, it counts
// the number only. It is not safe for concurrent use.
type said struct {
	partial []byte // the line that has not ended
	lines   map[string]*line
	seen    [2]map[string]string // kinds by what [timeless] leaves, without and with a time
	unread  int64                // lines whose kind is not known
	now     func() time.Time     // nil: time.Now

	allowed time.Duration // for which lines may be read now
	at      time.Time     // when that was so

	// noPort is told of every line which says that a connect found no port; it may
	// be nil.
	noPort func(text string, what noPort)
}

func (s *said) Write(p []byte) (int, error) {
	s.allow()
	for rest := p; len(rest) > 0; {
		if s.allowed < seenCost {
			s.skip(rest)
			break
		}
		text, after, ended := bytes.Cut(rest, []byte{'\n'})
		s.keep(text)
		if ended {
			s.end()
		}
		rest = after
	}
	return len(p), nil
}

// keep adds to the line that has not ended.
func (s *said) keep(text []byte) {
	s.partial = append(s.partial, text[:min(len(text), longestLine-min(len(s.partial), longestLine))]...)
}

// allow adds what the time since the last call allows.
func (s *said) allow() {
	now := time.Now
	if s.now != nil {
		now = s.now
	}
	t := now()
	s.allowed += time.Duration(t.Sub(s.at).Seconds() * float64(readingShare))
	if s.at.IsZero() || s.allowed > readingShare {
		s.allowed = readingShare
	}
	s.at = t
}

// skip counts the lines that end in p, and keeps the one that does not.
func (s *said) skip(p []byte) {
	last := bytes.LastIndexByte(p, '\n')
	if last >= 0 {
		s.unread += int64(bytes.Count(p, []byte{'\n'}))
		s.partial = s.partial[:0]
	}
	s.keep(p[last+1:])
}

// end counts the line that has ended.
func (s *said) end() {
	text, ok := s.kind()
	s.partial = s.partial[:0]
	switch {
	case !ok:
		s.unread++
		return
	case text == "":
		return
	case s.lines == nil:
		s.lines = map[string]*line{}
	}
	l := s.lines[text]
	if l == nil && len(s.lines) >= mostKinds {
		text, l = otherKinds, s.lines[otherKinds]
	}
	if l == nil {
		l = &line{Text: text, First: time.Now(), noPort: saysNoPort(text)}
		s.lines[text] = l
	}
	l.Count++
	if l.noPort != nil && s.noPort != nil {
		s.noPort(text, *l.noPort)
	}
}

// kind is that of the line that has ended; false where there is no time to find it.
func (s *said) kind() (string, bool) {
	rest, dated := timeless(s.partial)
	seen := &s.seen[0]
	if dated {
		seen = &s.seen[1]
	}
	if text, ok := (*seen)[string(rest)]; ok {
		s.allowed -= seenCost
		return text, true
	}
	if s.allowed < kindCost {
		s.allowed -= seenCost
		return "", false
	}
	s.allowed -= kindCost
	text := kindOf(string(s.partial))
	if *seen == nil {
		*seen = map[string]string{}
	}
	if len(*seen) < mostKinds {
		(*seen)[string(rest)] = text
	}
	return text, true
}

// timeless is a line without its time, if it has one as nginx writes it, and with 0
// for the number of the connection: 123#456: *789 connect(). Those are all in which
// nginx's lines of one kind differ, and lines of which the same is left are of one kind.
func timeless(line []byte) (rest []byte, dated bool) {
	const date = "0000/00/00 00:00:00 "
	if len(line) < len(date) {
		return line, false
	}
	for i := range date {
		if date[i] == '0' && !isDigit(line[i]) || date[i] != '0' && line[i] != date[i] {
			return line, false
		}
	}
	rest = line[len(date):]
	const before = ": *"
	from := bytes.Index(rest, []byte(before)) + len(before)
	to := from
	for from >= len(before) && to < len(rest) && isDigit(rest[to]) {
		to++
	}
	if to == from || to == len(rest) || rest[to] != ' ' {
		return rest, true
	}
	return slices.Replace(slices.Clone(rest), from, to, '0'), true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// kinds are the most frequent kinds of lines, the first said first among
// equals, and last the number of all others.
func (s *said) kinds() []line {
	if len(s.partial) > 0 {
		s.end() // a last line without an end
	}
	var all []line
	for _, l := range s.lines {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b line) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.First.Compare(b.First), cmp.Compare(a.Text, b.Text))
	})
	if len(all) <= tellKinds {
		return all
	}
	rest := line{Text: otherKinds, First: all[tellKinds].First}
	for _, l := range all[tellKinds:] {
		rest.Count += l.Count
		if l.First.Before(rest.First) {
			rest.First = l.First
		}
	}
	return append(all[:tellKinds], rest)
}

// sinceStart puts lines on the clock of a run.
func sinceStart(lines []line, start time.Time) []results.Said {
	var out []results.Said
	for _, l := range lines {
		out = append(out, results.Said{Text: l.Text, Count: l.Count, FirstS: l.First.Sub(start).Seconds()})
	}
	return out
}

// variation is what varies between lines of one kind, and what replaces it.
type variation struct {
	what *regexp.Regexp
	with string
}

// varying are all of them, made at the first line that a program writes. The order
// matters: what is kept, such as an address or an errno, is recognised before bare
// numbers are.
var varying = sync.OnceValue(func() []variation {
	return []variation{
		// The time, as nginx, syslog(3), ISO 8601 and the common log format write it.
		{regexp.MustCompile(`^\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?:? *`), ""},
		{regexp.MustCompile(`^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d `), ""},
		{regexp.MustCompile(`\[\d\d/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d:\d\d[^\]]*\] ?`), ""},
		// nginx's process, thread and connection: 123#456: *789.
		{regexp.MustCompile(`\d+#\d+: (\*\d+ )?`), ""},
		// haproxy's day, time and process: [WARNING] 325/023001 (123) :
		{regexp.MustCompile(`^(\[[A-Z]+\]) +(\d+/\d+ )?\(\d+\) : `), "$1 "},
		// The port of an address; the address is kept.
		{regexp.MustCompile(`\b(\d{1,3}(?:\.\d{1,3}){3}):\d+\b`), "$1"},
		{regexp.MustCompile(`(\[[0-9a-fA-F:]*:[0-9a-fA-F:]*\]):\d+\b`), "$1"},
	}
})

// numbers are those of a text. Group 1 is what is kept in front of or in the
// place of a number: addresses, versions after a slash, an errno as
// "(99: Cannot assign requested address)", an HTTP status after a request.
var numbers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(` + strings.Join([]string{
		`\b\d{1,3}(?:\.\d{1,3}){3}\b`,                 // IPv4
		`\[[0-9a-fA-F:]*:[0-9a-fA-F:]*\]`,             // IPv6 in brackets
		`\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,}`, // IPv6
		`/\d+(?:\.\d+)*`,                              // a version
		`\(\d+: `,                                     // an errno
		`" \d{3}\b`,                                   // a status
	}, `|`) + `)|\b\d+(?:\.\d+)?(ms|us|s)?\b`)
})

// kindOf is a line without what varies.
func kindOf(text string) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "?")
	for _, v := range varying() {
		text = v.what.ReplaceAllString(text, v.with)
	}
	return numbers().ReplaceAllStringFunc(text, func(found string) string {
		m := numbers().FindStringSubmatch(found)
		if m[1] != "" {
			return found
		}
		return "N" + m[2]
	})
}
