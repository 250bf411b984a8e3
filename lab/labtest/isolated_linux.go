package labtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// isolated marks the process that nothing is around but what it starts.
const isolated = "TCPBENCH_TEST_ISOLATED"

// Isolated reports whether the test runs in process, mount and network namespaces of its own,
// where a [Snapshot] has nothing of anybody else. Where it does not, it runs once more in such
// namespaces, and fails with it.
func Isolated(t *testing.T, atMost time.Duration) bool {
	t.Helper()
	if os.Getenv(isolated) != "" {
		if err := LoopbackUp(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	command := []string{"unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net"}
	if os.Geteuid() != 0 {
		command = append(command, "--user", "--map-root-user")
	}
	t.Logf("%s", Again(t, atMost, isolated+"=1", command...))
	return false
}

// Again runs the calling test once more, in a process that a command starts with one more
// variable in its environment, and fails with it. It returns what that has said.
func Again(t *testing.T, atMost time.Duration, variable string, command ...string) (out string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(slices.Clone(command), self, "-test.timeout="+atMost.String(), "-test.run="+exactly(t.Name()),
		"-test.v")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), variable)
	b, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(b), "--- PASS: "+t.Name()) {
		t.Fatalf("%s by %q: %v\n%s", variable, command, err, b)
	}
	return string(b)
}
