package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// elsewhere runs the command line as it runs where there is no Linux.
func elsewhere(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = execute(args, streams{strings.NewReader(""), &out, &errs, nil})
	return status, out.String(), errs.String()
}

// Every command has a row, so that whoever adds one decides where it works.
func TestWhatNeedsLinux(t *testing.T) {
	file, policy, dir := kept(t)
	tests := []struct {
		line string // its first word is the command
		want int
	}{
		{"run", fault.StatusHost},
		{"run --find-max-rate", fault.StatusHost},
		{"sweep", fault.StatusHost},
		{"sweep --resume " + dir, fault.StatusHost},
		{"sweep --dry-run", 0},
		{"agent", fault.StatusHost},
		{"fleet", 0},
		{"fleet keys --dir " + dir + "/keys", 0},
		{"compare " + file + " " + filepath.Join(dir, "later.json"), 0},
		{"gate -f " + policy + " " + file, 0},
		{"plot -o " + dir + "/plots " + file, 0},
		{"report -o " + dir + "/report.html " + file, 0},
		{"history " + file, 0},
		{"claims " + dir, fault.StatusUsage}, // no claim was measured there
		{"plan", fault.StatusHost},
		{"plan --defaults --target-rate 2k", 0},
		{"plan --defaults --target-rate 2k --verify", fault.StatusHost},
		{"plan " + file, 0},
		{"doctor", fault.StatusHost},
		{"watch", fault.StatusHost},
		{"serve", fault.StatusHost},
		{"scenarios", 0},
		{"schema result", 0},
		{"export --format csv " + file, 0},
		{"version", 0},
		{"completion bash", 0},
		{"help", 0},
	}
	without := map[string]bool{}
	for _, c := range newRoot(streams{}).Commands() {
		without[c.Name()] = true
	}
	for _, tt := range tests {
		args := strings.Fields(tt.line)
		delete(without, args[0])
		t.Run(tt.line, func(t *testing.T) {
			status, stdout, stderr := elsewhere(args...)
			if status != tt.want {
				t.Errorf("exit status %d, want %d\n%s", status, tt.want, stderr)
			}
			if refused := strings.Contains(stderr, "needs Linux"); refused != (tt.want == fault.StatusHost) {
				t.Errorf("stderr is %q", stderr)
			}
			if tt.want == fault.StatusHost && (stdout != "" || strings.Count(stderr, "\n") != 1) {
				t.Errorf("stdout is %q and stderr %q, want one sentence on stderr alone", stdout, stderr)
			}
		})
	}
	if names := slices.Sorted(maps.Keys(without)); len(names) > 0 {
		t.Errorf("no row says whether these commands need Linux: %v", names)
	}
}

// kept is a result file and a policy that it satisfies, in a directory.
func kept(t *testing.T) (file, policy, dir string) {
	t.Helper()
	dir = t.TempDir()
	file, policy = filepath.Join(dir, "run.json"), filepath.Join(dir, "policy.yaml")
	r := resultstest.Real(t, "ramp")
	for _, path := range []string{file, filepath.Join(dir, "later.json")} {
		if err := results.Write(path, r); err != nil {
			t.Fatal(err)
		}
		r.StartedAt, r.Latency = r.StartedAt.Add(time.Hour), resultstest.Faster(r.Latency, 1.01)
	}
	if err := os.WriteFile(policy, []byte("limits: [\"connections_per_second > 1\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, policy, dir
}
