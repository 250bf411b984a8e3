package arch

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// row is a package, and those of this module that it imports.
type row struct{ name, imports string }

// layers is the architecture: every package in the order in which data goes. It
// imports only what stands before it.
func layers() []row {
	return slices.Concat(foundations(), asked(), measured(), kept(), runs())
}

// foundations are of use everywhere, and know nothing of what stands on it.
func foundations() []row {
	return []row{
		{"internal/suggest", ""},
		{"internal/figure", ""},
		{"internal/prose", ""},
		{"internal/fault", ""},
		{"internal/filelock", ""},
		{"internal/strictyaml", "internal/suggest"},
		{"internal/program", "internal/fault"},
		{"internal/userfile", ""},
		{"internal/certificate", "internal/userfile"},

		{"internal/machine", ""},
		{"internal/sys", ""},
		{"internal/uring", "internal/sys"},
		{"internal/procfile", ""},
		{"internal/procnet", "internal/procfile internal/sys"},
		{"internal/procsched", "internal/procfile"},
		{"internal/sockdiag", "internal/sys"},
		{"internal/conntrack", ""},
		{"internal/wire", "internal/figure internal/suggest"},
	}
}

// asked is what is to be done, and what must come of it.
func asked() []row {
	return []row{
		{"metrics", "internal/figure"},
		{"scenario", "internal/figure internal/strictyaml internal/suggest internal/userfile internal/wire"},

		{"law/capacity", "internal/figure"},
		{"law/exhaustion", "internal/figure internal/prose law/capacity metrics"},
		{"law/headroom", "internal/figure internal/prose law/capacity"},
		{"law/plan", "internal/figure internal/prose law/capacity"},
	}
}

// measured is where and how it is done, and what a running host tells: on Linux.
func measured() []row {
	return []row{
		{"lab/capture", ""},
		{"lab", "internal/conntrack internal/fault internal/procfile internal/suggest internal/sys internal/wire " +
			"scenario"},
		{"lab/target", "internal/certificate internal/sys scenario"},

		{"workload/pace", ""},
		{"workload/http1", ""},
		{"workload/proxyheader", ""},
		{"workload/talk", "scenario"},
		{"workload/requestlog", "internal/sys metrics"},
		{"workload/engine", "internal/sys internal/uring metrics scenario workload/http1 " +
			"workload/pace workload/proxyheader workload/requestlog workload/talk"},
		{"workload", "internal/certificate internal/procnet internal/sockdiag internal/sys law/capacity " +
			"law/exhaustion metrics scenario workload/engine workload/http1 workload/pace workload/requestlog"},

		{"host/netns", "internal/figure internal/procfile internal/procsched internal/prose law/headroom"},
		{"host/exporter", "host/netns internal/prose law/headroom metrics"},
		{"host/doctor", "host/netns internal/figure internal/prose internal/suggest law/capacity law/headroom"},
		{"host", "host/doctor host/netns internal/conntrack internal/fault internal/machine internal/procnet " +
			"internal/sockdiag internal/sys lab " +
			"law/capacity law/headroom"},
	}
}

// kept are results, and who judges and shows them: anywhere.
func kept() []row {
	return []row{
		{"results", "internal/fault internal/figure internal/filelock internal/prose law/capacity law/exhaustion " +
			"metrics scenario"},

		{"judge/metric", "internal/figure internal/suggest law/exhaustion metrics results"},
		{"judge/slo", "internal/figure judge/metric metrics results scenario"},
		{"judge/compare", "internal/figure internal/prose judge/metric judge/slo law/capacity metrics results " +
			"scenario"},
		{"judge/gate", "internal/prose internal/strictyaml internal/suggest judge/compare judge/metric judge/slo " +
			"results scenario"},
		{"judge/claim", "internal/figure internal/prose internal/suggest internal/wire judge/metric law/capacity " +
			"law/exhaustion metrics results scenario"},
		{"judge/history", "internal/figure internal/prose internal/suggest judge/compare judge/metric judge/slo " +
			"law/capacity results scenario"},

		{"internal/schemas", "results"},

		{"plots", "internal/figure internal/prose internal/suggest judge/metric law/capacity law/exhaustion " +
			"metrics results scenario"},
		{"report/live", "internal/figure internal/prose law/capacity law/exhaustion law/headroom metrics scenario"},
		{"report/export", "internal/prose metrics results"},
		{"report/view", "internal/figure internal/prose judge/metric law/capacity law/exhaustion metrics " +
			"results scenario"},
		{"report", "internal/figure internal/prose judge/compare judge/gate judge/metric law/exhaustion metrics " +
			"plots report/view results scenario"},
	}
}

// runs are one measurement, and many.
func runs() []row {
	return []row{
		{"experiment/cell", "internal/conntrack internal/fault internal/figure internal/filelock internal/machine " +
			"internal/procnet internal/procsched internal/program internal/sockdiag internal/sys internal/uring " +
			"internal/wire judge/metric lab lab/capture lab/target law/capacity law/exhaustion metrics results " +
			"scenario workload workload/engine workload/requestlog"},
		{"experiment/sweep", "experiment/cell internal/fault internal/filelock judge/claim metrics results scenario"},
		{"experiment/search", "internal/figure"},
		{"experiment/maxrate", "experiment/cell experiment/search internal/fault internal/figure judge/metric " +
			"judge/slo law/capacity law/exhaustion metrics results scenario"},
		{"experiment/fleet/split", "experiment/cell internal/fault internal/figure internal/prose scenario workload"},
		{"experiment/fleet/merge", "internal/figure judge/metric law/capacity law/exhaustion metrics results scenario"},
		{"experiment/proof", "experiment/cell internal/fault internal/figure law/capacity law/plan metrics results " +
			"scenario"},

		{"experiment/fleet/bus", "internal/certificate internal/fault internal/filelock internal/userfile"},
		{"experiment/fleet/clock", ""},
		{"experiment/fleet/message", "experiment/cell law/capacity metrics results"},
		{"experiment/fleet/agent", "experiment/cell experiment/fleet/message internal/fault " +
			"internal/figure internal/filelock internal/machine law/capacity metrics results scenario"},
		{"experiment/fleet", "experiment/cell experiment/fleet/clock experiment/fleet/merge experiment/fleet/message " +
			"experiment/fleet/split internal/fault internal/figure internal/filelock law/capacity metrics results " +
			"scenario"},
		{"experiment/fleet/launch", "experiment/fleet/bus internal/fault internal/program internal/prose lab"},

		{"bench/soak", "internal/figure"},
	}
}

func TestPackagesImportOnlyWhatStandsBeforeThem(t *testing.T) {
	below := map[string]bool{}
	for _, r := range layers() {
		for _, imp := range strings.Fields(r.imports) {
			if !below[imp] {
				t.Errorf("%s imports %s, which does not stand before it: what both need belongs below them, "+
					"in a package of its own", r.name, imp)
			}
		}
		below[r.name] = true
	}
}

func TestTheTableIsWhatTheCodeImports(t *testing.T) {
	built := imports(t)
	for _, r := range layers() {
		switch now, ok := built[r.name]; {
		case !ok:
			t.Errorf("there is no package %s any more; take its row out of the table", r.name)
		case now != r.imports:
			t.Errorf("%s imports other packages than its row says: make it {%q, %q}", r.name, r.name, now)
		}
		delete(built, r.name)
	}
	for name, now := range built {
		t.Errorf("package %s is not in the table; put {%q, %q} after all that it imports", name, name, now)
	}
}

// imports are the packages of this module, with those of it that each imports.
func imports(t *testing.T) map[string]string {
	t.Helper()
	const module = "tcpbench/"
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...")
	cmd.Env = append(os.Environ(), "GOOS=linux") // elsewhere there is less
	cmd.Stderr = os.Stderr                       // what it downloads on a new machine
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	built := map[string]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		if strings.HasPrefix(pkg, "cmd/") || pkg == "bench" || strings.HasSuffix(pkg, "test") ||
			pkg == "internal/arch" {
			continue // commands and test support may import anything
		}
		var ours []string
		for _, imp := range fields[1:] {
			if imp, ok := strings.CutPrefix(imp, module); ok {
				ours = append(ours, imp)
			}
		}
		built[pkg] = strings.Join(ours, " ")
	}
	return built
}
