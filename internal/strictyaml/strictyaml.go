// Package strictyaml reads YAML that people write, and takes nothing for
// granted: an unknown key, a key that is there twice, a second document or an
// alias is an error with its file, line and column, and all are reported at once.
package strictyaml

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/suggest"
)

// Error is what is wrong at one place of a file.
type Error struct {
	File         string
	Line, Column int // from 1
	Err          error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.Err }

// Document reads the one YAML document that a file is, and returns its root.
// what names the kind of file in errors: "a scenario".
func Document(file, what string, data []byte) (*yaml.Node, error) {
	l, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, syntaxError(file, err)
	}
	var doc, second yaml.Node
	switch err := l.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, &Error{file, 1, 1, errors.New("the file is empty")}
	case err != nil:
		return nil, syntaxError(file, err)
	}
	switch err := l.Load(&second); {
	case errors.Is(err, io.EOF):
		return root(&doc), nil
	case err != nil:
		return nil, syntaxError(file, err)
	default:
		return nil, &Error{file, max(second.Line, 1), max(second.Column, 1),
			fmt.Errorf("a second document begins here; %s is one", what)}
	}
}

func root(doc *yaml.Node) *yaml.Node {
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		return doc.Content[0]
	}
	return doc
}

// syntaxError gives an error of the YAML library its place.
func syntaxError(file string, err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) {
		return &Error{file, max(load.Mark.Line, 1), max(load.Mark.Column, 1), errors.New(load.Message)}
	}
	return &Error{file, 1, 1, err}
}

// Parser walks a document and collects what is wrong with it.
type Parser struct {
	File string
	Errs []*Error
}

// Err is everything that is wrong, in the order of the file; nil when nothing is.
func (p *Parser) Err() error {
	slices.SortStableFunc(p.Errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	out := make([]error, len(p.Errs))
	for i, e := range p.Errs {
		out[i] = e
	}
	return errors.Join(out...)
}

// Fail collects an error at n.
func (p *Parser) Fail(n *yaml.Node, format string, args ...any) {
	p.Wrong(n, fmt.Errorf(format, args...))
}

// Wrong collects err at n.
func (p *Parser) Wrong(n *yaml.Node, err error) {
	p.Errs = append(p.Errs, &Error{p.File, max(n.Line, 1), max(n.Column, 1), err})
}

// Keys are the keys of one mapping and what reads their values.
type Keys map[string]func(*yaml.Node)

// Mapping calls the reader of every key; unknown keys are errors.
func (p *Parser) Mapping(n *yaml.Node, keys Keys) {
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		read, ok := keys[key]
		if !ok {
			names := make([]string, 0, len(keys))
			for name := range keys {
				names = append(names, name)
			}
			slices.Sort(names)
			p.Fail(k, "unknown key %q%s", key, suggest.OrOneOf(key, names))
			return
		}
		read(v)
	})
}

// Pairs calls each with every key and value of a mapping; a key that is there
// again is an error.
func (p *Parser) Pairs(n *yaml.Node, each func(key string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.Fail(n, "want keys and values, got %s", Kind(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			p.Fail(k, "want a key, got %s", Kind(k))
			continue
		}
		if seen[k.Value] {
			p.Fail(k, "key %q is there twice", k.Value)
			continue
		}
		seen[k.Value] = true
		each(k.Value, k, v)
	}
}

// Scalar returns a single value as it was written; false when n is none.
func (p *Parser) Scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		p.Fail(n, "want one value, got %s", Kind(n))
		return "", false
	}
	return n.Value, true
}

// Scalars returns the values of a list that is not empty.
func (p *Parser) Scalars(n *yaml.Node) []string {
	var out []string
	p.Items(n, func(value string, _ *yaml.Node) { out = append(out, value) })
	return out
}

// Items calls each with every value of a list that is not empty.
func (p *Parser) Items(n *yaml.Node, each func(value string, n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.Fail(n, "want a list of values, got %s", Kind(n))
		return
	}
	for _, item := range n.Content {
		if v, ok := p.Scalar(item); ok {
			each(v, item)
		}
	}
}

// Kind says in words what stands at n.
func Kind(n *yaml.Node) string {
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
