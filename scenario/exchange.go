package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Step is one part of what a client and a server say to each other: the bytes that
// the client sends, or else what it expects.
type Step struct {
	Send   []byte
	Expect *Expect
}

// Exchange is what is said, in its order. None is a request and an answer of a size.
type Exchange []Step

// MaxSteps bounds how many there are.
const MaxSteps = 256

// stepText is a step in JSON and YAML.
type stepText struct {
	Send   *string `json:"send,omitempty"`
	Expect *string `json:"expect,omitempty"`
}

// exchangeSetting makes a setting of a whole exchange: its text form is the JSON list that
// a result holds. As flags it is two, which add a step each: prefix-send and
// prefix-expect.
func exchangeSetting(name, prefix, when string, field *Exchange) Setting {
	step := func(part, usage string, add func(string) error) Setting {
		set := func(text string) error {
			text, err := withFile(text)
			if err != nil {
				return err
			}
			return add(text)
		}
		return Setting{Name: prefix + part, Usage: usage, get: func() string { return "" }, set: set}
	}
	return Setting{
		Name: name, Usage: "tcp targets: what is said " + when + ": `[{send: BYTES}, {expect: WHAT}]`",
		get: field.String, set: field.parseList, none: "[]",
		Flags: []Setting{
			step("send", "tcp targets: what the client sends "+when+", repeatable, in the order given: `BYTES`, as "+
				`'PING\r\n', hex:50494e47 or @FILE`, field.AddSend),
			step("expect", "tcp targets: what the server is to answer then: `WHAT`, bytes, line, len:N, u16be, u32be, "+
				"/RE2/ or eof", field.AddExpect),
		},
	}
}

// parseList reads [{"send": BYTES}, {"expect": WHAT}].
func (x *Exchange) parseList(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var steps []stepText
	if err := d.Decode(&steps); err != nil {
		return fmt.Errorf("%q is not a list such as [{send: ...}, {expect: ...}]: %w", text, err)
	}
	var all Exchange
	for i, s := range steps {
		var err error
		switch {
		case s.Send != nil && s.Expect == nil:
			err = all.AddSend(*s.Send)
		case s.Send == nil && s.Expect != nil:
			err = all.AddExpect(*s.Expect)
		default:
			err = errors.New("a step has either send or expect")
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	*x = all
	return nil
}

// AddSend adds bytes to send, as [ParseBytes] reads them. The exchange is a new one, since
// workloads are copied.
func (x *Exchange) AddSend(text string) error {
	b, err := ParseBytes(text)
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return errEmpty
	}
	return x.add(Step{Send: b})
}

// AddExpect adds what is to be answered, as [ParseExpect] reads it.
func (x *Exchange) AddExpect(text string) error {
	e, err := ParseExpect(text)
	if err != nil {
		return err
	}
	return x.add(Step{Expect: &e})
}

func (x *Exchange) add(s Step) error {
	old := *x
	if len(old) == MaxSteps {
		return fmt.Errorf("there are more than %d steps", MaxSteps)
	}
	if len(old) > 0 && old[len(old)-1].ends() {
		return errors.New("nothing can follow eof, which ends the connection")
	}
	*x = append(old[:len(old):len(old)], s)
	return nil
}

// ends reports whether the server has ended the connection after the step.
func (s Step) ends() bool { return s.Expect != nil && s.Expect.Kind == ExpectEOF }

// Ends reports whether the server ends the connection with the exchange.
func (x Exchange) Ends() bool { return len(x) > 0 && x[len(x)-1].ends() }

// Messages is how many messages the client sends.
func (x Exchange) Messages() int {
	n := 0
	for _, s := range x {
		if s.Expect == nil {
			n++
		}
	}
	return n
}

// String returns the JSON list that a result holds; "" is none.
func (x Exchange) String() string {
	if len(x) == 0 {
		return ""
	}
	steps := make([]stepText, len(x))
	for i, s := range x {
		if s.Expect != nil {
			steps[i].Expect = new(s.Expect.String())
		} else {
			steps[i].Send = new(Escape(s.Send))
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(steps) // of strings alone
	return strings.TrimSpace(b.String())
}

// Text is the exchange for people: what is sent after >, and what is expected after <.
func (x Exchange) Text() string {
	var lines []string
	for _, s := range x {
		if s.Expect != nil {
			lines = append(lines, "< "+s.Expect.String())
		} else {
			lines = append(lines, "> "+Escape(s.Send))
		}
	}
	return strings.Join(lines, " ")
}

// AsFlags are the words of a command line that add each step, flags with a prefix.
func (x Exchange) AsFlags(prefix string) []string {
	var words []string
	for _, s := range x {
		if s.Expect != nil {
			words = append(words, prefix+"expect", s.Expect.String())
		} else {
			words = append(words, prefix+"send", Escape(s.Send))
		}
	}
	return words
}

// exchange is where the steps of a setting are; nil for another.
func (w *Workload) exchange(setting string) *Exchange {
	switch setting {
	case "exchange":
		return &w.Exchange
	case "hello":
		return &w.Hello
	default:
		return nil
	}
}
