package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/strictyaml"
)

// Parse reads a scenario. file is its name in errors, each of which has a
// line, a column and, for a misspelt key, the nearest right one. All errors
// are reported at once.
func Parse(file string, data []byte) (*Scenario, error) {
	root, err := strictyaml.Document(file, "a scenario", data)
	if err != nil {
		return nil, err
	}
	p := &parser{Parser: strictyaml.Parser{File: file}, of: noCase}
	s := p.scenario(root)
	if err := p.Err(); err != nil {
		return nil, err
	}
	if _, err := s.Cells(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// ParseError is what is wrong at one place of a scenario.
type ParseError = strictyaml.Error

// parser walks a YAML document and collects what is wrong with it.
type parser struct {
	strictyaml.Parser
	varsAt []map[string]*yaml.Node // where the variables of each case stand
	of     int                     // the case that is read, or noCase
	placed []placed                // of settings: whether there is a lab is known at the end
}

func (p *parser) scenario(root *yaml.Node) *Scenario {
	s := &Scenario{Workload: DefaultWorkload(), Repeat: 1}
	if has(root, "claim") { // of what programs do, which close their sockets
		s.Workload.Sockets = SocketsFresh
	}
	p.Mapping(root, strictyaml.Keys{
		"name":     func(n *yaml.Node) { s.Name = p.name(n) },
		"about":    func(n *yaml.Node) { s.About, _ = p.Scalar(n) },
		"claim":    func(n *yaml.Node) { s.Claim = p.claim(n) },
		"target":   func(n *yaml.Node) { s.Server = p.target(n) },
		"proxy":    func(n *yaml.Node) { s.Proxy = p.proxy(n) },
		"client":   func(n *yaml.Node) { s.Client = p.client(n) },
		"workload": func(n *yaml.Node) { p.workload(n, &s.Workload) },
		"matrix":   func(n *yaml.Node) { s.Matrix = p.matrix(n) },
		"cases":    func(n *yaml.Node) { s.Cases = p.cases(n) },
		"short":    func(n *yaml.Node) { s.Short = p.short(n) },
		"repeat":   func(n *yaml.Node) { s.Repeat = p.repeat(n) },
	})
	p.checkShort(root, s)
	p.checkClaim(root, s)
	p.checkVars(s)
	p.checkOutside(root, s)
	if s.Name == "" && len(p.Errs) == 0 {
		p.Fail(root, "name is missing")
	}
	return s
}

// has reports whether a mapping has a key.
func has(n *yaml.Node, key string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (p *parser) name(n *yaml.Node) string {
	s, _ := p.Scalar(n)
	if s != "" && s != fileName(s) || strings.HasPrefix(s, ".") {
		p.Fail(n, "name %q has characters other than letters, digits, - and _", s)
	}
	return s
}

func (p *parser) repeat(n *yaml.Node) int {
	text, ok := p.Scalar(n)
	if !ok {
		return 1
	}
	v, err := within(parseInt, 1, MaxRepeat)(text)
	if err != nil {
		p.Fail(n, "repeat: %w", err)
		return 1
	}
	return v
}

// target reads which server is measured: {server: http}, or
// {command: [nginx, -c, x.conf], address: "http://{server}/"}.
func (p *parser) target(n *yaml.Node) Server {
	var s Server
	keys := p.programKeys(&s.Program)
	keys["server"] = func(n *yaml.Node) { s.Protocol = p.protocol(n) }
	p.checked(n, keys, func() []error { return s.problems() })
	return s
}

// proxy reads what stands before the server: {command: [haproxy, -db, -f,
// "{dir}/haproxy.cfg"], address: "http://{proxy}:8080/", files: {haproxy.cfg:
// ...}}.
func (p *parser) proxy(n *yaml.Node) Program {
	var x Program
	p.checked(n, p.programKeys(&x), func() []error {
		if x.IsZero() {
			return []error{errors.New("proxy: it says nothing; leave it out, or give it a command and an address")}
		}
		return proxyProblems(x)
	})
	return x
}

// client reads what opens the connections: {command: [redis-benchmark, -h,
// "{server}", -p, "{port}"]}.
func (p *parser) client(n *yaml.Node) Program {
	var x Program
	p.checked(n, p.programKeys(&x), func() []error {
		if x.IsZero() {
			return []error{errors.New("client: it says nothing; leave it out, or give it a command")}
		}
		return clientProblems(x)
	})
	return x
}

// programKeys are those that every program has.
func (p *parser) programKeys(x *Program) strictyaml.Keys {
	return strictyaml.Keys{
		"command": func(n *yaml.Node) { x.Command = p.Scalars(n) },
		"address": func(n *yaml.Node) { x.Addresses = p.addresses(n) },
		"files":   func(n *yaml.Node) { x.Files = p.files(n) },
		"needs":   func(n *yaml.Node) { x.Needs = p.Scalars(n) },
	}
}

// checked reads a mapping, and where that is right reports its problems.
func (p *parser) checked(n *yaml.Node, keys strictyaml.Keys, problems func() []error) {
	before := len(p.Errs)
	p.Mapping(n, keys)
	if len(p.Errs) > before {
		return
	}
	for _, err := range problems() {
		p.Wrong(n, err)
	}
}

// addresses are one or a list.
func (p *parser) addresses(n *yaml.Node) []string {
	texts := []string{n.Value}
	if n.Kind != yaml.ScalarNode {
		texts = p.Scalars(n)
	}
	for _, text := range texts {
		if Redacted(text) != text {
			p.Fail(n, "address %q: a user and a password would be kept with the sweep, as the scenario is; "+
				"give them to tcpbench run, which keeps none", Redacted(text))
		}
	}
	return texts
}

// files reads contents by name.
func (p *parser) files(n *yaml.Node) Files {
	files := Files{}
	p.Pairs(n, func(name string, _, v *yaml.Node) { files[name], _ = p.Scalar(v) })
	return files
}

func (p *parser) protocol(n *yaml.Node) string {
	text, ok := p.Scalar(n)
	if !ok {
		return ""
	}
	if err := checkProtocol(text); err != nil {
		p.Wrong(n, err)
	}
	return text
}

func (p *parser) workload(n *yaml.Node, w *Workload) {
	p.Pairs(n, func(key string, k, v *yaml.Node) { p.option(w, key, k, v) })
}

// option reads one entry of a workload and returns what it sets.
func (p *parser) option(w *Workload, key string, k, v *yaml.Node) []Value {
	if w.sysctls(key) != nil && v.Kind == yaml.MappingNode {
		var out []Value
		p.Pairs(v, func(name string, k, v *yaml.Node) { out = append(out, p.option(w, key+"."+name, k, v)...) })
		return out
	}
	p.set(w, key, k, v)
	return []Value{{key, w.written(key, v)}}
}

// written is a value that was set from a node, as [Workload.Set] reads it.
func (w *Workload) written(key string, v *yaml.Node) string {
	if x := w.exchange(key); x != nil && v.Kind == yaml.SequenceNode {
		return x.String()
	}
	return v.Value
}

// set gives an option the value of a node, and reports at the key what the
// name is wrong about and at the value what the value is.
func (p *parser) set(w *Workload, key string, k, v *yaml.Node) {
	if x := w.exchange(key); x != nil && v.Kind == yaml.SequenceNode {
		p.exchange(x, v)
		return
	}
	if v.Kind != yaml.ScalarNode {
		p.Fail(v, "%s: want one value, got %s", key, strictyaml.Kind(v))
		return
	}
	if key == "body" {
		text, err := bodyOfFile(v.Value)
		if err != nil {
			p.Wrong(v, fmt.Errorf("body: %w", err))
			return
		}
		v.Value = text // for whoever sets it again
	}
	err := w.Set(key, v.Value)
	var unknown *UnknownKeyError
	var foreign *sysctlNameError
	switch {
	case errors.As(err, &unknown), errors.As(err, &foreign) && foreign.prefix != "":
		p.Wrong(k, err)
	case err != nil:
		p.Wrong(v, err)
	default:
		p.placed = append(p.placed, placed{key, v, p.of})
	}
}

func (p *parser) matrix(n *yaml.Node) []Axis {
	var axes []Axis
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
			p.Fail(v, "%s: want a list of values, got %s", key, strictyaml.Kind(v))
			return
		}
		a := Axis{Key: key}
		for _, item := range v.Content {
			scratch := DefaultWorkload()
			before := len(p.Errs)
			p.set(&scratch, key, k, item)
			if len(p.Errs) > before {
				if p.Errs[before].Line == k.Line && p.Errs[before].Column == k.Column {
					return // the key is wrong: once is enough
				}
				continue
			}
			value := scratch.written(key, item)
			if slices.Contains(a.Values, value) {
				p.Fail(item, "%s: value %q is there twice", key, value)
			}
			a.Values = append(a.Values, value)
		}
		axes = append(axes, a)
	})
	return axes
}
