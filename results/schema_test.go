package results_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"tcpbench/internal/goldentest"
	"tcpbench/internal/schematest"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	s := typesSchema(t)
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	goldentest.Equal(t, "schema.json", append(b, '\n'))
}

// embedded skips a test of the embedded schema while the file is rewritten.
func embedded(t *testing.T) {
	t.Helper()
	if goldentest.Updating() {
		t.Skip("this binary still has the schema of before -update")
	}
}

func TestEmbeddedSchemaIsTheFile(t *testing.T) {
	embedded(t)
	want, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	got := results.SchemaJSON()
	if !bytes.Equal(got, want) {
		t.Errorf("SchemaJSON() = %d bytes that are not schema.json's %d", len(got), len(want))
	}
	clear(got)
	if !bytes.Equal(results.SchemaJSON(), want) {
		t.Error("SchemaJSON() after a change to what it returned is not schema.json")
	}
}

func TestEveryResultIsValidByTheSchema(t *testing.T) {
	embedded(t)
	tests := []struct {
		name string
		run  *results.Run
	}{
		{"a whole run", resultstest.Full()},
		{"every optional field", everyField(t)},
		{"nothing measured", resultstest.Minimal()},
		{"a search without a trial", searchedRun()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { resultstest.Validate(t, encode(t, tt.run)) })
	}
	t.Run("a file of Linux 6.18", func(t *testing.T) { resultstest.Validate(t, realFile(t)) })
}

func TestSchemaRefuses(t *testing.T) {
	embedded(t)
	tests := []struct {
		name, path string
		value      any
	}{
		{"a text for a number", "duration_s", "12.5"},
		{"half a connection", "totals/attempted", 0.5},
		{"null for a list", "intervals", nil},
		{"null for what was not measured", "cpu", nil},
		{"an unknown outcome", "exhaustion/outcome", "tired"},
		{"a search that ended for no known reason", "search",
			map[string]any{"slo": "errors<1%", "sure": true, "sentence": "", "trials": []any{}, "ended": "tired"}},
		{"another schema", "schema", "tcpbench.result/v2"},
		{"a number for an option that is a word", "options/close", 1},
		{"an unknown word", "options/mode", "long"},
		{"a text for an option that is a number", "options/concurrency", "50"},
		{"a step of an exchange that is sent and expected", "options/exchange",
			[]any{map[string]any{"send": "a", "expect": "b"}}},
		{"a count that is neither a number nor none", "options/count", "many"},
		{"a number for a sysctl", "options/sysctl", map[string]any{"net.ipv4.tcp_tw_reuse": 1}},
		{"a field that it does not name", "options/colour", "red"},
		{"a required field that is missing", "verdict", missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := with(t, encode(t, resultstest.Full()), tt.path, tt.value)
			if err := resultstest.Check(data); err == nil {
				t.Errorf("Check(a result with %s = %v) = nil, want an error", tt.path, tt.value)
			}
		})
	}
}

// A reader of version 1 must bear fields that a later tool adds.
func TestPublishedSchemaAllowsMoreFields(t *testing.T) {
	embedded(t)
	var s jsonschema.Schema
	if err := json.Unmarshal(results.SchemaJSON(), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(with(t, encode(t, resultstest.Full()), "environment/colour", "red"), &v); err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(v); err != nil {
		t.Errorf("Validate(a result with one more field) = %v, want nil", err)
	}
}

// missing stands for no value at all.
var missing = new(int)

// with returns the JSON object data with the value at a path replaced.
func with(t *testing.T, data []byte, path string, value any) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	at, keys := root, strings.Split(path, "/")
	for _, k := range keys[:len(keys)-1] {
		at = at[k].(map[string]any)
	}
	last := keys[len(keys)-1]
	if value == missing {
		delete(at, last)
	} else {
		at[last] = value
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// typesSchema is the schema of results.Run, with the fields' comments.
func typesSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.For[results.Run](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():         {Type: "string", Format: "date-time"},
		reflect.TypeFor[scenario.Workload](): schematest.Workload(t),
		reflect.TypeFor[scenario.Rate]():     {Type: "string"},
		reflect.TypeFor[exhaustion.Outcome](): schematest.Words(
			exhaustion.Exhausted, exhaustion.Sustained, exhaustion.Undecided),
		reflect.TypeFor[results.SearchEnd](): schematest.Words(
			results.SearchFound, results.SearchMax, results.SearchMin, results.SearchGenerator,
			results.SearchInconclusive, results.SearchTrials, results.SearchInterrupted, results.SearchFailed),
	}})
	if err != nil {
		t.Fatal(err)
	}
	comments := schematest.Comments(t, ".", "../metrics", "../law/exhaustion", "../law/capacity")
	schematest.Describe(s, reflect.TypeFor[results.Run](), comments)
	schematest.Publish(s)
	fromOutside(s)
	s.Schema = schematest.Draft
	s.Title = results.Schema
	s.Description = "One run of one cell. A field that was not measured is absent, never 0."
	var name any = results.Schema
	s.Properties["schema"].Const = &name
	return s
}

// fromOutside lets a result be without what is not known of a program of the user's.
func fromOutside(s *jsonschema.Schema) {
	for _, of := range []*jsonschema.Schema{s.Properties["totals"], s.Properties["rates"],
		s.Properties["intervals"].Items} {
		of.Required = slices.DeleteFunc(of.Required, func(name string) bool {
			return name == "requests" || name == "requests_per_second"
		})
	}
}

// searchedRun is of a search that was interrupted in its first trial.
func searchedRun() *results.Run {
	r := resultstest.Minimal()
	r.Search = &results.Search{SLO: "errors<1%", Ended: results.SearchInterrupted}
	return r
}

// everyField is a run whose every field has a value that is not zero.
func everyField(t *testing.T) *results.Run {
	t.Helper()
	r := &results.Run{}
	fill(reflect.ValueOf(r).Elem())
	r.Schema = results.Schema
	r.Options = resultstest.Full().Options
	r.Exhaustion.Outcome, r.Agents[0].Exhaustion.Outcome = exhaustion.Exhausted, exhaustion.Exhausted
	r.Agents[1].Exhaustion.Outcome = exhaustion.Sustained
	r.Search.Ended = results.SearchFound
	r.Pcap, r.CutOff = nil, nil // a file of its own, and what is no result
	return r
}

// fill gives v and all that is in it a value that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)))
			return
		}
		if v.Type() == reflect.TypeFor[scenario.Workload]() {
			return // its own test
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(7.5)
	default:
		panic(fmt.Sprintf("fill: %v is not in a result yet", v.Type()))
	}
}

func TestRealRunsAreByTheSchema(t *testing.T) {
	for _, name := range resultstest.Names() {
		resultstest.Validate(t, encode(t, resultstest.Real(t, name)))
	}
}
