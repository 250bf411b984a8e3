package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

// environments parts what the runs ran in into what they all share and what
// is a run's own.
func environments(runs []*results.Run) (table, []table) {
	shared := environment("Environment", runs[0])
	own := make([]table, len(runs))
	for i, r := range runs {
		own[i] = environment("Environment of this cell alone", r)
		shared.Rows = intersect(shared.Rows, own[i].Rows)
	}
	for i := range own {
		own[i].Rows = slices.DeleteFunc(own[i].Rows, func(row []datum) bool { return contains(shared.Rows, row) })
	}
	return shared, own
}

func intersect(a, b [][]datum) [][]datum {
	return slices.DeleteFunc(a, func(row []datum) bool { return !contains(b, row) })
}

func contains(rows [][]datum, row []datum) bool {
	return slices.ContainsFunc(rows, func(r []datum) bool { return slices.Equal(r, row) })
}

// environment is what one run ran in.
func environment(caption string, r *results.Run) table {
	t := table{Caption: caption, Head: []column{{Name: "what"}, {Name: "value"}}}
	e := r.Environment
	t.addIf("kernel", e.Kernel)
	t.addIf("architecture", e.Arch)
	if e.CPUs > 0 {
		t.addIf("CPUs", strings.TrimSpace(fmt.Sprintf("%d %s", e.CPUs, e.CPUModel)))
	}
	if e.MemoryBytes > 0 {
		t.add("memory", figure.Bytes(e.MemoryBytes))
	}
	t.addIf("clock source", e.ClockSource)
	t.addIf("engine", e.Engine)
	t.addIf("Go", e.GoVersion)
	t.addIf("tcpbench", strings.TrimSpace(r.Tool.Version+" "+r.Tool.Revision))
	t.addIf("targets", strings.Join(r.Targets, ", "))
	t.addIf("server", e.TargetKind)
	t.addIf("proxy", e.Proxy)
	t.add("in a lab of its own", yesNo(e.Lab))
	for _, k := range slices.Sorted(maps.Keys(e.Limits)) {
		t.add("limit "+k, limitText(e.Limits[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Sysctls)) {
		t.add(k, e.Sysctls[k])
	}
	for _, k := range slices.Sorted(maps.Keys(e.ServerSysctls)) {
		t.add("server: "+k, e.ServerSysctls[k])
	}
	for _, k := range slices.Sorted(maps.Keys(e.ProxySysctls)) {
		t.add("proxy: "+k, e.ProxySysctls[k])
	}
	return t
}

// limitText knows RLIM_INFINITY.
func limitText(n uint64) string {
	if n == ^uint64(0) {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
