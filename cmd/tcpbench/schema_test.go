package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"tcpbench/internal/goldentest"
	"tcpbench/internal/schemas"
	"tcpbench/internal/schematest"
	"tcpbench/judge/compare"
	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/law/plan"
	"tcpbench/scenario"
)

// The schemas are those of the types, of the parsers' keys and of the table of options.
func TestSchemasAreUpToDate(t *testing.T) {
	for name, s := range map[string]*jsonschema.Schema{
		"scenario": scenarioSchema(t), "policy": policySchema(),
		"plan": typeSchema[planned](t, plan.Schema, "What settings hold, and what would hold more.",
			".", "../../law/plan", "../../law/capacity", "../../experiment/proof"),
		"compare": typeSchema[compare.Comparison](t, compare.Schema, "Two sets of runs, metric by metric.",
			"../../judge/compare"),
	} {
		s.Schema = schematest.Draft
		b, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		goldentest.Equal(t, "../../internal/schemas/"+name+".json", append(b, '\n'))
	}
}

// typeSchema is that of a type that is printed as JSON, with its fields' comments.
func typeSchema[T any](t *testing.T, title, about string, dirs ...string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():     {Type: "string", Format: "date-time"},
		reflect.TypeFor[time.Duration](): {Type: "integer"},
		reflect.TypeFor[capacity.Line](): {Type: "string"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	schematest.Describe(s, reflect.TypeFor[T](), schematest.Comments(t, dirs...))
	schematest.Publish(s)
	var name any = title
	s.Properties["schema"].Const = &name
	s.Title, s.Description = title, about+" A field that is not known is absent."
	return s
}

// text, list, texts and object are schemas with a description.
func text(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: about}
}

func scalar(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Types: []string{"string", "number", "boolean"}, Description: about}
}

func list(of *jsonschema.Schema, about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: of, MinItems: new(1), Description: about}
}

func object(about string, keys ...any) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: about, Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for i := 0; i < len(keys); i += 2 {
		name := keys[i].(string)
		s.Properties[name] = keys[i+1].(*jsonschema.Schema)
		s.PropertyOrder = append(s.PropertyOrder, name)
	}
	return s
}

func named(about string, of *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: of, Description: about}
}

// programSchema is of a program of the user's in a lab.
func programSchema(about string, more ...any) *jsonschema.Schema {
	return object(about, append([]any{
		"command", list(scalar(""), "the program and its arguments; {server}, {proxy}, {port} and {dir} are filled in"),
		"address", &jsonschema.Schema{Description: "where it listens: one TARGET, or several to be used in turn",
			AnyOf: []*jsonschema.Schema{text(""), list(text(""), "")}},
		"files", named("files of its own directory, {dir}: their content by name", scalar("")),
		"needs", list(text(""), "programs that it starts itself: one that is missing is named before anything runs"),
	}, more...)...)
}

// options are those of `run`, under the same names, as YAML has them.
func options(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out := map[string]*jsonschema.Schema{}
	for name, is := range schematest.Workload(t).Properties {
		p := scalar(is.Description)
		switch {
		case is.Enum != nil:
			p = &jsonschema.Schema{Description: is.Description, Enum: is.Enum}
		case is.Type == "object":
			p = named(is.Description, scalar(""))
		case is.Type == "array" && is.Items.Type == "object":
			p = list(is.Items, is.Description)
		}
		out[name] = p
	}
	return out
}

// workload refers to all of them.
func workload(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s := object("the options of `tcpbench run`, under the same names")
	s.PatternProperties = map[string]*jsonschema.Schema{
		`^(server-|proxy-|nat-)?sysctl\..+$`: scalar("one sysctl, as sysctl.net.ipv4.tcp_tw_reuse")}
	for _, name := range schematest.Workload(t).PropertyOrder {
		s.Properties[name] = &jsonschema.Schema{Ref: "#/$defs/" + name}
		s.PropertyOrder = append(s.PropertyOrder, name)
	}
	return s
}

// withOptions are the options too, as a case has them beside its own keys.
func withOptions(s, options *jsonschema.Schema) *jsonschema.Schema {
	for _, name := range options.PropertyOrder {
		s.Properties[name], s.PropertyOrder = options.Properties[name], append(s.PropertyOrder, name)
	}
	s.PatternProperties = options.PatternProperties
	return s
}

func scenarioSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	var protocols []any
	for _, p := range scenario.Protocols() {
		protocols = append(protocols, p.Name)
	}
	target := func() *jsonschema.Schema {
		return programSchema(
			"the server that is measured: the embedded one, a program in the lab, or one that runs already",
			"server", &jsonschema.Schema{Enum: protocols, Description: "the embedded server's protocol"})
	}
	proxy := func() *jsonschema.Schema {
		return programSchema("a program between client and server, on a host of its own")
	}
	client := func() *jsonschema.Schema {
		s := programSchema("a program that opens the connections, instead of an engine")
		delete(s.Properties, "address") // it listens nowhere
		s.PropertyOrder = slices.DeleteFunc(s.PropertyOrder, func(name string) bool { return name == "address" })
		return s
	}
	value := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{scalar(""), list(&jsonschema.Schema{Type: "object"}, "")}}
	axes := named("lists of values by option: every combination is a cell", list(value, ""))
	s := object("What `tcpbench sweep` measures.",
		"name", text("what it is called: letters, digits, - and _"),
		"about", text("what it is for, in a sentence"),
		"claim", object("what it tests; its rule compares the cases",
			"text", text("the claim, as people write it"),
			"rule", text("the rule that judges it"),
			"known", schematest.Words(scenario.Confirmed, scenario.Refuted, scenario.Depends),
			"short", text("how long the short version takes, as 20s"),
			"full", text("how long all of it takes, as 3m")),
		"target", target(), "proxy", proxy(), "client", client(),
		"workload", workload(t),
		"matrix", axes,
		"cases", list(withOptions(object("a cell that has a name, with what it does otherwise than the workload",
			"name", text("what it is called"),
			"target", target(), "proxy", proxy(), "client", client(),
			"vars", named("what stands for {name} in a program's command, address and files", scalar("")),
			"short", workload(t)), workload(t)), "named cells, instead of a matrix or beside it"),
		"short", object("the version of `sweep --short`",
			"workload", workload(t), "cases", list(text(""), "the cases that it measures")),
		"repeat", &jsonschema.Schema{Type: "integer", Minimum: new(1.0), Maximum: new(float64(scenario.MaxRepeat)),
			Description: "how often each cell is measured, the cells in turn"},
	)
	s.Properties["claim"].Properties["known"].Description = "the answer that is known"
	s.Title, s.Required, s.Defs = "tcpbench.scenario", []string{"name"}, options(t)
	return s
}

func policySchema() *jsonschema.Schema {
	var metrics []any
	for _, m := range metric.Table() {
		metrics = append(metrics, m.Name)
	}
	checks := func() []any {
		changes := named("by how much a metric may change against the baseline, as connect_p99: +10%",
			&jsonschema.Schema{Type: "string", Pattern: `^[+-][0-9.]+%$`})
		changes.PropertyNames = &jsonschema.Schema{Enum: metrics}
		limits := list(text(""), "what must hold in every repeat, as connect_p99 < 5ms")
		return []any{"limits", limits, "regressions", changes}
	}
	s := object("What `tcpbench gate` judges by.", append(checks(),
		"baseline", text("the results to compare with: a file or a directory, from the policy's own"),
		"cells", named("more rules, for the cells that match: linger=off, or several settings with a comma",
			object("", checks()...)))...)
	s.Title = "tcpbench.policy"
	return s
}

// asJSON is YAML as a value of JSON.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// valid checks a value by the schema that the command prints.
func valid(t *testing.T, name string, v any) error {
	t.Helper()
	status, stdout, stderr := command("schema", name)
	if status != 0 {
		t.Fatalf("tcpbench schema %s: exit status %d\n%s", name, status, stderr)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved.Validate(v)
}

func TestSchemasAcceptWhatTheParsersDo(t *testing.T) {
	if goldentest.Updating() {
		t.Skip("this binary still has the schemas of before -update")
	}
	for _, name := range scenario.Builtins() {
		source, err := scenario.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, "scenario", asJSON(t, source)); err != nil {
			t.Errorf("scenario %s: %v", name, err)
		}
	}
	for _, file := range []string{"../../.ci/policy.yaml", "../../examples/ci/policy.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, "policy", asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	_, out, _ := command("plan", "--defaults", "--rate=500", "--target-rate=2k", "--format=json")
	if err := valid(t, "plan", asJSON(t, []byte(out))); err != nil {
		t.Errorf("plan: %v", err)
	}
}

func TestSchemasRefuseWhatTheParsersDo(t *testing.T) {
	if goldentest.Updating() {
		t.Skip("this binary still has the schemas of before -update")
	}
	tests := []struct{ schema, yaml string }{
		{"scenario", "about: no name"},
		{"scenario", "name: a\nmatricks: {linger: [off]}"},
		{"scenario", "name: a\nworkload: {lingr: off}"},
		{"scenario", "name: a\nworkload: {mode: long}"},
		{"scenario", "name: a\nmatrix: {linger: off}"},
		{"scenario", "name: a\ntarget: {server: gopher}"},
		{"scenario", "name: a\ncases: [{linger: 0, colour: red}]"},
		{"scenario", "name: a\nrepeat: 0"},
		{"policy", "limit: [errors < 1%]"},
		{"policy", "limits: errors < 1%"},
		{"policy", "regressions: {connect_p99: 10%}"},
		{"policy", "regressions: {speed: -10%}"},
		{"policy", "cells: {linger=off: {limit: []}}"},
	}
	for _, tt := range tests {
		if err := valid(t, tt.schema, asJSON(t, []byte(tt.yaml))); err == nil {
			t.Errorf("%s: %q is valid by the schema, want an error", tt.schema, tt.yaml)
		}
	}
}

func TestSchemaNamesThoseThatThereAre(t *testing.T) {
	for _, args := range [][]string{{"schema"}, {"schema", "reslut"}, {"schema", "plan", "compare"}} {
		status, stdout, stderr := command(args...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, "result, scenario, policy, plan, compare") {
			t.Errorf("tcpbench %v: exit status %d, %q, want 2 and the names", args, status, stderr)
		}
	}
	if n := len(schemas.All()); n != 5 {
		t.Errorf("%d schemas, want five", n)
	}
}
