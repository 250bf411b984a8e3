package gate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/strictyaml"
	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
)

// Parse reads a policy. file is its name in errors, each of which has a line
// and a column and, for a mistyped name, the nearest right one. All errors are
// reported at once.
func Parse(file string, data []byte) (*Policy, error) {
	root, err := strictyaml.Document(file, "a policy", data)
	if err != nil {
		return nil, err
	}
	p := &parser{strictyaml.Parser{File: file}}
	policy := p.policy(root)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return policy, nil
}

type parser struct{ strictyaml.Parser }

func (p *parser) policy(root *yaml.Node) *Policy {
	out := &Policy{File: p.File}
	keys := p.checks(&out.Checks)
	keys["baseline"] = func(n *yaml.Node) { out.Baseline = p.path(n) }
	keys["cells"] = func(n *yaml.Node) { out.Cells = p.cells(n) }
	p.Mapping(root, keys)
	if len(p.Errs) == 0 && out.empty() && len(out.Cells) == 0 {
		p.Fail(root, "the policy checks nothing; it needs limits or regressions")
	}
	return out
}

func (c Checks) empty() bool { return len(c.Limits) == 0 && len(c.Regressions) == 0 }

// checks are the keys that a policy and its cells share.
func (p *parser) checks(c *Checks) strictyaml.Keys {
	return strictyaml.Keys{
		"limits":      func(n *yaml.Node) { c.Limits = p.limits(n) },
		"regressions": func(n *yaml.Node) { c.Regressions = p.regressions(n) },
	}
}

func (p *parser) path(n *yaml.Node) string {
	s, ok := p.Scalar(n)
	if ok && s == "" {
		p.Fail(n, "baseline: want a result file or a directory of results, got nothing")
	}
	return s
}

func (p *parser) limits(n *yaml.Node) []Limit {
	var out []Limit
	p.Items(n, func(text string, item *yaml.Node) {
		l, err := slo.ParseLimit(text)
		if err != nil {
			p.Wrong(item, err)
			return
		}
		out = append(out, Limit{l, place(item)})
	})
	return out
}

func place(n *yaml.Node) Place { return Place{n.Line, n.Column} }

func (p *parser) regressions(n *yaml.Node) []Regression {
	var out []Regression
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		m, err := metric.Find(key)
		if err != nil {
			p.Wrong(k, err)
			return
		}
		text, ok := p.Scalar(v)
		if !ok {
			return
		}
		r, err := parseRegression(m, text)
		if err != nil {
			p.Wrong(v, fmt.Errorf("%s: %w", key, err))
			return
		}
		r.Place = place(k)
		out = append(out, r)
	})
	return out
}

// parseRegression reads by how much m may change, such as -5% or +10%. A
// change to the better is no regression.
func parseRegression(m metric.Metric, text string) (Regression, error) {
	if m.Unit == metric.Truth {
		return Regression{}, fmt.Errorf("it is true or false and cannot change by a share; use a limit: %s == false",
			m.Name)
	}
	percent, err := parsePercent(text)
	if err != nil {
		return Regression{}, err
	}
	fall := strings.HasPrefix(text, "-")
	switch better := m.Better; {
	case fall && better == metric.Lower:
		return Regression{}, fmt.Errorf("%s would limit how much it improves: it is better when it is lower; write +%s",
			text, text[1:])
	case !fall && better == metric.Higher:
		return Regression{}, fmt.Errorf("%s would limit how much it improves: it is "+
			"better when it is higher; write -%s", text, text[1:])
	case fall && percent <= -100:
		return Regression{}, fmt.Errorf("%s is never exceeded: nothing falls by more than all of it", text)
	}
	return Regression{Metric: m, Percent: percent, Fall: fall, Text: m.Name + ": " + text}, nil
}

// parsePercent reads a share with its sign, in percent.
func parsePercent(text string) (float64, error) {
	bad := fmt.Errorf("want by how much it may change, with its sign, such as -5%% or +10%%, not %q", text)
	number, ok := strings.CutSuffix(text, "%")
	if !ok || !strings.HasPrefix(number, "-") && !strings.HasPrefix(number, "+") ||
		strings.Trim(number[1:], "0123456789.") != "" {
		return 0, bad
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, bad
	}
	return f, nil
}

func (p *parser) cells(n *yaml.Node) []CellChecks {
	var out []CellChecks
	p.Pairs(n, func(key string, k, v *yaml.Node) {
		c := CellChecks{Place: place(k)}
		m, err := ParseMatcher(key)
		if err != nil {
			p.Wrong(k, err)
		}
		c.Matcher = m
		before := len(p.Errs)
		p.Mapping(v, p.checks(&c.Checks))
		if len(p.Errs) == before && c.empty() {
			p.Wrong(v, errors.New("cells that match are not checked for anything; they need limits or regressions"))
		}
		out = append(out, c)
	})
	if len(n.Content) == 0 && n.Kind == yaml.MappingNode {
		p.Fail(n, "cells: there is none")
	}
	return out
}
