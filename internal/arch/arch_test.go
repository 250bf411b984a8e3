package arch

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of this module each package may import. A
// package that is not here may be imported by none, and must be added with
// what it needs: the table is the architecture.
func allowed() map[string][]string {
	data := []string{"scenario", "metrics", "capacity", "exhaustion"}
	return map[string][]string{
		// Of use everywhere, and knowing nothing.
		"internal/suggest":    {},
		"internal/fault":      {},
		"internal/strictyaml": {"internal/suggest"},
		"internal/program":    {"internal/fault"},

		// What is measured, counted, predicted and judged: pure.
		"wire":       {"internal/suggest"},
		"scenario":   {"wire", "internal/strictyaml", "internal/suggest"},
		"metrics":    {},
		"capacity":   {},
		"pace":       {},
		"search":     {},
		"exhaustion": {"metrics", "capacity", "internal/figure"},
		"headroom":   {"capacity"},
		"doctor":     {"headroom", "capacity", "internal/prose", "internal/suggest"},
		"plan":       {"capacity", "internal/figure", "internal/prose"},

		// The kernel.
		"internal/figure":   {},
		"internal/prose":    {},
		"internal/machine":  {},
		"internal/sys":      {},
		"internal/uring":    {"internal/sys"},
		"internal/procnet":  {},
		"internal/sockdiag": {},

		// A protocol: bytes in, bytes out.
		"internal/http1": {},

		// Running needs Linux.
		"exporter":        {"headroom"},
		"host":            {"doctor", "headroom", "capacity", "lab", "internal/fault", "internal/machine", "internal/procnet", "internal/sockdiag"},
		"lab":             {"scenario", "wire", "internal/fault", "internal/suggest"},
		"capture":         {},
		"target":          {"scenario", "internal/sys"},
		"internal/engine": {"scenario", "metrics", "pace", "internal/http1", "internal/sys", "internal/uring"},
		"workload":        {"scenario", "metrics", "capacity", "pace", "internal/http1", "internal/engine", "internal/procnet", "internal/sockdiag"},
		"cell":            append([]string{"lab", "wire", "capture", "target", "workload", "results", "internal/fault", "internal/machine", "internal/procnet", "internal/program", "internal/sockdiag", "internal/uring"}, data...),
		"claim":           {"internal/prose", "results", "scenario", "internal/suggest"},
		"sweep":           {"cell", "claim", "results", "scenario", "metrics", "internal/fault"},

		// Reading does not.
		"results": append([]string{"internal/figure", "internal/prose"}, data...),
		"slo":     {"results", "metrics", "scenario", "internal/suggest"},
		"maxrate": append([]string{"cell", "search", "slo", "results", "internal/fault"}, data...),
		"proof":   append([]string{"cell", "plan", "results", "internal/fault", "internal/figure"}, data...),
		"history": {"internal/prose", "results", "slo", "capacity", "scenario", "internal/suggest"},
		"plots":   append([]string{"results", "internal/suggest"}, data...),
		"compare": {"internal/prose", "results", "metrics", "scenario", "slo"},
		"gate":    {"compare", "internal/prose", "results", "scenario", "slo", "internal/strictyaml", "internal/suggest"},
		"report":  append([]string{"results", "plots", "internal/figure"}, data...),
	}
}

func TestImportsGoOneWay(t *testing.T) {
	const module = "tcpbench/"
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	table := allowed()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		if strings.HasPrefix(pkg, "cmd/") || pkg == "bench" || strings.HasSuffix(pkg, "test") || pkg == "internal/arch" {
			continue // commands and test support may import anything
		}
		may, ok := table[pkg]
		if !ok {
			t.Errorf("package %s is not in the table of allowed imports", pkg)
		}
		for _, imp := range fields[1:] {
			if imp, ours := strings.CutPrefix(imp, module); ours && !slices.Contains(may, imp) {
				t.Errorf("%s imports %s, which the table does not allow", pkg, imp)
			}
		}
	}
}
