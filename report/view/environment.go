package view

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// Environments parts what the runs ran in into what they all share and what
// is a run's own.
func Environments(runs []*results.Run) (prose.Table, []prose.Table) {
	shared := environment("Environment", runs[0])
	own := make([]prose.Table, len(runs))
	for i, r := range runs {
		own[i] = environment("Environment of this cell only", r)
		shared.Rows = intersect(shared.Rows, own[i].Rows)
	}
	for i := range own {
		own[i].Rows = slices.DeleteFunc(own[i].Rows, func(row []prose.Cell) bool { return contains(shared.Rows, row) })
	}
	return shared, own
}

func intersect(a, b [][]prose.Cell) [][]prose.Cell {
	return slices.DeleteFunc(a, func(row []prose.Cell) bool { return !contains(b, row) })
}

func contains(rows [][]prose.Cell, row []prose.Cell) bool {
	return slices.ContainsFunc(rows, func(r []prose.Cell) bool { return slices.Equal(r, row) })
}

// environment is what one run ran in.
func environment(caption string, r *results.Run) prose.Table {
	t := prose.Table{Caption: caption, Head: prose.Words("what", "value")}
	e := r.Environment
	t.AddIf("kernel", e.Kernel)
	t.AddIf("architecture", e.Arch)
	if e.CPUs > 0 {
		t.AddIf("CPUs", strings.TrimSpace(fmt.Sprintf("%d %s", e.CPUs, e.CPUModel)))
	}
	if e.MemoryBytes > 0 {
		t.Add("memory", figure.Bytes(e.MemoryBytes))
	}
	t.AddIf("clock source", e.ClockSource)
	t.AddIf("engine", e.Engine)
	t.AddIf("sockets", e.Sockets)
	t.AddIf("Go", e.GoVersion)
	t.AddIf("tcpbench", strings.TrimSpace(r.Tool.Version+" "+r.Tool.Revision))
	t.AddIf("targets", strings.Join(r.Targets, ", "))
	t.AddIf("server", e.TargetKind)
	t.AddIf("proxy", e.Proxy)
	t.AddIf("client", e.Client)
	if r.CutOff == nil { // a journal says nothing of where the run was
		t.Add("in its own lab", yesNo(e.Lab))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Limits)) {
		t.Add("limit "+k, limitText(e.Limits[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Sysctls)) {
		t.Add(k, e.Sysctls[k])
	}
	for _, host := range []struct {
		name    string
		sysctls map[string]string
	}{{"server", e.ServerSysctls}, {"NAT", e.NATSysctls}, {"proxy", e.ProxySysctls}} {
		for _, k := range slices.Sorted(maps.Keys(host.sysctls)) {
			t.Add(host.name+": "+k, host.sysctls[k])
		}
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
