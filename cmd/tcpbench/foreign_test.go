package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"tcpbench/internal/prose"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// hostile is what a terminal, a reader of lines and a CI system would act upon.
const hostile = "\x1b]0;title\x07\x1b[2J\u009b31m\x7f\u202e\u2066\r\u0085\n" +
	"::error file=x::forged\nforged ##[add-mask]x\n"

// hostileWays put it into a text.
func hostileWays() map[string]func(string) string {
	return map[string]func(string) string{
		"after":  func(s string) string { return s + hostile },
		"before": func(s string) string { return "::error title=x::forged" + hostile + s },
	}
}

// spoil puts hostile text into every string of v, and into a name of every map.
// Settings that decide what is read keep their values.
func spoil(v reflect.Value, into func(string) string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), into)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			keeps := slices.Contains([]string{"Schema", "StartedAt", "Options", "Outcome"}, name)
			if v.Field(i).CanSet() && !keeps && !strings.HasSuffix(name, "HDR") {
				spoil(v.Field(i), into)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), into)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			spoil(value, into)
			v.SetMapIndex(reflect.ValueOf(into(key.String())), value)
		}
	case reflect.String:
		v.SetString(into(v.String()))
	}
}

// spoiled is a result file all of whose texts are hostile that may be.
func spoiled(t *testing.T, r *results.Run, into func(string) string) []byte {
	t.Helper()
	spoil(reflect.ValueOf(r), into)
	totals := &r.Totals // whose maps have each name twice now
	totals.Attempted, totals.Failed, totals.Requests = 2*totals.Attempted, 2*totals.Failed, 2*totals.Requests
	r.Rates.OverS = 0
	r.Options.Body, r.Options.Sysctl = into("b"), scenario.Sysctls{"net.core.x": into("1")}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hostileScenario has a claim whose texts are hostile.
const hostileScenario = `name: hostile
about: "\e[2J\u009b31m\u202e\n::error file=x::forged\nforged ##[add-mask]x"
claim: {text: "\e[2J\n::error file=x::forged\nforged", rule: tw-buckets}
cases: {"a": {}, "b": {}}
`

// hostileSets writes results, a directory of them and a sweep, and returns their
// paths.
func hostileSets(t *testing.T, into func(string) string) (file, other, sweep string) {
	t.Helper()
	dir := t.TempDir()
	runs := []*results.Run{resultstest.Full(), resultstest.Real(t, "proxy"), resultstest.Captured(t)}
	index := results.Sweep{Schema: results.SweepSchema, Name: into("n"), About: into("a"), Scenario: hostileScenario,
		Claim: &results.Claim{Text: into("t"), Answer: "depends", Because: into("b"), Practice: into("p"),
			Known: "depends", Otherwise: into("o"), Kernel: into("k"),
			Checks: []results.ClaimCheck{{Text: into("c"), Holds: true}},
			Table: results.ClaimTable{Columns: []results.ClaimColumn{{Name: into("n"), Unit: into("u")}},
				Rows: []results.ClaimRow{{Case: into("c"), Values: []results.ClaimValue{{Words: into("w")}}},
					{Case: into("d")}}}}}
	sweep, file, other = filepath.Join(dir, "sweep"), filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	for i, r := range runs {
		cell := fmt.Sprintf("cells/%d", i)
		writeTo(t, filepath.Join(sweep, cell, results.ResultFile), spoiled(t, r, into))
		index.Cells = append(index.Cells, results.SweepCell{Dir: cell, Labels: map[string]string{into("l"): into("v")},
			Status: results.Done})
	}
	index.Cells = append(index.Cells, results.SweepCell{Dir: "cells/none" + hostile, Status: results.Failed,
		Error: into("e")})
	b, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	writeTo(t, filepath.Join(sweep, results.SweepFile), b)
	for _, path := range []string{file, other} {
		writeTo(t, path, spoiled(t, resultstest.Full(), into))
	}
	return file, other, sweep
}

func writeTo(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantPrintable fails where a terminal would do more than show a text.
func wantPrintable(t *testing.T, from, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool {
			return r != '\t' && !unicode.IsPrint(r)
		}); i >= 0 {
			t.Errorf("%s has a control in %q", from, line)
		}
	}
}

// wantUnforged fails where a line is a result's own, or a command to a CI system
// that does not begin with own.
func wantUnforged(t *testing.T, from, text, own string) {
	t.Helper()
	for line := range strings.Lines(text) {
		begin := strings.TrimSpace(line)
		if own != "" && strings.HasPrefix(begin, own) {
			continue
		}
		if strings.HasPrefix(begin, "forged") || strings.HasPrefix(begin, "::") || strings.Contains(begin, "##[") {
			t.Errorf("%s has the line %q, which a result forged", from, line)
		}
	}
}

// reading are all commands that read results, with the formats that each has.
func reading(file, other, sweep, policy string) [][]string {
	var out [][]string
	add := func(formats string, args ...string) {
		for f := range strings.FieldsSeq(formats) {
			out = append(out, append(args, "--format", f))
		}
	}
	add("text json", "plan", "--target-rate", "100k", file)
	add("text json csv", "history", "--metric", "connect_p99,errors,failed", filepath.Dir(file))
	for _, path := range []string{file, sweep} {
		add("text markdown junit github", "gate", "-f", policy, "--force", "--baseline", other, path)
	}
	add("text markdown json csv benchfmt", "compare", "--force", file, other)
	add("text markdown json csv benchfmt", "compare", "--force", sweep, sweep)
	add("text markdown", "claims", sweep)
	pictures := filepath.Join(filepath.Dir(file), "pictures")
	return append(out, []string{"claims", "--pictures", pictures, sweep},
		[]string{"history", "-o", pictures, filepath.Dir(file)},
		[]string{"report", sweep}, []string{"report", file}, []string{"plot", "--format", "svg", file},
		[]string{"sweep", "--resume", sweep})
}

func TestNothingInAResultActsOnATerminal(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	writeTo(t, policy, []byte(`limits: ["errors < 0.1%", "connect_p99 < 1us", "dead_p50 < 1s"]`+"\n"+
		`regressions: {connect_p99: +10%}`+"\n"))
	for way, into := range hostileWays() {
		t.Run(way, func(t *testing.T) {
			file, other, sweep := hostileSets(t, into)
			shown := 0
			for _, args := range reading(file, other, sweep, policy) {
				name, own := strings.Join(args, " "), ""
				if args[len(args)-1] == "github" {
					own = "::" // in lines that escape what is not the policy's
				}
				status, stdout, stderr := command(args...)
				if stdout == "" && status != 2 {
					t.Errorf("%s says nothing on stdout; stderr: %s", name, stderr)
				}
				shown += strings.Count(stdout, "forged")
				wantPrintable(t, name, stdout+stderr)
				wantUnforged(t, "stdout of "+name, stdout, own)
				wantUnforged(t, "stderr of "+name, stderr, "")
			}
			if shown < 500 {
				t.Errorf("hostile texts are shown %d times, so that this tells little", shown)
			}
			pages := []string{filepath.Join(sweep, "report.html"), filepath.Join(filepath.Dir(file), "a.html")}
			for _, page := range pages {
				b, err := os.ReadFile(page)
				if err != nil {
					t.Fatal(err)
				}
				wantPrintable(t, page, string(b))
			}
		})
	}
}

// The lines that redraw themselves move the cursor by themselves alone.
func TestNothingInACellMovesTheCursor(t *testing.T) {
	c, v := &clock{time.Unix(1000, 0)}, newVT(200, 24, true)
	var out strings.Builder
	guard := prose.NewGuard(io.MultiWriter(&out, v))
	d, cells := displayOn(t, v, c)
	d.w, d.view.w, d.view.colours = guard, guard, true
	cells[0].Title = "linger=off" + hostile
	d.beginCell(0, cells[0])
	c.advance(time.Second)
	d.interval(metrics.Interval{TS: 1, LengthS: 1, ConnectionsPerSecond: 3, Errors: map[string]int64{hostile: 1}})
	d.endCell(0, nil, errors.New("sh said: "+hostile))
	d.end()
	if err := guard.Flush(); err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`\x1b\[([0-9]*[AJKm])|\r`)
	wantPrintable(t, "the display", own.ReplaceAllString(out.String(), ""))
	if lines := strings.Split(v.screen(), "\n"); len(lines) != 1 || !strings.HasPrefix(lines[0], "[1/2] linger=off") {
		t.Errorf("the screen is\n%s\nwant the line of the failure", v.screen())
	}
	if len(v.unknown) > 0 {
		t.Errorf("the terminal got %q", v.unknown)
	}
}
