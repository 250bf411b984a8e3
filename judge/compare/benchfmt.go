package compare

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"tcpbench/judge/metric"
	"tcpbench/results"
	"tcpbench/scenario"
)

// WriteBenchfmt writes every repeat of both sides as a line of the Go
// benchmark format, for `benchstat -col side FILE`. Times are in seconds. The
// cell is in the name of the benchmark, the side is a line of configuration.
func WriteBenchfmt(w io.Writer, base, candidate Side) error {
	out := benchfmt.NewWriter(w)
	all := slices.Concat(base.Runs, candidate.Runs)
	for _, m := range figures() {
		if !slices.ContainsFunc(all, func(r *results.Run) bool { _, err := m.Measure(r); return err == nil }) {
			continue
		}
		if err := out.Write(unitMetadata(m)); err != nil {
			return fmt.Errorf("write benchmarks: %w", err)
		}
	}
	name := benchNames(base, candidate)
	for side, s := range []Side{base, candidate} {
		for _, r := range s.Runs {
			if Unfit(r) != "" {
				continue
			}
			if err := out.Write(benchmark([]string{"base", "new"}[side], name(r), r)); err != nil {
				return fmt.Errorf("write benchmarks: %w", err)
			}
		}
	}
	return nil
}

// unitMetadata tells benchstat in which direction a unit improves.
func unitMetadata(m metric.Metric) *benchfmt.UnitMetadata {
	better := "lower"
	if m.Better == metric.Higher {
		better = "higher"
	}
	key := benchfmt.UnitMetadataKey{Unit: benchUnit(m), Key: "better"}
	return &benchfmt.UnitMetadata{UnitMetadataKey: key, OrigUnit: key.Unit, Value: better}
}

// benchUnit is the metric as a unit: benchmarks have no other name for it.
func benchUnit(m metric.Metric) string {
	name := strings.ReplaceAll(m.Name, "_", "-")
	if count, ok := strings.CutSuffix(name, "-per-second"); ok {
		return count + "/s"
	}
	switch m.Unit {
	case metric.Time:
		return name + "-sec"
	case metric.Share:
		return name + "-pct"
	default:
		return name
	}
}

func benchmark(side, name string, r *results.Run) *benchfmt.Result {
	out := &benchfmt.Result{Name: benchfmt.Name(name), Iters: max(int(r.Totals.Attempted), 1)}
	out.SetConfig("side", side)
	out.SetConfig("goarch", r.Environment.Arch)
	out.SetConfig("cpu", r.Environment.CPUModel)
	for i := range out.Config {
		out.Config[i].File = true
	}
	for _, m := range figures() {
		v, err := m.Measure(r)
		if err != nil || m.Own(r).What != "" {
			continue // what was not measured of the target is absent
		}
		if m.Unit == metric.Time {
			v /= 1e6 // from microseconds
		}
		out.Values = append(out.Values, benchfmt.Value{Value: v, Unit: benchUnit(m)})
	}
	return out
}

// benchNames names runs by their cells, or all alike where the only cell of
// one side is compared with the only one of the other.
func benchNames(base, candidate Side) func(*results.Run) string {
	if len(Groups(base.Runs)) == 1 && len(Groups(candidate.Runs)) == 1 {
		return func(*results.Run) string { return benchName(base.Runs[0]) }
	}
	return benchName
}

// benchName is "Run/linger=off/ip_local_port_range=40000_40999": a benchmark's
// name ends at white space, a slash parts it, and a number after a hyphen at
// its end would be GOMAXPROCS.
func benchName(r *results.Run) string {
	name := "Run"
	clean := strings.NewReplacer("/", "_")
	for _, k := range slices.Sorted(maps.Keys(r.Cell)) {
		value := strings.Join(strings.Fields(r.Cell[k]), "_")
		name += "/" + clean.Replace(scenario.ShortKey(k)) + "=" + clean.Replace(value)
	}
	return name
}
