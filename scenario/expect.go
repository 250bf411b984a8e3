package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ExpectKind is how an answer is recognised.
type ExpectKind uint8

// The ways to recognise one.
const (
	ExpectBytes   ExpectKind = iota // exactly these
	ExpectLine                      // up to the next \n
	ExpectLen                       // so many
	ExpectU16                       // as many as the first two bytes say, big-endian
	ExpectU32                       // as many as the first four bytes say, big-endian
	ExpectPattern                   // what has arrived matches
	ExpectEOF                       // the server ends the connection
)

// MaxExpected is how many bytes a line or what a pattern is held against may have.
const MaxExpected = 64 << 10

// Expect is what a server is to answer.
type Expect struct {
	Kind ExpectKind
	// Bytes are those of ExpectBytes, at least one.
	Bytes []byte
	// Len is that of ExpectLen, from 1 to MaxMessage.
	Len int
	// Pattern is that of ExpectPattern (RE2).
	Pattern *regexp.Regexp
}

// words are the kinds that a word alone names.
func words() map[string]ExpectKind {
	return map[string]ExpectKind{"line": ExpectLine, "u16be": ExpectU16, "u32be": ExpectU32, "eof": ExpectEOF}
}

// ParseExpect reads "line", "len:N", "u16be", "u32be", "/RE2/", "eof", or else bytes as
// [ParseBytes] does. A word as bytes has an escape in it: \x6cine.
func ParseExpect(s string) (Expect, error) {
	if kind, ok := words()[s]; ok {
		return Expect{Kind: kind}, nil
	}
	if n, ok := strings.CutPrefix(s, "len:"); ok {
		count, err := within(parseInt, 1, MaxMessage)(n)
		if err != nil {
			return Expect{}, fmt.Errorf("len: %w", err)
		}
		return Expect{Kind: ExpectLen, Len: count}, nil
	}
	if strings.HasPrefix(s, "/") {
		return parsePattern(s)
	}
	b, err := ParseBytes(s)
	if err != nil {
		return Expect{}, err
	}
	if len(b) == 0 {
		return Expect{}, errors.New("no byte is what every server answers; leave it out, or name what is to come")
	}
	return Expect{Kind: ExpectBytes, Bytes: b}, nil
}

// parsePattern reads /RE2/.
func parsePattern(s string) (Expect, error) {
	if len(s) < 2 || !strings.HasSuffix(s, "/") {
		return Expect{}, fmt.Errorf(`%q is not a pattern between slashes; bytes that begin with one begin with \x2f`, s)
	}
	re, err := regexp.Compile(s[1 : len(s)-1])
	if err != nil {
		return Expect{}, fmt.Errorf("%q is not a pattern of RE2: %w", s, err)
	}
	if re.MatchString("") {
		return Expect{}, fmt.Errorf("%q matches before anything has arrived; ask for a byte of the answer", s)
	}
	return Expect{Kind: ExpectPattern, Pattern: re}, nil
}

// String returns the form that [ParseExpect] reads.
func (e Expect) String() string {
	switch e.Kind {
	case ExpectBytes:
		return e.text()
	case ExpectLen:
		return fmt.Sprintf("len:%d", e.Len)
	case ExpectPattern:
		return "/" + e.Pattern.String() + "/"
	}
	for word, kind := range words() {
		if kind == e.Kind {
			return word
		}
	}
	return ""
}

// text writes bytes so that they are not taken for anything else.
func (e Expect) text() string {
	s := Escape(e.Bytes)
	_, word := words()[s]
	if word || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "len:") {
		return fmt.Sprintf(`\x%02x%s`, s[0], s[1:])
	}
	return s
}
