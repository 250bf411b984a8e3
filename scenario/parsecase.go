package scenario

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/strictyaml"
)

// claim reads what a scenario tests.
func (p *parser) claim(n *yaml.Node) Claim {
	var c Claim
	before := len(p.Errs)
	p.Mapping(n, strictyaml.Keys{
		"text":  func(n *yaml.Node) { c.Text = p.line(n) },
		"rule":  func(n *yaml.Node) { c.Rule, _ = p.Scalar(n) },
		"known": func(n *yaml.Node) { c.Known = parsed(p, n, parseAnswer) },
		"short": func(n *yaml.Node) { c.Short = parsed(p, n, within(parseDuration, 0, MaxDuration)) },
		"full":  func(n *yaml.Node) { c.Full = parsed(p, n, within(parseDuration, 0, MaxDuration)) },
	})
	if len(p.Errs) == before && (c.Text == "" || c.Rule == "") {
		p.Fail(n, "claim: it needs a text, and the rule that judges it")
	}
	return c
}

// line reads words, with single spaces between them.
func (p *parser) line(n *yaml.Node) string {
	text, _ := p.Scalar(n)
	return strings.Join(strings.Fields(text), " ")
}

// parsed reads a scalar by its parser, and reports what is wrong with it.
func parsed[T any](p *parser, n *yaml.Node, parse func(string) (T, error)) T {
	var zero T
	text, ok := p.Scalar(n)
	if !ok {
		return zero
	}
	v, err := parse(text)
	if err != nil {
		p.Wrong(n, err)
		return zero
	}
	return v
}

// cases reads a list of cells that have names.
func (p *parser) cases(n *yaml.Node) []Case {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.Fail(n, "cases: want a list of mappings, got %s", strictyaml.Kind(n))
		return nil
	}
	var out []Case
	for _, item := range n.Content {
		c := p.oneCase(item)
		if slices.ContainsFunc(out, func(o Case) bool { return o.Name == c.Name }) {
			p.Fail(item, "case %q is there twice", c.Name)
		}
		out = append(out, c)
	}
	return out
}

func (p *parser) oneCase(n *yaml.Node) Case {
	var c Case
	var at map[string]*yaml.Node
	p.of = len(p.varsAt)
	defer func() { p.varsAt, p.of = append(p.varsAt, at), noCase }()
	before := len(p.Errs)
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		switch key {
		case "name":
			c.Name = p.caseName(v)
		case "target":
			s := p.target(v)
			c.Server = &s
		case "proxy":
			proxy := p.proxy(v)
			c.Proxy = &proxy
		case "client":
			client := p.client(v)
			c.Client = &client
		case "vars":
			c.Vars, at = p.vars(v)
		case "short":
			c.Short = p.values(v)
		default:
			scratch := DefaultWorkload()
			c.Set = append(c.Set, p.option(&scratch, key, k, v)...)
		}
	})
	if c.Name == "" && len(p.Errs) == before {
		p.Fail(n, "case: its name is missing")
	}
	return c
}

// caseName reads a name that fits into a line.
func (p *parser) caseName(n *yaml.Node) string {
	name, _ := p.Scalar(n)
	if length := utf8.RuneCountInString(name); length > MaxCaseName {
		p.Fail(n, "case: its name has %d characters, more than %d; shorten it", length, MaxCaseName)
		return ""
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		p.Fail(n, "case: its name %q has a control character; leave it out", name)
	}
	return name
}

// vars reads what stands for {name} in a program's command, addresses and files,
// and where each stands.
func (p *parser) vars(n *yaml.Node) (vars map[string]string, at map[string]*yaml.Node) {
	vars, at = map[string]string{}, map[string]*yaml.Node{}
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		if word := "{" + key + "}"; slices.Contains(labWords(), word) {
			p.Fail(k, "vars: %s is what the lab puts there itself; choose another name", word)
		}
		vars[key], _ = p.Scalar(v)
		at[key] = k
	})
	return vars, at
}

// checkVars refuses variables that stand nowhere in what the case starts.
func (p *parser) checkVars(s *Scenario) {
	if len(p.Errs) > 0 {
		return // what is wrong may be where they stand
	}
	for i, c := range s.Cases {
		programs := c.programs(s.Programs)
		for _, name := range slices.Sorted(maps.Keys(c.Vars)) {
			if word := "{" + name + "}"; !programs.has(word) {
				p.Fail(p.varsAt[i][name], "vars: %s does not occur in the command, address or files of case %q; "+
					"leave %s out, or "+
					"write %s where it belongs", word, c.Name, name, word)
			}
		}
	}
}

// values reads a workload as what it sets.
func (p *parser) values(n *yaml.Node) []Value {
	var out []Value
	scratch := DefaultWorkload()
	p.Pairs(n, func(key string, k, v *yaml.Node) { out = append(out, p.option(&scratch, key, k, v)...) })
	return out
}

// short reads what the short version has instead of the full one.
func (p *parser) short(n *yaml.Node) Short {
	var s Short
	before := len(p.Errs)
	p.Mapping(n, strictyaml.Keys{
		"workload": func(n *yaml.Node) { s.Set = p.values(n) },
		"cases":    func(n *yaml.Node) { s.Cases = p.shortCases(n) },
	})
	if s.IsZero() && len(p.Errs) == before {
		p.Fail(n, "short: it says nothing; leave it out, or give it a workload or cases")
	}
	return s
}

// checkClaim refuses a matrix beside a claim, whose rule compares cases.
func (p *parser) checkClaim(root *yaml.Node, s *Scenario) {
	if !s.Claim.IsZero() && len(s.Matrix) > 0 {
		p.Fail(root, "claim: its rule compares cases, and a matrix makes several cells of each; write them as cases")
	}
}

// shortCases reads the names of the cases that the short version measures.
func (p *parser) shortCases(n *yaml.Node) []string {
	var names []string
	p.Items(n, func(name string, n *yaml.Node) {
		if slices.Contains(names, name) {
			p.Fail(n, "short: case %q is there twice; leave it out once", name)
			return
		}
		names = append(names, name)
	})
	return names
}

// checkShort refuses a short version of cases that there are not.
func (p *parser) checkShort(root *yaml.Node, s *Scenario) {
	for _, name := range s.Short.Cases {
		if !slices.ContainsFunc(s.Cases, func(c Case) bool { return c.Name == name }) {
			p.Fail(root, "short: there is no case %q", name)
		}
	}
}
