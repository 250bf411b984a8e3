package wire

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/suggest"
)

// MaxTime bounds each time in a rule.
const MaxTime = time.Hour

// WordError is a word that a rule cannot have where it stands.
type WordError struct {
	Rule, Word string
	Known      []string
}

func (e *WordError) Error() string {
	return fmt.Sprintf("rule %q: unknown word %q%s", e.Rule, e.Word, suggest.OrOneOf(e.Word, e.Known))
}

// ParseRules reads rules that are separated by semicolons:
//
//	pass
//	delay TIME MATCH
//	drop [PERCENT%] MATCH
//	duplicate MATCH [after TIME]
//	hold MATCH for TIME
//	hold MATCH until MATCH
//	replay [fitted] MATCH on MATCH
//	replay stale
//
// MATCH is any of these words, in any order: one of syn, syn-ack, ack, fin,
// rst, data, any; from client|server; nth N|N-M|N-; each; between TIME TIME.
// The error names the first word that is wrong, a [WordError] where another
// was meant.
func ParseRules(s string) (Rules, error) {
	var rules Rules
	for text := range strings.SplitSeq(s, ";") {
		p := &parser{text: strings.TrimSpace(text), words: strings.Fields(text)}
		rule, err := p.rule()
		var word *WordError
		if errors.As(err, &word) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", p.text, err)
		}
		rules = append(rules, rule)
	}
	for _, r := range rules {
		if r.Action == Pass && len(rules) > 1 {
			return nil, errors.New("pass is a link without any rule; leave it out where there is another")
		}
	}
	return rules, nil
}

// parser reads the words of one rule.
type parser struct {
	text  string
	words []string // those left
}

// next takes a word; "" at the end.
func (p *parser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *parser) unknown(word string, known ...string) error {
	return &WordError{Rule: p.text, Word: word, Known: known}
}

func (p *parser) rule() (Rule, error) {
	word := p.next()
	r := Rule{Action: Action(word)}
	var err error
	switch r.Action {
	case "":
		return r, errors.New("it is empty; begin with what to do, such as drop or delay")
	case Pass:
		err = p.clause(&r)
	case Delay:
		if r.Time, err = p.time("delay"); err == nil {
			err = p.clause(&r)
		}
	case Drop:
		if len(p.words) > 0 && strings.HasSuffix(p.words[0], "%") {
			r.Percent, err = parsePercent(p.next())
		}
		if err == nil {
			err = p.clause(&r)
		}
	case Duplicate:
		err = p.clause(&r, "after")
	case Hold:
		err = p.clause(&r, "for", "until")
	case Replay:
		if len(p.words) > 0 && p.words[0] == stale {
			p.next()
			r.Stale = true
			return r, p.end()
		}
		if len(p.words) > 0 && p.words[0] == fitted {
			p.next()
			r.Fitted = true
		}
		err = p.clause(&r, "on", stale, fitted)
	default:
		return r, p.unknown(word, actions()...)
	}
	return r, errors.Join(err, r.check(err))
}

// end reports a word that is left.
func (p *parser) end() error {
	if word := p.next(); word != "" {
		return fmt.Errorf("nothing follows here; leave out %q", word)
	}
	return nil
}

// check reports what a rule that could be read lacks, or cannot have.
func (r Rule) check(err error) error {
	switch {
	case err != nil:
		return nil
	case r.Action == Pass && !r.Match.IsZero():
		return errors.New("pass concerns every frame; leave out what follows it")
	case r.Match.Each && r.Match.Nth.IsZero():
		return errors.New("each counts in each connection, and needs nth, as in nth 1 each")
	case r.Action == Hold && r.Time == 0 && r.Second == nil:
		return errors.New("how long is missing; add for TIME, or until and the segment to wait for")
	case r.Action == Hold && r.Time > 0 && r.Second != nil:
		return errors.New("for and until are two ends of one hold; leave one out")
	case r.Action == Replay && r.Second == nil:
		return errors.New("when is missing; add on and the segment to wait for, as in on syn nth 2")
	case r.Action == Replay && r.Match.IsZero():
		return errors.New("what to replay is missing; name it, as in replay data from client nth 1 on syn nth 2")
	case r.Second != nil && r.Second.IsZero():
		return errors.New("the segment to wait for is missing; name it, as in until syn nth 2")
	}
	return nil
}

// clause reads selectors, and those of the words in more that come after an
// action.
func (p *parser) clause(r *Rule, more ...string) error {
	into := &r.Match
	for len(p.words) > 0 {
		word := p.next()
		known, err := p.selector(into, word)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		switch {
		case r.Action == Drop && isPercent(word):
			return fmt.Errorf("the percentage comes first, as in drop %s data; it applies to the segments "+
				"that the words "+
				"after it choose", word)
		case !slices.Contains(more, word) || word == stale || word == fitted:
			return p.unknown(word, append(append(kinds(), "from", "nth", "each", "between"), more...)...)
		case word == "after" || word == "for":
			if r.Time > 0 {
				return fmt.Errorf("%s is there twice", word)
			}
			if r.Time, err = p.time(word); err != nil {
				return err
			}
		default: // until, on
			if r.Second != nil {
				return fmt.Errorf("%s is there twice", word)
			}
			r.Second = new(Pattern)
			into = r.Second
		}
	}
	return nil
}

// selector reads one selector into m; false where word begins none.
func (p *parser) selector(m *Pattern, word string) (bool, error) {
	twice := func(is bool) error {
		if is {
			return fmt.Errorf("%s is one too many; a rule has one of its kind, write another rule", word)
		}
		return nil
	}
	var err error
	switch {
	case slices.Contains(kinds(), word):
		if err = twice(m.Kind != ""); err == nil {
			m.Kind = Kind(word)
		}
	case word == "from":
		if err = twice(m.From != Either); err == nil {
			m.From, err = p.side()
		}
	case word == "nth":
		if err = twice(!m.Nth.IsZero()); err == nil {
			m.Nth, err = parseRange(p.next())
		}
	case word == "each":
		err = twice(m.Each)
		m.Each = true
	case word == "between":
		if err = twice(m.Before > 0); err == nil {
			m.After, m.Before, err = p.times()
		}
	default:
		return false, nil
	}
	return true, err
}

func (p *parser) side() (Side, error) {
	switch word := p.next(); word {
	case "client":
		return Client, nil
	case "server":
		return Server, nil
	case "":
		return 0, errors.New("from: a side is missing; client or server")
	default:
		return 0, p.unknown(word, "client", "server")
	}
}

// times reads the two ends of a time window.
func (p *parser) times() (from, to time.Duration, err error) {
	if len(p.words) > 0 && p.words[0] == "0" {
		p.words[0] = "0s"
	}
	if len(p.words) > 0 && p.words[0] == "0s" {
		p.next()
	} else if from, err = p.time("between"); err != nil {
		return 0, 0, err
	}
	if to, err = p.time("between"); err != nil {
		return 0, 0, err
	}
	if to <= from {
		return 0, 0, fmt.Errorf("between %s %s: it ends before it begins", from, to)
	}
	return from, to, nil
}

// time reads a duration; after names the word that it belongs to.
func (p *parser) time(after string) (time.Duration, error) {
	word := p.next()
	if word == "" {
		return 0, fmt.Errorf("%s: a time is missing, such as 20ms", after)
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a time such as 20ms or 1.5s", after, word)
	}
	if d <= 0 || d > MaxTime {
		return 0, fmt.Errorf("%s: %v is not above 0 and up to %v", after, d, MaxTime)
	}
	return d, nil
}

// isPercent reports whether a word is meant as a percentage.
func isPercent(word string) bool {
	digits, ok := strings.CutSuffix(word, "%")
	return ok && strings.Trim(digits, "0123456789.") == ""
}

// parsePercent reads "1%" or "0.5%".
func parsePercent(s string) (float64, error) {
	digits := strings.TrimSuffix(s, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || strings.Trim(digits, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is not a percentage such as 1%% or 0.5%%", s)
	}
	if !(v > 0 && v <= 100) {
		return 0, fmt.Errorf("%s is not above 0%% and up to 100%%", s)
	}
	return v, nil
}

// parseRange reads N, N-M or N-.
func parseRange(s string) (Range, error) {
	if s == "" {
		return Range{}, errors.New("nth: a count is missing, such as 1, 2-5 or 3-")
	}
	lo, hi, ranged := strings.Cut(s, "-")
	first, err := strconv.ParseUint(lo, 10, 62)
	if err != nil || first == 0 {
		return Range{}, fmt.Errorf("nth: %q is not a count from 1 on, such as 1, 2-5 or 3-", s)
	}
	r := Range{First: int64(first), Last: int64(first)}
	if !ranged {
		return r, nil
	}
	if hi == "" {
		r.Last = 0
		return r, nil
	}
	last, err := strconv.ParseUint(hi, 10, 62)
	if err != nil || last < first {
		return Range{}, fmt.Errorf("nth: %q is not a range from 1 on, such as 2-5 or 3-", s)
	}
	r.Last = int64(last)
	return r, nil
}
