package main

import (
	"bytes"
	"strings"
	"testing"

	"tcpbench/lab/labtest"
	"tcpbench/results"
)

// command runs the command line and returns its exit status and output.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Main(args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// measure runs `tcpbench run --format json` in a lab and returns its result.
func measure(t *testing.T, args ...string) *results.Run {
	t.Helper()
	return measureTo(t, 0, args...)
}

// measureTo is measure of a run that ends with an exit status.
func measureTo(t *testing.T, want int, args ...string) *results.Run {
	t.Helper()
	args = append([]string{"run", "--format", "json", "-o", t.TempDir() + "/result.json"}, args...)
	status, stdout, stderr := command(args...)
	if status != want {
		t.Fatalf("tcpbench %s: exit status %d, want %d\n%s", strings.Join(args, " "), status, want, stderr)
	}
	r, err := results.Decode([]byte(stdout))
	if err != nil {
		t.Fatalf("tcpbench %s: stdout is not the result and nothing else: %v", strings.Join(args, " "), err)
	}
	return r
}

// linkWithRules reports whether this user can have one; who cannot is told the
// remedy, which it checks.
func linkWithRules(t *testing.T) bool {
	t.Helper()
	return labtest.LinkWithRules(t, func() (int, string) {
		status, _, stderr := command("run", "-n=1", "--link=pass", "-o", t.TempDir()+"/result.json")
		return status, stderr
	})
}
