package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/internal/goldentest"
	"tcpbench/internal/prose"
	"tcpbench/judge/metric"
)

// The reference is that of the commands, of the table of options and of the schemas.
func TestReferenceIsUpToDate(t *testing.T) {
	var b strings.Builder
	b.WriteString(referenceHead)
	root := newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil})
	commands := documented(root)
	for _, c := range commands {
		fmt.Fprintf(&b, "- [`%s`](#%s): %s\n", c.CommandPath(), anchor(c.CommandPath()), plainHTML(c.Short))
	}
	for _, c := range commands {
		writeCommand(&b, c)
	}
	b.WriteString("\n## Keys of a scenario\n\nA scenario is YAML; `tcpbench schema scenario` is its JSON schema, for " +
		"editors.\n\n")
	s := scenarioSchema(t)
	keys := prose.Table{Head: prose.Words("key", "what it is")}
	addKeys(&keys, "", s, map[string]bool{"workload": true})
	b.WriteString(keys.Markup() + "\n\n### Keys of `workload`, and of a case\n\n" +
		"They are the options of `run`, with the same values; `matrix` has lists of them.\n\n")
	options := prose.Table{Head: prose.Words("key", "what it is")}
	for _, name := range s.Properties["workload"].PropertyOrder {
		options.Add("`"+name+"`", plainHTML(valued(s.Defs[name])))
	}
	b.WriteString(options.Markup() + "\n\n## Keys of a policy\n\nA policy is YAML; `tcpbench schema policy` is its " +
		"JSON schema.\n\n")
	policy := prose.Table{Head: prose.Words("key", "what it is")}
	addKeys(&policy, "", policySchema(), nil)
	b.WriteString(policy.Markup() + "\n\n## Metrics\n\nThose of `--slo`, of policies, of `compare` and of " +
		"`history`.\n\n")
	metrics := prose.Table{Head: prose.Words("metric", "unit", "better")}
	for _, m := range metric.Table() {
		metrics.Add("`"+m.Name+"`", m.Unit.String(), betterWhen(m))
	}
	b.WriteString(metrics.Markup() + "\n")
	goldentest.Equal(t, "../../docs/reference.md", []byte(b.String()))
}

const referenceHead = `# Reference

Every command, flag and key, written by ` + "`make reference`" + ` from the program itself; ` + "`make man`" + `
writes man pages, ` + "`tcpbench help COMMAND`" + ` prints the same with examples.

`

// documented are the commands below one, each after the one that it belongs to.
func documented(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		if sub.Runnable() {
			out = append(out, sub)
		}
		out = append(out, documented(sub)...)
	}
	return out
}

func anchor(path string) string { return strings.ReplaceAll(path, " ", "-") }

func writeCommand(b *strings.Builder, c *cobra.Command) {
	about := strings.TrimSpace(quoted(cmp.Or(c.Long, c.Short)))
	fmt.Fprintf(b, "\n## %s\n\n`%s`\n\n%s\n", c.CommandPath(), c.UseLine(), about)
	t := prose.Table{Head: prose.Words("flag", "default", "what it does")}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := strings.TrimSpace("--" + f.Name + " " + value)
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		t.Add("`"+name+"`", ownDefault(f), plainHTML(usage))
	})
	if len(t.Rows) > 0 {
		fmt.Fprintf(b, "\n%s\n", t.Markup())
	}
}

// ownDefault is the default where it says something.
func ownDefault(f *pflag.Flag) string {
	if slices.Contains([]string{"", "false", "[]", "0", "none"}, f.DefValue) {
		return ""
	}
	return "`" + f.DefValue + "`"
}

// quoted keeps a help text's indented lines a block, and the rest prose.
func quoted(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "  ") {
			lines[i] = "    " + l
		} else {
			lines[i] = plainHTML(l)
		}
	}
	return strings.Join(lines, "\n")
}

func plainHTML(s string) string { return strings.ReplaceAll(s, "<", "&lt;") }

// addKeys adds those of an object, and of the objects in it but those of skip.
func addKeys(t *prose.Table, prefix string, s *jsonschema.Schema, skip map[string]bool) {
	for _, name := range s.PropertyOrder {
		p := s.Properties[name]
		if p.Ref != "" {
			continue // an option, which has a table of its own
		}
		t.Add("`"+prefix+name+"`", plainHTML(valued(p)))
		if skip[name] {
			continue
		}
		for _, below := range []*jsonschema.Schema{p, p.Items, p.AdditionalProperties} {
			if below != nil && len(below.PropertyOrder) > 0 {
				addKeys(t, prefix+name+".", below, map[string]bool{"workload": true, "target": true, "proxy": true,
					"client": true, "short": true})
			}
		}
	}
}

// valued is a description with the values that there may be.
func valued(s *jsonschema.Schema) string {
	var words []string
	for _, v := range s.Enum {
		words = append(words, fmt.Sprint(v))
	}
	if len(words) == 0 || strings.Contains(s.Description, strings.Join(words, "|")) {
		return s.Description
	}
	return strings.Join(words, ", ") + ": " + s.Description
}

func betterWhen(m metric.Metric) string {
	switch m.Better {
	case metric.Higher:
		return "higher"
	case metric.Lower:
		return "lower"
	default:
		return ""
	}
}
