package results

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/scenario"
)

// CellLabels names each run by the settings in which its cell differs from
// the others; by all of them when there is only one.
func CellLabels(runs []*Run) []string {
	keys := differing(runs)
	labels := make([]string, len(runs))
	times := map[string]int{}
	for i, r := range runs {
		labels[i] = cellLabel(r.Cell, keys)
		if labels[i] == "" {
			labels[i] = "run"
		}
		times[labels[i]]++
	}
	seen := map[string]int{}
	for i, l := range labels {
		if times[l] > 1 {
			seen[l]++
			labels[i] = fmt.Sprintf("%s #%d", l, seen[l])
		}
	}
	return labels
}

// differing are the matrix keys, in order, that do not have one value in all
// cells; all keys of a single cell.
func differing(runs []*Run) []string {
	values := map[string]map[string]bool{}
	for _, r := range runs {
		for k := range r.Cell {
			values[k] = map[string]bool{}
		}
	}
	for k, vs := range values {
		for _, r := range runs {
			vs[r.Cell[k]] = true
		}
	}
	all := slices.Sorted(maps.Keys(values))
	var out []string
	for _, k := range all {
		if len(values[k]) > 1 {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// CellSettings returns the settings that [CellLabels] names, in short: their
// names and, for each run, their values, empty where its cell has none.
func CellSettings(runs []*Run) (names []string, values [][]string) {
	keys := differing(runs)
	for _, k := range keys {
		names = append(names, prose.Printable(scenario.ShortKey(k)))
	}
	for _, r := range runs {
		row := make([]string, len(keys))
		for i, k := range keys {
			row[i] = prose.Printable(shortValue(r.Cell[k]))
		}
		values = append(values, row)
	}
	return names, values
}

// CellLabel names r by all settings of its cell; "" where it has none.
func (r *Run) CellLabel() string { return cellLabel(r.Cell, slices.Sorted(maps.Keys(r.Cell))) }

// cellLabel is "key=value key=value", short and printable.
func cellLabel(cell map[string]string, keys []string) string {
	var parts []string
	for _, k := range keys {
		v, ok := cell[k]
		switch {
		case ok && k == scenario.CaseLabel: // a name, which needs no other
			parts = append(parts, v)
		case ok:
			parts = append(parts, scenario.ShortKey(k)+"="+shortValue(v))
		}
	}
	return prose.Printable(strings.Join(parts, " "))
}

// shortValue writes a sysctl of several numbers, such as a port range,
// without its spaces, at which a label may be wrapped.
func shortValue(v string) string {
	fields := strings.Fields(v)
	for _, f := range fields {
		if _, err := strconv.Atoi(f); err != nil {
			return v
		}
	}
	return strings.Join(fields, "-")
}
