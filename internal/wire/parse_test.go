package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseRules(t *testing.T) {
	tests := []struct {
		name, text, want string // want is the canonical form
	}{
		{"no rule", "pass", "pass"},
		{"every frame is late", "delay 20ms", "delay 20ms"},
		{"one way", "delay 20ms from client", "delay 20ms from client"},
		{"at random", "drop 1%", "drop 1%"},
		{"selectors in any order", "drop nth 1 fin from server", "drop fin from server nth 1"},
		{"a bare ACK of each connection", "drop ack from client each nth 3", "drop ack from client nth 3 each"},
		{"a range", "drop data nth 2-5", "drop data nth 2-5"},
		{"a range without an end", "drop data nth 2-", "drop data nth 2-"},
		{"a range of one", "drop data nth 2-2", "drop data nth 2"},
		{"a copy at once", "duplicate data", "duplicate data"},
		{"a copy later, said first", "duplicate after 0.5s data from client nth 1",
			"duplicate data from client nth 1 after 500ms"},
		{"held for a time", "hold fin from server nth 1 for 2s", "hold fin from server nth 1 for 2s"},
		{"held until another", "hold data from client nth 2 until syn nth 2",
			"hold data from client nth 2 until syn nth 2"},
		{"replayed on another", "replay data from client nth 1 on syn nth 2 each",
			"replay data from client nth 1 on syn nth 2 each"},
		{"replayed into a new connection", "replay stale", "replay stale"},
		{"replayed with numbers that fit", "replay fitted data from client nth 1 each on data nth 2",
			"replay fitted data from client nth 1 each on data nth 2"},
		{"a window of time", "drop from server between 0 3s", "drop from server between 0s 3s"},
		{"several, and spaces", " delay 1ms ;drop   2.50% ", "delay 1ms; drop 2.5%"},
		{"everything", "drop", "drop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseRules(tt.text)
			if err != nil || got.String() != tt.want {
				t.Errorf("ParseRules(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestParseRulesNamesTheWordThatIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an action", "dorp fin", `rule "dorp fin": unknown word "dorp"; did you mean "drop"?`},
		{"a kind", "delay 1ms; drop finn nth 1", `rule "drop finn nth 1": unknown word "finn"; did you mean "fin"?`},
		{"a side", "drop fin from sever", `unknown word "sever"; did you mean "server"?`},
		{"a word of another action", "drop fin after 2s", `unknown word "after"`},
		{"two kinds", "drop fin data", "data is one too many"},
		{"no count", "drop fin nth", "nth: a count is missing"},
		{"counts begin at 1", "drop fin nth 0", `nth: "0" is not a count from 1 on`},
		{"a range that runs backwards", "drop fin nth 3-2", `nth: "3-2" is not a range`},
		{"each counts nothing", "drop fin each", "each counts in each connection, and needs nth"},
		{"no time", "delay", "delay: a time is missing"},
		{"a time without a unit", "delay 20", `delay: "20" is not a time such as 20ms`},
		{"a time that is none", "hold fin for -1s", "for: -1s is not above 0"},
		{"a window that runs backwards", "drop between 3s 1s", "between 3s 1s: it ends before it begins"},
		{"a hold without an end", "hold fin", "how long is missing"},
		{"a hold with two", "hold fin for 1s until syn", "two ends of one hold"},
		{"a hold until nothing", "hold fin until", "the segment to wait for is missing"},
		{"a replay of nothing", "replay on syn", "what to replay is missing"},
		{"a replay without a cause", "replay data", "when is missing"},
		{"stale and more", "replay stale fin", `leave out "fin"`},
		{"fitted of nothing", "replay fitted", "when is missing"},
		{"fitted at the wrong place", "replay data fitted on syn", `unknown word "fitted"`},
		{"stale ones fit as they are", "replay fitted stale", `unknown word "stale"`},
		{"a percentage above all", "drop 101%", "101% is not above 0% and up to 100%"},
		{"a percentage at the end", "drop syn 50%", "the percentage comes first, as in drop 50% data"},
		{"no percentage", "drop x%", `"x%" is not a percentage`},
		{"nothing at all", "", "it is empty"},
		{"an empty rule", "drop fin;", "it is empty"},
		{"pass of something", "pass fin", "pass concerns every frame"},
		{"pass beside another", "pass; drop fin", "pass is a link without any rule"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseRules(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseRules(%q) = %v, want it to say %q", tt.text, err, tt.want)
			}
		})
	}
}

func TestLongestIsForHowLongAFrameMayBeUnderWay(t *testing.T) {
	rules, err := ParseRules("delay 20ms; hold fin for 2s; duplicate data after 1s; drop syn")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rules.Longest(), 2040*time.Millisecond; got != want {
		t.Errorf("Longest() = %v, want %v", got, want)
	}
}

func anyPattern() *rapid.Generator[Pattern] {
	return rapid.Custom(func(t *rapid.T) Pattern {
		p := Pattern{
			Kind: Kind(rapid.SampledFrom(append(kinds(), "")).Draw(t, "kind")),
			From: rapid.SampledFrom([]Side{Either, Client, Server}).Draw(t, "from"),
		}
		if rapid.Bool().Draw(t, "counts") {
			p.Nth.First = rapid.Int64Range(1, 1<<61).Draw(t, "first")
			p.Nth.Last = rapid.SampledFrom([]int64{0, p.Nth.First, p.Nth.First + 1}).Draw(t, "last")
			p.Each = rapid.Bool().Draw(t, "each")
		}
		if rapid.Bool().Draw(t, "window") {
			p.After = time.Duration(rapid.Int64Range(0, int64(MaxTime)-1).Draw(t, "after"))
			p.Before = time.Duration(rapid.Int64Range(int64(p.After)+1, int64(MaxTime)).Draw(t, "before"))
		}
		return p
	})
}

func anyRule() *rapid.Generator[Rule] {
	return rapid.Custom(func(t *rapid.T) Rule {
		duration := func() time.Duration { return time.Duration(rapid.Int64Range(1, int64(MaxTime)).Draw(t, "time")) }
		some := func(p Pattern) bool { return !p.IsZero() }
		r := Rule{Action: rapid.SampledFrom([]Action{Delay, Drop, Duplicate, Hold, Replay}).Draw(t, "action")}
		r.Match = anyPattern().Draw(t, "match")
		waits := rapid.Bool().Draw(t, "waits")
		switch r.Action {
		case Delay:
			r.Time = duration()
		case Drop:
			r.Percent = rapid.Float64Range(0, 100).Draw(t, "percent")
		case Duplicate:
			if waits {
				r.Time = duration()
			}
		case Hold:
			if !waits {
				r.Time = duration()
			}
		case Replay:
			if r.Stale = !waits; r.Stale {
				r.Match = Pattern{}
				break
			}
			r.Fitted = rapid.Bool().Draw(t, "fitted")
			if r.Match.IsZero() {
				r.Match.Kind = KindData
			}
		}
		if waits && (r.Action == Hold || r.Action == Replay) {
			second := anyPattern().Filter(some).Draw(t, "second")
			r.Second = &second
		}
		return r
	})
}

func TestRulesAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Rules(rapid.SliceOfN(anyRule(), 1, 4).Draw(t, "rules"))
		got, err := ParseRules(want.String())
		if err != nil {
			t.Fatalf("ParseRules(%q) = %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseRules(%q) (-want +got):\n%s", want, diff)
		}
	})
}

func FuzzParseRules(f *testing.F) {
	for _, seed := range []string{
		"pass", "delay 20ms from client; drop 1%", "drop ack from client nth 3- each", "replay stale",
		"hold data nth 2 until syn nth 2 between 1s 2s", "replay fin on any", "duplicate after 1s data",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := ParseRules(text)
		if err != nil {
			return
		}
		again, err := ParseRules(rules.String())
		if err != nil || again.String() != rules.String() {
			t.Errorf("ParseRules(%q) = %q, which reads as %q, %v", text, rules, again, err)
		}
	})
}
