package scenario

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/suggest"
)

// Parse reads a scenario. file is its name in errors, each of which has a
// line, a column and, for a misspelt key, the nearest right one. All errors
// are told at once.
func Parse(file string, data []byte) (*Scenario, error) {
	doc, err := document(file, data)
	if err != nil {
		return nil, err
	}
	p := &parser{file: file}
	s := p.scenario(doc)
	if len(p.errs) > 0 {
		slices.SortStableFunc(p.errs, func(a, b *ParseError) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, joined(p.errs)
	}
	if _, err := s.Cells(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// document reads the one YAML document that a scenario is.
func document(file string, data []byte) (*yaml.Node, error) {
	l, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, syntaxError(file, err)
	}
	var doc, second yaml.Node
	switch err := l.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, &ParseError{file, 1, 1, errors.New("the file is empty")}
	case err != nil:
		return nil, syntaxError(file, err)
	}
	switch err := l.Load(&second); {
	case errors.Is(err, io.EOF):
		return &doc, nil
	case err != nil:
		return nil, syntaxError(file, err)
	default:
		return nil, &ParseError{file, max(second.Line, 1), max(second.Column, 1), errors.New("a second document begins here; a scenario is one")}
	}
}

// ParseError is what is wrong at one place of a scenario.
type ParseError struct {
	File         string
	Line, Column int // from 1
	Err          error
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns the error without its place.
func (e *ParseError) Unwrap() error { return e.Err }

// syntaxError gives an error of the YAML library its place.
func syntaxError(file string, err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) {
		return &ParseError{file, max(load.Mark.Line, 1), max(load.Mark.Column, 1), errors.New(load.Message)}
	}
	return &ParseError{file, 1, 1, err}
}

func joined(errs []*ParseError) error {
	out := make([]error, len(errs))
	for i, e := range errs {
		out[i] = e
	}
	return errors.Join(out...)
}

// parser walks a YAML document and collects what is wrong with it.
type parser struct {
	file string
	errs []*ParseError
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	p.wrong(n, fmt.Errorf(format, args...))
}

func (p *parser) wrong(n *yaml.Node, err error) {
	p.errs = append(p.errs, &ParseError{p.file, max(n.Line, 1), max(n.Column, 1), err})
}

// known are the keys of one mapping and what reads their values.
type known map[string]func(*yaml.Node)

func (p *parser) scenario(doc *yaml.Node) *Scenario {
	s := &Scenario{Workload: DefaultWorkload(), Repeat: 1}
	root := doc
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		root = doc.Content[0]
	}
	p.mapping(root, known{
		"name":     func(n *yaml.Node) { s.Name = p.name(n) },
		"about":    func(n *yaml.Node) { s.About, _ = p.scalar(n) },
		"target":   func(n *yaml.Node) { s.Server = p.target(n) },
		"workload": func(n *yaml.Node) { p.workload(n, &s.Workload) },
		"matrix":   func(n *yaml.Node) { s.Matrix = p.matrix(n) },
		"repeat":   func(n *yaml.Node) { s.Repeat = p.repeat(n) },
	})
	if s.Name == "" && len(p.errs) == 0 {
		p.fail(root, "name is missing")
	}
	return s
}

// mapping calls the reader of every key; unknown keys are errors.
func (p *parser) mapping(n *yaml.Node, keys known) {
	p.pairs(n, func(key string, k, v *yaml.Node) {
		read, ok := keys[key]
		if !ok {
			names := make([]string, 0, len(keys))
			for name := range keys {
				names = append(names, name)
			}
			slices.Sort(names)
			p.fail(k, "unknown key %q%s", key, orOneOf(key, names))
			return
		}
		read(v)
	})
}

// orOneOf suggests the nearest name, else lists them all.
func orOneOf(key string, names []string) string {
	if hint := suggest.DidYouMean(key, names); hint != "" {
		return hint
	}
	return "; known here: " + strings.Join(names, ", ")
}

// pairs calls each with every key and value of a mapping; a key that is there
// again is an error.
func (p *parser) pairs(n *yaml.Node, each func(key string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "want keys and values, got %s", kind(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			p.fail(k, "want a key, got %s", kind(k))
			continue
		}
		if seen[k.Value] {
			p.fail(k, "key %q is there twice", k.Value)
			continue
		}
		seen[k.Value] = true
		each(k.Value, k, v)
	}
}

// scalar returns a single value as it was written; false when n is none.
func (p *parser) scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		p.fail(n, "want one value, got %s", kind(n))
		return "", false
	}
	return n.Value, true
}

func (p *parser) name(n *yaml.Node) string {
	s, _ := p.scalar(n)
	if s != "" && s != fileName(s) || strings.HasPrefix(s, ".") {
		p.fail(n, "name %q has characters other than letters, digits, - and _", s)
	}
	return s
}

func (p *parser) repeat(n *yaml.Node) int {
	text, ok := p.scalar(n)
	if !ok {
		return 1
	}
	v, err := within(parseInt, 1, 1000)(text)
	if err != nil {
		p.fail(n, "repeat: %w", err)
		return 1
	}
	return v
}

// target reads which server is measured: {server: http}, or
// {command: [nginx, -c, x.conf], address: "http://{server}/"}.
func (p *parser) target(n *yaml.Node) Server {
	var s Server
	before := len(p.errs)
	p.mapping(n, known{
		"server":  func(n *yaml.Node) { s.Protocol = p.protocol(n) },
		"command": func(n *yaml.Node) { s.Command = p.scalars(n) },
		"address": func(n *yaml.Node) {
			if n.Kind == yaml.ScalarNode {
				s.Addresses = []string{n.Value}
				return
			}
			s.Addresses = p.scalars(n)
		},
	})
	if len(p.errs) > before {
		return s
	}
	for _, err := range s.problems() {
		p.wrong(n, err)
	}
	return s
}

func (p *parser) protocol(n *yaml.Node) string {
	text, ok := p.scalar(n)
	if !ok {
		return ""
	}
	if err := checkProtocol(text); err != nil {
		p.wrong(n, err)
	}
	return text
}

// scalars returns the values of a list.
func (p *parser) scalars(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.fail(n, "want a list of values, got %s", kind(n))
		return nil
	}
	var out []string
	for _, item := range n.Content {
		if v, ok := p.scalar(item); ok {
			out = append(out, v)
		}
	}
	return out
}

func (p *parser) workload(n *yaml.Node, w *Workload) {
	p.pairs(n, func(key string, k, v *yaml.Node) {
		if (key == "sysctl" || key == "server-sysctl") && v.Kind == yaml.MappingNode {
			p.pairs(v, func(name string, k, v *yaml.Node) { p.set(w, key+"."+name, k, v) })
			return
		}
		p.set(w, key, k, v)
	})
}

// set gives an option the value of a node, and reports at the key what the
// name is wrong about and at the value what the value is.
func (p *parser) set(w *Workload, key string, k, v *yaml.Node) {
	if v.Kind != yaml.ScalarNode {
		p.fail(v, "%s: want one value, got %s", key, kind(v))
		return
	}
	err := w.Set(key, v.Value)
	var unknown *UnknownKeyError
	var foreign *sysctlNameError
	switch {
	case errors.As(err, &unknown), errors.As(err, &foreign) && foreign.prefix != "":
		p.wrong(k, err)
	case err != nil:
		p.wrong(v, err)
	}
}

func (p *parser) matrix(n *yaml.Node) []Axis {
	var axes []Axis
	p.pairs(n, func(key string, k, v *yaml.Node) {
		if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
			p.fail(v, "%s: want a list of values, got %s", key, kind(v))
			return
		}
		a := Axis{Key: key}
		for _, item := range v.Content {
			scratch := DefaultWorkload()
			before := len(p.errs)
			p.set(&scratch, key, k, item)
			if len(p.errs) > before {
				if p.errs[before].Line == k.Line && p.errs[before].Column == k.Column {
					return // the key is wrong: once is enough
				}
				continue
			}
			if slices.Contains(a.Values, item.Value) {
				p.fail(item, "%s: value %q is there twice", key, item.Value)
			}
			a.Values = append(a.Values, item.Value)
		}
		axes = append(axes, a)
	})
	return axes
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			return "an empty list"
		}
		return "a list"
	case yaml.ScalarNode:
		if n.Value == "" {
			return "nothing"
		}
		return fmt.Sprintf("%q", n.Value)
	case yaml.AliasNode:
		return "an alias"
	default:
		return "nothing"
	}
}
