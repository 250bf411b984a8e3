package cell

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/scenario"
)

// A cell's processes are this test binary under other names.
func TestMain(m *testing.M) {
	Role()
	os.Exit(m.Run())
}

// insideEnv tells a test binary that it is in the namespace made for its test.
const insideEnv = "TCPBENCH_TEST_INSIDE"

// inside reports whether the test runs in a fresh network namespace. If not,
// it runs the test in one, by another process of the same binary, and the
// caller has nothing more to do.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideEnv) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run="+exactly(t.Name()), "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := lab.Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Fatalf("inside: %v\n%s", err, out.String())
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

// opened is the lab of a spec around this process, until the test ends.
func opened(t *testing.T, s Spec) *Place {
	t.Helper()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	p, err := open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// linkWithRules reports whether this user can have one; who cannot is told the
// remedy, which it checks.
func linkWithRules(t *testing.T) bool {
	t.Helper()
	return labtest.LinkWithRules(t, func() (int, string) {
		s := Spec{Workload: scenario.DefaultWorkload()}
		if err := s.Workload.Set("link", "pass"); err != nil {
			t.Fatal(err)
		}
		_, err := Measure(t.Context(), s, nil)
		return fault.Status(err), fmt.Sprint(err)
	})
}
