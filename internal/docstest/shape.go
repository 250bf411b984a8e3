package docstest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// within is how many times longer or shorter a time, or higher or lower a rate may be than
// the one that is shown: machines differ. Every other figure is exact.
const within = 20

// token is a word without digits, or a figure with its dimension.
type token struct {
	text  string
	value float64 // in seconds, or per second, of a time or a rate
	kind  kind
}

type kind int

const (
	word kind = iota
	number
	duration
	rate
)

// Compare holds what a command printed against what a page shows of it: the same words and
// figures, whatever the white space between them. A time or a rate may differ, within
// reason, and so may those that vary; ... stands for anything. The error says what the
// first difference is.
func Compare(want, got string, varies []string) error {
	var segments [][]token
	for s := range strings.SplitSeq(" "+strings.Join(strings.Fields(want), " ")+" ", " ... ") {
		segments = append(segments, tokens(s))
	}
	rest := tokens(strings.Join(strings.Fields(got), " "))
	last := len(segments) - 1
	for i, s := range segments {
		at, err := find(s, rest, varies, i == 0)
		if i == last && i > 0 && len(s) > 0 { // it ends the output
			at = max(len(rest)-len(s), 0)
			_, err = find(s, rest[at:], varies, true)
		}
		if err != nil {
			return err
		}
		rest = rest[at+len(s):]
	}
	if len(segments) > 0 && (last == 0 || len(segments[last]) > 0) && len(rest) > 0 {
		return fmt.Errorf("more came out than is shown: %s", spell(rest))
	}
	return nil
}

// find is where a segment begins in got; at its beginning where it is anchored.
func find(s, got []token, varies []string, anchored bool) (int, error) {
	var first error
	for at := 0; at+len(s) <= len(got); at++ {
		err := differ(s, got[at:], varies)
		if err == nil {
			return at, nil
		}
		if anchored {
			return 0, err
		}
		first = err
	}
	if first == nil || !anchored {
		return 0, fmt.Errorf("shown is %q, and it does not come out: %s", spell(s), spell(got))
	}
	return 0, first
}

func differ(want, got []token, varies []string) error {
	for i, w := range want {
		if !w.like(got[i], varies) {
			return fmt.Errorf("shown is %q, and out comes %q, after %q", spell(want[i:]), spell(got[i:]),
				spell(want[max(i-5, 0):i]))
		}
	}
	return nil
}

// like reports whether a token that came out is as the one that is shown.
func (w token) like(got token, varies []string) bool {
	switch {
	case w.kind != word && got.kind != word && (slices.Contains(varies, "everything") ||
		slices.Contains(varies, w.text)):
		return true
	case w.kind != got.kind:
		return false
	case w.kind == word || w.kind == number:
		return w.text == got.text
	case w.value == 0 || got.value == 0:
		return w.value == got.value
	default:
		ratio := got.value / w.value
		return ratio <= within && ratio >= 1.0/within
	}
}

// tokens are the words and figures of a text.
func tokens(text string) []token {
	re := regexp.MustCompile(`(\d+(?:\.\d+)?)(?: ?(us|ms|s|min|h)\b|(/s)\b)?|[^\s\d]+`)
	seconds := map[string]float64{"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600}
	var out []token
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		t := token{text: m[0]}
		if m[1] != "" {
			t.text, t.kind = m[1], number
			t.value, _ = strconv.ParseFloat(m[1], 64)
		}
		if unit, ok := seconds[m[2]]; ok {
			t.kind, t.value = duration, t.value*unit
		}
		if m[3] != "" {
			t.kind = rate
		}
		out = append(out, t)
	}
	return out
}

// spell is a few tokens, for an error.
func spell(ts []token) string {
	const most = 12
	var b strings.Builder
	for i, t := range ts {
		if i == most {
			b.WriteString(" ..")
			break
		}
		b.WriteString(" " + t.text)
	}
	return strings.TrimSpace(b.String())
}
