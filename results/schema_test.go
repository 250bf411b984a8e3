package results_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"tcpbench/internal/goldentest"
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
		reflect.TypeFor[scenario.Workload](): workloadSchema(t),
		reflect.TypeFor[exhaustion.Outcome](): words(
			exhaustion.Exhausted, exhaustion.Sustained, exhaustion.Undecided),
		reflect.TypeFor[results.SearchEnd](): words(
			results.SearchFound, results.SearchMax, results.SearchMin, results.SearchGenerator,
			results.SearchInconclusive, results.SearchTrials, results.SearchInterrupted, results.SearchFailed),
	}})
	if err != nil {
		t.Fatal(err)
	}
	comments := fieldComments(t, ".", "../metrics", "../law/exhaustion", "../law/capacity")
	describe(s, reflect.TypeFor[results.Run](), comments)
	published(s)
	fromOutside(s)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
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

// published opens objects to fields that a later tool may add, and forbids
// null: what was not measured is absent.
func published(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if i := slices.Index(s.Types, "null"); i >= 0 {
		s.Types = slices.Delete(s.Types, i, i+1)
		s.Type, s.Types = s.Types[0], nil
	}
	if len(s.Properties) > 0 {
		s.AdditionalProperties = nil
	}
	for _, p := range s.Properties {
		published(p)
	}
	published(s.AdditionalProperties)
	published(s.Items)
}

func words[T ~string](names ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, n := range names {
		s.Enum = append(s.Enum, string(n))
	}
	return s
}

// workloadSchema lists every option under its name, in the form in which
// scenario.Workload writes it.
func workloadSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	duration := func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(h|m|s|ms|µs|ns))+$`}
	}
	steps := func() *jsonschema.Schema {
		text := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", MinLength: new(1)} }
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "object",
			Properties:    map[string]*jsonschema.Schema{"send": text(), "expect": text()},
			PropertyOrder: []string{"send", "expect"}, MinProperties: new(1), MaxProperties: new(1)}}
	}
	texts := map[string]*jsonschema.Schema{
		"exchange": steps(),
		"hello":    steps(),
		"count":    {AnyOf: []*jsonschema.Schema{{Type: "integer", Minimum: new(1.0)}, words(scenario.None)}},
		"duration": {AnyOf: []*jsonschema.Schema{duration(), words(scenario.None)}},
		"rate": {Type: "string",
			Pattern: `^(none|[0-9.]+[km]?(/[0-9.]+[a-z]+)?(\.\.[0-9.]+[km]?(/[0-9.]+[a-z]+)?)?)$`},
		"arrival": words(scenario.ArrivalConstant, scenario.ArrivalPoisson),
		"mode":    words(scenario.ModeShort, scenario.ModeKeepalive, scenario.ModeIdle),
		"method":  {Type: "string"},
		"body":    {Type: "string"},
		"linger":  {Type: "string", Pattern: `^(off|0|([0-9]+[hms])+)$`},
		"close":   words(scenario.CloseClient, scenario.CloseShutdown, scenario.CloseServer, scenario.CloseUnread),
		"server-close": words(scenario.ServerCloseEOF, scenario.ServerCloseNever, scenario.ServerCloseAnswer,
			scenario.ServerCloseClient, scenario.ServerCloseUnread, scenario.ServerCloseUnanswered),
		"until":        words(scenario.UntilExhausted, scenario.UntilDuration),
		"steady":       duration(),
		"on-exhausted": words(scenario.OnExhaustedStop, scenario.OnExhaustedContinue, scenario.OnExhaustedRecover),
		"source":       {Type: "string"},
		"ip":           words(scenario.IPv4, scenario.IPv6),
		"source-ports": {Type: "string", Pattern: `^(none|[0-9]+-[0-9]+)$`},
		"port-select":  words(scenario.PortSelectKernel, scenario.PortSelectWalk),
		"engine": words(scenario.EngineAuto, scenario.EngineIOUring, scenario.EngineEpoll, scenario.EngineNetHTTP,
			scenario.EngineHey, scenario.EngineExec),
		"sockets":  words(scenario.SocketsKeep, scenario.SocketsFresh),
		"http":     words(scenario.HTTPBoth, scenario.HTTP1, scenario.HTTP2),
		"timeout":  duration(),
		"warmup":   duration(),
		"interval": duration(),
		"cut-link": duration(),
		"link":     {Type: "string"},

		"nat":        {Type: "string", Pattern: `^(none|[0-9]+-[0-9]+)$`},
		"nat-hold":   duration(),
		"nat-spread": words(scenario.NATByHash, scenario.NATInTurn),
		"nat-flags": words(scenario.NATPlain, scenario.NATRandom, scenario.NATFullyRandom,
			scenario.NATPersistent),

		"requests-per-conn": {Type: "string", Pattern: `^(unlimited|[0-9]+(:[0-9]+)?)$`},
		"retry":             words(scenario.On, scenario.Off),
		"proxy-protocol":    words(scenario.NoProxyHeader, scenario.ProxyV1, scenario.ProxyV2),
		"tls-resume":        words(scenario.On, scenario.Off),
		"tcp-keepalive":     {Type: "string", Pattern: `^(off|on|[0-9hms]+,[0-9hms]+,[0-9]+)$`},
	}
	for _, name := range []string{"cacert", "cert", "key", "servername", "server-cert", "server-key",
		"server-client-ca"} {
		texts[name] = &jsonschema.Schema{Type: "string", MinLength: new(1)}
	}
	w := scenario.DefaultWorkload()
	values := map[string]any{}
	if data, err := json.Marshal(w); err != nil || json.Unmarshal(data, &values) != nil {
		t.Fatalf("Marshal(DefaultWorkload()) = %s, %v, want an object", data, err)
	}
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	for _, option := range w.Settings() {
		p := texts[option.Name]
		switch values[option.Name].(type) {
		case float64:
			p = &jsonschema.Schema{Type: "integer"}
		case bool:
			p = &jsonschema.Schema{Type: "boolean"}
		case []any:
			if p != nil {
				break
			}
			p = &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
		case map[string]any:
			p = &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}}
		}
		if p == nil {
			t.Fatalf("option %s has no schema: add it to workloadSchema", option.Name)
		}
		p.Description = strings.ReplaceAll(option.Usage, "`", "")
		s.Properties[option.Name] = p
		s.PropertyOrder = append(s.PropertyOrder, option.Name)
		s.Required = append(s.Required, option.Name)
	}
	return s
}

// describe gives every property the comment of its Go field.
func describe(s *jsonschema.Schema, t reflect.Type, comments map[string]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t = t.Elem(); s.Items != nil {
			s = s.Items
		}
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[scenario.Workload]() {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if f.Anonymous || p == nil {
			continue
		}
		owner := t
		for _, i := range f.Index[:len(f.Index)-1] {
			owner = owner.Field(i).Type
		}
		p.Description = jsonNames(comments[owner.String()+"."+f.Name], owner)
		describe(p, f.Type, comments)
	}
}

// jsonNames replaces the Go names of a struct's fields in a comment.
func jsonNames(text string, owner reflect.Type) string {
	for _, f := range reflect.VisibleFields(owner) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		text = regexp.MustCompile(`\b`+f.Name+`\b`).ReplaceAllString(text, name)
	}
	return text
}

// fieldComments reads the comments of struct fields, by "package.Type.Field".
func fieldComments(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	comments := map[string]string{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					addComments(comments, file.Name.Name+"."+spec.Name.Name, spec.Type)
				}
				return true
			})
		}
	}
	return comments
}

func addComments(comments map[string]string, typeName string, n ast.Expr) {
	s, ok := n.(*ast.StructType)
	if !ok {
		return
	}
	var p comment.Parser
	for _, f := range s.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		plain := comment.Printer{TextWidth: -1}
		for _, name := range f.Names {
			comments[typeName+"."+name.Name] = strings.TrimSpace(string(plain.Text(p.Parse(text))))
			text = "" // it is about the first
		}
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
	r.Exhaustion.Outcome = exhaustion.Exhausted
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
