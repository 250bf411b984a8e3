package exporter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v4"

	"tcpbench/host/netns"
)

// sample is a series with one value all the time, as promtool reads it.
type sample struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

// twoNamespaces are the metrics of two network namespaces that have the same pairs.
func twoNamespaces(t *testing.T) []sample {
	t.Helper()
	e, v := NewSpaces(), spaces()
	v.Spaces = append(v.Spaces, netns.Space{Namespace: netns.Namespace{Inode: 4026532002, Host: "web-7d5"},
		Headroom: view(1), Conntrack: &netns.Conntrack{Count: 5, Max: 10}})
	e.Set(v)
	var out []sample
	for _, f := range gathered(t, e.Gatherer()) {
		for _, m := range f.GetMetric() {
			value := m.GetGauge().GetValue()
			switch f.GetType() {
			case dto.MetricType_COUNTER:
				value = m.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
			default:
				continue
			}
			out = append(out, sample{f.GetName() + labels(m), fmt.Sprintf("%vx20", value)})
		}
	}
	return out
}

// expressions are those of the dashboard and the rules of tcpbench watch.
func expressions(t *testing.T) []string {
	t.Helper()
	type query struct{ Expr string }
	var board struct{ Panels []struct{ Targets []query } }
	var rules struct{ Groups []struct{ Rules []query } }
	for file, into := range map[string]any{"dashboard.json": &board, "alerts.yaml": &rules} {
		b, err := os.ReadFile(filepath.Join("..", "..", "examples", "prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Load(b, into); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			out = append(out, strings.ReplaceAll(q.Expr, "$instance", ".*"))
		}
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			out = append(out, r.Expr)
		}
	}
	return out
}

// A panel or a rule that matches one namespace's pairs with another's capacity is an error of
// Prometheus, many-to-many, as soon as there are two.
func TestEveryExpressionIsGoodForManyNamespaces(t *testing.T) {
	type expected struct {
		Labels string `json:"labels"`
		Value  int    `json:"value"`
	}
	type question struct {
		Expr    string     `json:"expr"`
		At      string     `json:"eval_time"`
		Samples []expected `json:"exp_samples"`
	}
	ask := func(expr string, want int) question { return question{expr, "60s", []expected{{"{}", want}}} }
	var questions []question
	shares := 0
	for _, expr := range expressions(t) {
		questions = append(questions, ask("0 * count("+expr+") or vector(0)", 0))
		if strings.HasPrefix(expr, "tcpbench_ports_held{") {
			shares++
			questions = append(questions, ask("count("+expr+")", 2))
		}
	}
	if len(questions) < 20 || shares != 1 {
		t.Fatalf("%d expressions, %d of them the share of ports that is held, want 20 and 1", len(questions), shares)
	}
	b, err := json.Marshal(map[string]any{"evaluation_interval": "5s", "tests": []any{map[string]any{
		"interval": "5s", "input_series": twoNamespaces(t), "promql_expr_test": questions}}})
	if err != nil {
		t.Fatal(err)
	}
	promtool(t, b)
}
