package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// place is a value in a tree from JSON: what holds it, and its key or index there.
type place struct {
	in    any
	key   string
	index int
}

// places are all values below v.
func places(v any) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			out = append(append(out, place{in: v, key: key}), places(v[key])...)
		}
	case []any:
		for i := range v {
			out = append(append(out, place{in: v, index: i}), places(v[i])...)
		}
	}
	return out
}

// set replaces the value; nothing takes it away.
func (p place) set(value any, nothing bool) {
	switch in := p.in.(type) {
	case map[string]any:
		if in[p.key] = value; nothing {
			delete(in, p.key)
		}
	case []any:
		in[p.index] = value
	}
}

// damage changes up to four values of a document, most to what is of another kind
// or of another size, and leaves what decides how all else is read.
func damage(t testing.TB, document any, r *rand.Rand) []byte {
	t.Helper()
	b, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var root any
	if err := json.Unmarshal(b, &root); err != nil {
		t.Fatal(err)
	}
	odd := []string{`null`, `""`, `"x"`, `0`, `1`, `-1`, `0.5`, `1e12`, `true`, `[]`, `{}`, `[null]`, `[{}]`,
		`{"": null}`, `{"x": 1}`, `"9999999999999999999"`, `"` + strings.Repeat("long ", 200) + `"`}
	for range 1 + r.IntN(4) {
		var value any
		if err := json.Unmarshal([]byte(odd[r.IntN(len(odd))]), &value); err != nil {
			t.Fatal(err)
		}
		all := places(root)
		if p := all[r.IntN(len(all))]; p.key != "schema" {
			p.set(value, r.IntN(3) == 0)
		}
	}
	if b, err = json.Marshal(root); err != nil {
		t.Fatal(err)
	}
	return b
}

// index is a sweep of a claim with two cells.
func index() results.Sweep {
	number := 3.0
	return results.Sweep{Schema: results.SweepSchema, Name: "n", Scenario: hostileScenario, Repeat: 1,
		Cells: []results.SweepCell{{Dir: "cells/1", Labels: map[string]string{"case": "a"}, Status: results.Done},
			{Dir: "cells/2", Labels: map[string]string{"case": "b"}, Status: results.Done}},
		Claim: &results.Claim{Text: "t", Answer: "depends", Because: "b",
			Checks: []results.ClaimCheck{{Text: "c", Holds: true}},
			Table: results.ClaimTable{Columns: []results.ClaimColumn{{Name: "one"}, {Name: "two", Unit: "us"}},
				Rows: []results.ClaimRow{{Case: "a", Values: []results.ClaimValue{{Number: &number}, {Words: "w"}}},
					{Case: "b", Values: []results.ClaimValue{{Words: "none"}, {Number: &number}}}}}}}
}

func TestEveryCommandReadsDamagedResults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		for _, args := range damaged(t, seed) {
			read(t, seed, args)
		}
	}
}

// read has one command read them. It may refuse, and may not panic.
func read(t testing.TB, seed uint64, args []string) {
	t.Helper()
	if slices.Contains(args, "--resume") && len(args) == 3 {
		return // it would measure
	}
	if status, stdout, _ := command(args...); status == 0 && strings.Contains(stdout, "%!") {
		t.Errorf("seed %d: %s says %q", seed, strings.Join(args, " "), stdout)
	}
}

// damaged writes results that a seed decides, and returns the commands that read them.
func damaged(t testing.TB, seed uint64) [][]string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := append(resultstest.Names(), "full", "minimal", "captured")
	made := func() *results.Run {
		switch name := kinds[r.IntN(len(kinds))]; name {
		case "full":
			return resultstest.Full()
		case "minimal":
			return resultstest.Minimal()
		case "captured":
			return resultstest.Captured(t)
		default:
			return resultstest.Real(t, name)
		}
	}
	dir := t.TempDir()
	sweep, policy := filepath.Join(dir, "sweep"), filepath.Join(dir, "policy.yaml")
	one := damage(t, made(), r)
	for path, data := range map[string][]byte{
		filepath.Join(dir, "a.json"):                one,
		filepath.Join(dir, "b.json"):                damage(t, made(), r),
		filepath.Join(sweep, "sweep.json"):          damage(t, index(), r),
		filepath.Join(sweep, "cells/1/result.json"): one,
		filepath.Join(sweep, "cells/2/result.json"): damage(t, made(), r),
		policy: []byte(`limits: ["errors < 0.1%", "connect_p99 < 1us", "exhausted == false"]` + "\n" +
			`regressions: {connect_p99: +10%}` + "\n"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	commands := reading(filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json"), sweep, policy)
	return append(commands, []string{"plot", sweep}, []string{"sweep", "--resume", sweep, "--short"})
}

// FuzzDamagedResults takes the seed of what is damaged, and which command reads it: of all of
// them one input would take so long that a busy machine takes it for one that hangs.
func FuzzDamagedResults(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) {
		commands := damaged(t, seed)
		read(t, seed, commands[int(which)%len(commands)])
	})
}
