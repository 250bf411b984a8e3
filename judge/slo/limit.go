package slo

import (
	"errors"
	"fmt"
	"strings"

	"tcpbench/judge/metric"
	"tcpbench/results"
)

// Limit is what a metric must keep to. The zero Limit is none; [ParseLimit]
// makes one.
type Limit struct {
	// Metric is a name that [metric.Find] knows.
	Metric string
	Op     Op
	// Value is in the metric's unit.
	Value Value
}

// Limits are kept only together.
type Limits []Limit

// Parse reads limits separated by commas, at least one. The error has every
// problem that it found.
func Parse(s string) (Limits, error) {
	var all Limits
	var errs []error
	for part := range strings.SplitSeq(s, ",") {
		l, err := ParseLimit(part)
		all, errs = append(all, l), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return all, nil
}

// ParseLimit reads one limit, such as connect_p99<5ms.
func ParseLimit(s string) (Limit, error) {
	s = strings.TrimSpace(s)
	l, err := parseLimit(s)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", s, err)
	}
	return l, nil
}

func parseLimit(s string) (Limit, error) {
	name, op, value, err := split(s)
	if err != nil {
		return Limit{}, err
	}
	m, err := metric.Find(name)
	if err != nil {
		return Limit{}, err
	}
	if m.Unit == metric.Truth && op != Equal && op != Not {
		return Limit{}, fmt.Errorf("%s is true or false: use %s or %s, not %s", m.Name, Equal, Not, op)
	}
	v, err := parseValue(m, value)
	if err != nil {
		return Limit{}, err
	}
	return Limit{m.Name, op, v}, nil
}

// split parts a limit at its operator, the first run of operator characters.
func split(s string) (name string, op Op, value string, err error) {
	const characters = "<>=!"
	at := strings.IndexAny(s, characters)
	if at < 0 {
		return "", "", "", errors.New("there is no operator; write a metric, an operator " +
			"and a value, such as connect_p99<5ms")
	}
	rest := strings.TrimLeft(s[at:], characters)
	text := s[at : len(s)-len(rest)]
	for _, o := range ops() {
		if string(o) == text {
			return strings.TrimSpace(s[:at]), o, strings.TrimSpace(rest), nil
		}
	}
	return "", "", "", fmt.Errorf("%q is not one of %s", text, strings.Trim(fmt.Sprint(ops()), "[]"))
}

// String returns the form that [ParseLimit] reads as the same limit.
func (l Limit) String() string { return l.Metric + string(l.Op) + l.Value.String() }

// String returns the form that [Parse] reads as the same limits.
func (ls Limits) String() string {
	parts := make([]string, len(ls))
	for i, l := range ls {
		parts[i] = l.String()
	}
	return strings.Join(parts, ",")
}

// Check says whether r kept the limit. Of a load that was not the one asked for, since agents
// of its fleet were lost, there is no telling.
func (l Limit) Check(r *results.Run) Finding {
	f := Finding{Limit: l, Answer: Missing}
	m, err := metric.Find(l.Metric)
	if err != nil {
		f.Why = err.Error()
		return f
	}
	if r.Degraded {
		f.Why = "the run is degraded: " + r.Shortfall()
		return f
	}
	measured, err := m.Measure(r)
	if err != nil {
		f.Why = err.Error()
		return f
	}
	if own := m.Own(r); own.What != "" && !l.certain(m, measured) {
		f.Why, f.Own = own.Error(), own
		return f
	}
	f.Value = measured
	holds := l.Op.holds(measured, l.Value.Float)
	agrees := func(v float64) bool { return l.Op.holds(v, l.Value.Float) == holds }
	f.Measured = Value{m.Unit, measured}.rounded(agrees).String() + m.On(r)
	f.Answer = Broken
	if holds {
		f.Answer = Holds
	}
	return f
}

// certain reports whether a figure keeps the limit whatever the generator's own
// part in it is, which only ever makes a figure worse.
func (l Limit) certain(m metric.Metric, measured float64) bool {
	asksFor := metric.Either
	switch l.Op {
	case Below, AtMost:
		asksFor = metric.Lower
	case Above, AtLeast:
		asksFor = metric.Higher
	}
	return asksFor == m.Better && l.Op.holds(measured, l.Value.Float)
}

// Check says of each limit whether r kept it, in order.
func (ls Limits) Check(r *results.Run) Findings {
	out := make(Findings, len(ls))
	for i, l := range ls {
		out[i] = l.Check(r)
	}
	return out
}
