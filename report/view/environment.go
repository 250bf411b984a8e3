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

// Differences are what runs ran in and do not share, as [Environments] has it of each: every
// value with the numbers of the runs that have it.
func Differences(own []prose.Table) prose.Table {
	t := prose.Table{Caption: "What differs between the cells", Head: prose.Words("what", "value, and cells"),
		Note: "Cells are numbered as in the matrix."}
	var names []string
	values := map[string][]string{} // distinct, in the order in which they come
	having := map[[2]string][]int{}
	for i, one := range own {
		for _, row := range one.Rows {
			name, value := row[0].Text, row[1].Text
			if values[name] == nil {
				names = append(names, name)
			}
			if having[[2]string{name, value}] == nil {
				values[name] = append(values[name], value)
			}
			having[[2]string{name, value}] = append(having[[2]string{name, value}], i+1)
		}
	}
	for _, name := range names {
		var parts []string
		for _, v := range values[name] {
			parts = append(parts, fmt.Sprintf("%s (%s)", v, numbered(having[[2]string{name, v}])))
		}
		t.Rows = append(t.Rows, []prose.Cell{{Text: name, Class: differs}, {Text: strings.Join(parts, "; "),
			Class: differs}})
	}
	return t
}

// differs is the look of what is not the same in all cells.
const differs = "differs"

// numbered writes ascending numbers, those in a row as a stretch: "1 to 4, 7".
func numbered(ns []int) string {
	var parts []string
	for i := 0; i < len(ns); {
		j := i
		for j+1 < len(ns) && ns[j+1] == ns[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, fmt.Sprint(ns[i]))
		case 1:
			parts = append(parts, fmt.Sprint(ns[i]), fmt.Sprint(ns[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d to %d", ns[i], ns[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
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
