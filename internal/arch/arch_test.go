package arch

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of this module each package may import. A
// package that is not here may be imported by none, and must be added with
// what it needs: the table is the architecture.
func allowed() map[string][]string {
	data := []string{"scenario", "metrics", "law/capacity", "law/exhaustion"}
	return map[string][]string{
		// Of use everywhere, and knowing nothing.
		"internal/suggest":    {},
		"internal/figure":     {},
		"internal/fault":      {},
		"internal/strictyaml": {"internal/suggest"},
		"internal/program":    {"internal/fault"},

		// What is measured, counted, predicted and judged: pure.
		"internal/wire":     {"internal/figure", "internal/suggest"},
		"scenario":          {"internal/figure", "internal/wire", "internal/strictyaml", "internal/suggest"},
		"metrics":           {},
		"law/capacity":      {"internal/figure"},
		"workload/pace":     {},
		"experiment/search": {"internal/figure"},
		"law/exhaustion":    {"metrics", "law/capacity", "internal/figure"},
		"law/headroom":      {"internal/figure", "law/capacity"},
		"host/doctor":       {"internal/figure", "law/headroom", "law/capacity", "internal/prose", "internal/suggest"},
		"law/plan":          {"law/capacity", "internal/figure", "internal/prose"},

		// The kernel.
		"internal/prose":    {},
		"internal/machine":  {},
		"internal/sys":      {},
		"internal/uring":    {"internal/sys"},
		"internal/procnet":  {},
		"internal/sockdiag": {},

		// A protocol: bytes in, bytes out.
		"workload/http1": {},

		// Running needs Linux.
		"host/exporter": {"law/headroom"},
		"host": {"host/doctor", "law/headroom", "law/capacity", "lab", "internal/fault", "internal/machine",
			"internal/procnet", "internal/sockdiag"},
		"lab":             {"scenario", "internal/wire", "internal/fault", "internal/suggest"},
		"lab/capture":     {},
		"lab/target":      {"scenario", "internal/sys"},
		"workload/engine": {"scenario", "metrics", "workload/pace", "workload/http1", "internal/sys", "internal/uring"},
		"workload": {"scenario", "metrics", "law/capacity", "workload/pace", "workload/http1",
			"workload/engine", "internal/procnet", "internal/sockdiag"},
		"experiment/cell": append([]string{"internal/figure", "lab", "internal/wire", "lab/capture", "lab/target",
			"workload", "results", "internal/fault", "internal/machine", "internal/procnet", "internal/program",
			"internal/sockdiag", "internal/uring"}, data...),
		"judge/claim":      {"internal/figure", "judge/metric", "internal/prose", "results", "scenario", "internal/suggest"},
		"experiment/sweep": {"experiment/cell", "judge/claim", "results", "scenario", "metrics", "internal/fault"},

		// Reading does not.
		"results":      append([]string{"internal/figure", "internal/prose"}, data...),
		"judge/metric": {"results", "metrics", "internal/suggest"},
		"judge/slo":    {"internal/figure", "judge/metric", "results", "metrics", "scenario"},
		"experiment/maxrate": append([]string{"internal/figure", "experiment/cell", "experiment/search",
			"judge/metric", "judge/slo", "results", "internal/fault"}, data...),
		"experiment/proof": append([]string{"experiment/cell", "law/plan", "results", "internal/fault",
			"internal/figure"}, data...),
		"judge/history": {"internal/figure", "internal/prose", "results", "judge/metric", "judge/slo",
			"law/capacity", "scenario", "internal/suggest"},
		"plots": append([]string{"internal/figure", "judge/metric", "results", "internal/suggest"}, data...),
		"judge/compare": {"internal/figure", "internal/prose", "results", "metrics", "scenario", "judge/metric",
			"judge/slo"},
		"judge/gate": {"judge/compare", "internal/prose", "results", "scenario", "judge/metric", "judge/slo",
			"internal/strictyaml", "internal/suggest"},
		"report": append([]string{"judge/metric", "results", "plots", "internal/figure"}, data...),
	}
}

func TestImportsGoOneWay(t *testing.T) {
	const module = "tcpbench/"
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...")
	cmd.Stderr = os.Stderr // what it downloads on a new machine
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
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
