package labtest

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tcpbench/lab"
)

// Inside reports whether the test runs in a process as [Enter] makes one. Where it does
// not, it runs once more in such a process, and fails with it.
func Inside(t *testing.T) bool {
	t.Helper()
	if !bare(t, "-test.timeout=1m") {
		return false
	}
	if err := LoopbackUp(); err != nil {
		t.Fatal(err)
	}
	return true
}

// Bare is Inside without any link that is up.
func Bare(t *testing.T) bool {
	t.Helper()
	return bare(t)
}

func bare(t *testing.T, flags ...string) bool {
	t.Helper()
	if os.Getenv(entered) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", append(flags, "-test.run="+exactly(t.Name()), "-test.v")...)
	cmd.Env = append(os.Environ(), entered+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := lab.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Fatalf("in a new network namespace: %v\n%s", err, &out)
	}
	return false
}

// exactly is the -test.run pattern of one test.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
