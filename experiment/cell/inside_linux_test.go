package cell

import (
	"fmt"
	"os"
	"testing"

	"tcpbench/internal/fault"
	"tcpbench/lab/labtest"
	"tcpbench/scenario"
)

// A cell's processes are this test binary under other names.
func TestMain(m *testing.M) {
	Role()
	os.Exit(m.Run())
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
