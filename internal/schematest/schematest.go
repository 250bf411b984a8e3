// Package schematest makes the JSON schemas that this program publishes, from its types,
// their comments and the table of options.
package schematest

import (
	"encoding/json"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"tcpbench/scenario"
)

// Draft is the version of JSON schema that they are written in.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Publish opens objects to fields that a later tool may add, and forbids
// null: what was not measured is absent.
func Publish(s *jsonschema.Schema) {
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
		Publish(p)
	}
	Publish(s.AdditionalProperties)
	Publish(s.Items)
}

// Words are the values of a type that is one of a few.
func Words[T ~string](names ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, n := range names {
		s.Enum = append(s.Enum, string(n))
	}
	return s
}

// texts are the schemas of options that are written as text.
func texts() map[string]*jsonschema.Schema {
	duration := func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(h|m|s|ms|µs|ns))+$`}
	}
	steps := func() *jsonschema.Schema {
		text := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", MinLength: new(1)} }
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "object",
			Properties:    map[string]*jsonschema.Schema{"send": text(), "expect": text()},
			PropertyOrder: []string{"send", "expect"}, MinProperties: new(1), MaxProperties: new(1)}}
	}
	out := map[string]*jsonschema.Schema{
		"exchange": steps(),
		"hello":    steps(),
		"count":    {AnyOf: []*jsonschema.Schema{{Type: "integer", Minimum: new(1.0)}, Words(scenario.None)}},
		"duration": {AnyOf: []*jsonschema.Schema{duration(), Words(scenario.None)}},
		"rate": {Type: "string",
			Pattern: `^(none|[0-9.]+[km]?(/[0-9.]+[a-z]+)?(\.\.[0-9.]+[km]?(/[0-9.]+[a-z]+)?)?)$`},
		"arrival": Words(scenario.ArrivalConstant, scenario.ArrivalPoisson),
		"mode":    Words(scenario.ModeShort, scenario.ModeKeepalive, scenario.ModeIdle),
		"method":  {Type: "string"},
		"body":    {Type: "string"},
		"linger":  {Type: "string", Pattern: `^(off|0|([0-9]+[hms])+)$`},
		"close":   Words(scenario.CloseClient, scenario.CloseShutdown, scenario.CloseServer, scenario.CloseUnread),
		"server-close": Words(scenario.ServerCloseEOF, scenario.ServerCloseNever, scenario.ServerCloseAnswer,
			scenario.ServerCloseClient, scenario.ServerCloseUnread, scenario.ServerCloseUnanswered),
		"until":        Words(scenario.UntilExhausted, scenario.UntilDuration),
		"steady":       duration(),
		"on-exhausted": Words(scenario.OnExhaustedStop, scenario.OnExhaustedContinue, scenario.OnExhaustedRecover),
		"source":       {Type: "string"},
		"ip":           Words(scenario.IPv4, scenario.IPv6),
		"source-ports": {Type: "string", Pattern: `^(none|[0-9]+-[0-9]+)$`},
		"port-select":  Words(scenario.PortSelectKernel, scenario.PortSelectWalk),
		"engine": Words(scenario.EngineAuto, scenario.EngineIOUring, scenario.EngineEpoll, scenario.EngineNetHTTP,
			scenario.EngineHey, scenario.EngineExec),
		"sockets":  Words(scenario.SocketsKeep, scenario.SocketsFresh),
		"http":     Words(scenario.HTTPBoth, scenario.HTTP1, scenario.HTTP2),
		"timeout":  duration(),
		"warmup":   duration(),
		"interval": duration(),
		"cut-link": duration(),
		"link":     {Type: "string"},

		"nat":        {Type: "string", Pattern: `^(none|[0-9]+-[0-9]+)$`},
		"nat-hold":   duration(),
		"nat-spread": Words(scenario.NATByHash, scenario.NATInTurn),
		"nat-flags": Words(scenario.NATPlain, scenario.NATRandom, scenario.NATFullyRandom,
			scenario.NATPersistent),

		"requests-per-conn": {Type: "string", Pattern: `^(unlimited|[0-9]+(:[0-9]+)?)$`},
		"retry":             Words(scenario.On, scenario.Off),
		"proxy-protocol":    Words(scenario.NoProxyHeader, scenario.ProxyV1, scenario.ProxyV2),
		"tls-resume":        Words(scenario.On, scenario.Off),
		"tcp-keepalive":     {Type: "string", Pattern: `^(off|on|[0-9hms]+,[0-9hms]+,[0-9]+)$`},
	}
	for _, name := range []string{"cacert", "cert", "key", "servername", "server-cert", "server-key",
		"server-client-ca"} {
		out[name] = &jsonschema.Schema{Type: "string", MinLength: new(1)}
	}
	return out
}

// Workload lists every option under its name, in the form in which
// scenario.Workload writes it.
func Workload(t *testing.T) *jsonschema.Schema {
	t.Helper()
	texts := texts()
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
			t.Fatalf("option %s has no schema: add it to schematest.Workload", option.Name)
		}
		p.Description = strings.ReplaceAll(option.Usage, "`", "")
		s.Properties[option.Name] = p
		s.PropertyOrder = append(s.PropertyOrder, option.Name)
		s.Required = append(s.Required, option.Name)
	}
	return s
}

// Describe gives every property the comment of its Go field.
func Describe(s *jsonschema.Schema, t reflect.Type, comments map[string]string) {
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
		Describe(p, f.Type, comments)
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

// Comments reads the comments of struct fields, by "package.Type.Field".
func Comments(t *testing.T, dirs ...string) map[string]string {
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
