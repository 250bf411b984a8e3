package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Matcher picks cells by their settings.
type Matcher struct {
	Text  string
	terms []term
}

// term is one setting; key may be short: tcp_tw_reuse.
type term struct{ key, value string }

// ParseMatcher reads key=value[,key=value]. A comma with no "=" up to the next
// one belongs to the value: source=10.0.0.1,10.0.0.2.
func ParseMatcher(s string) (Matcher, error) {
	m := Matcher{Text: s}
	for part := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(part, "=")
		switch {
		case !ok && len(m.terms) > 0:
			m.terms[len(m.terms)-1].value += "," + part
		case !ok || strings.TrimSpace(key) == "":
			return m, fmt.Errorf("cell %q: want key=value[,key=value], such as linger=off", s)
		default:
			m.terms = append(m.terms, term{strings.TrimSpace(key), value})
		}
	}
	for i := range m.terms {
		m.terms[i].value = oneSpaced(m.terms[i].value)
	}
	return m, nil
}

// oneSpaced is s with single spaces: 40000 40999, however it was written.
func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// Matches reports whether a run's cell has every setting of m: by its label,
// or without one by its option or the sysctl in force.
func (m Matcher) Matches(r *results.Run) bool {
	has := settings(r)
	for _, t := range m.terms {
		if v, ok := has[t.key]; !ok || v != t.value {
			return false
		}
	}
	return true
}

// settings are those of a run by their names, long and short.
func settings(r *results.Run) map[string]string {
	out := map[string]string{}
	put := func(key, value string) {
		out[key] = oneSpaced(value)
		out[scenario.ShortKey(key)] = oneSpaced(value)
	}
	w := r.Options
	for _, s := range w.Settings() {
		put(s.Name, s.String())
	}
	e := r.Environment
	for host, sysctls := range map[string]map[string]string{"server": e.ServerSysctls, "proxy": e.ProxySysctls,
		"nat": e.NATSysctls} {
		for name, value := range sysctls {
			out[host+"-sysctl."+name] = oneSpaced(value) // its short name is the client's
		}
	}
	for name, value := range r.Environment.Sysctls {
		put("sysctl."+name, value)
	}
	for key, value := range r.Cell {
		put(key, value)
	}
	return out
}

// nothingMatches says why no run does, with the nearest key where one of m is
// no setting of theirs.
func (m Matcher) nothingMatches(runs []*results.Run) string {
	keys := map[string]string{}
	for _, r := range runs {
		maps.Copy(keys, settings(r))
	}
	for _, t := range m.terms {
		if _, ok := keys[t.key]; !ok {
			return fmt.Sprintf("no cell has a setting %q%s", t.key,
				suggest.DidYouMean(t.key, slices.Sorted(maps.Keys(keys))))
		}
	}
	return "no cell matches"
}
