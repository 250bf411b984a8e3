package labtest

import (
	"bytes"
	"os"
	"os/exec"
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
		if err := loopbackUp(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net"}
	if os.Geteuid() != 0 {
		flags = append(flags, "--user", "--map-root-user")
	}
	cmd := exec.Command("unshare", append(flags, self, "-test.timeout="+atMost.String(),
		"-test.run="+exactly(t.Name()), "-test.v")...)
	cmd.Env = append(os.Environ(), isolated+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Fatalf("in namespaces of its own: %v\n%s", err, &out)
	}
	t.Logf("%s", &out)
	return false
}
