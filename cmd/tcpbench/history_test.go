package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// keptRuns writes n results, a day apart, each a percent slower than the
// first, with a new kernel from the middle on; it returns their directory.
func keptRuns(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		r := resultstest.Real(t, "planned")
		r.StartedAt = r.StartedAt.Add(time.Duration(i) * 24 * time.Hour)
		request := r.Latency.Request
		r.Latency = resultstest.Faster(r.Latency, 1+0.01*float64(i))
		r.Latency.Request = request
		r.Latency.Request.P99US *= 1 + 0.01*float64(i) + 0.002*float64(i%4)
		if i >= n/2 {
			r.Environment.Kernel = "Linux 9.9.9"
		}
		path := filepath.Join(dir, fmt.Sprint(i%3), fmt.Sprintf("%02d.json", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := results.Write(path, r); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestHistoryTellsADrift(t *testing.T) {
	dir := keptRuns(t, 20)
	if err := os.WriteFile(filepath.Join(dir, "broken.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(t.TempDir(), "pictures")
	status, stdout, stderr := command("history", "--metric", "request_p99,requests_per_second", "-o", pictures, dir)
	if status != 0 {
		t.Fatalf("history = status %d\n%s", status, stderr)
	}
	for _, want := range []string{
		"request_p99 drifts up 0.911 % a run over 20 runs (p < 0.0001); the kernel changed at run 11.\n",
		"requests_per_second has no drift and no step beyond the noise over 20 runs (p = 1); " +
			"the kernel changed at run 11.\n",
		"-> Linux 9.9.9\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout has no %q:\n%s", want, stdout)
		}
	}
	for _, want := range []string{"broken.json: read result", "warning: 1 file skipped, 20 results read\n",
		"pictures: " + pictures} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr has no %q:\n%s", want, stderr)
		}
	}
	for _, name := range []string{"history-request_p99.png", "history-request_p99.svg",
		"history-requests_per_second.svg"} {
		if info, err := os.Stat(filepath.Join(pictures, name)); err != nil || info.Size() < 1000 {
			t.Errorf("picture %s: %v, %v", name, info, err)
		}
	}
}

func TestHistoryForScripts(t *testing.T) {
	dir := keptRuns(t, 3)
	status, stdout, stderr := command("history", "--metric", "request_p99", "--cell", "mode=keepalive",
		"--format", "csv", dir)
	if status != 0 || strings.Count(stdout, "\n") != 4 || !strings.HasPrefix(stdout, "metric,unit,group,") {
		t.Errorf("history --format csv = status %d, %s, %q", status, stderr, stdout)
	}
	status, stdout, stderr = command("history", "--metric", "request_p99", "--format", "json", dir)
	if status != 0 || !strings.Contains(stdout, `"trend": "too few runs"`) || stderr != "" {
		t.Errorf("history --format json = status %d, %s, %q", status, stderr, stdout)
	}
}

func TestHistorySaysWhatIsWrong(t *testing.T) {
	dir, empty := keptRuns(t, 1), t.TempDir()
	tests := []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"no directory", nil, 2, "no DIR is named; give the directory of your results, such as runs/"},
		{"a directory that is not there", []string{"nowhere"}, 1,
			"read history: stat nowhere: no such file or directory"},
		{"a directory without a result", []string{empty}, 1, "no result can be read below"},
		{"a misspelt metric", []string{"--metric", "conect_p99", dir}, 2,
			`--metric: unknown metric "conect_p99"; did you mean "connect_p99"?`},
		{"a misspelt key", []string{"--cell", "concurency=5", dir}, 2,
			`--cell: unknown key "concurency"; did you mean "concurrency"?`},
		{"no value", []string{"--cell", "linger", dir}, 2, `--cell: "linger" is not KEY=VALUE`},
		{"a format", []string{"--format", "xml", dir}, 2, `--format: "xml" is not one of text, json, csv`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(append([]string{"history"}, tt.args...)...)
			if status != tt.status || stdout != "" || !strings.Contains(stderr, tt.says) {
				t.Errorf("history %v = status %d, %q, %q; want status %d, %q", tt.args, status, stdout, stderr,
					tt.status, tt.says)
			}
		})
	}
}
