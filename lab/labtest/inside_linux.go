package labtest

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"tcpbench/lab"
)

// Inside reports whether the test runs in a process as [Enter] makes one. Where it does
// not, it runs once more in such a process, and fails with it.
func Inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(entered) != "" {
		if err := loopbackUp(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.timeout=1m", "-test.v")
	cmd.Env = append(os.Environ(), entered+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := lab.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		t.Errorf("in a new network namespace: %v\n%s", err, &out)
	}
	return false
}
