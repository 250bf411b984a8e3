package cell

import (
	"strings"
	"testing"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// What a program starts itself is looked for too, and everything that is missing is said.
func TestProgramsThatAreMissing(t *testing.T) {
	client := func(needs ...string) Spec {
		sh := scenario.Program{Command: []string{"sh", "-c", "x"}, Needs: needs}
		return Spec{Programs: scenario.Programs{Client: sh}}
	}
	if err := CheckPrograms(client(), client("sh", "true")); err != nil {
		t.Errorf("CheckPrograms of what is here = %v, want no error", err)
	}
	err := CheckPrograms(client("no-such-a", "sh"), client("no-such-b", "no-such-a"))
	if fault.Status(err) != fault.StatusHost {
		t.Fatalf("CheckPrograms = %v, status %d, want %d", err, fault.Status(err), fault.StatusHost)
	}
	for _, name := range []string{"no-such-a", "no-such-b"} {
		if n := strings.Count(err.Error(), `start client: there is no program "`+name+`" here`); n != 1 {
			t.Errorf("CheckPrograms = %v, want %s once", err, name)
		}
	}
	if err := CheckPrograms(Spec{Targets: []string{"tcp://a:1"}, Programs: client("no-such-a").Programs}); err != nil {
		t.Errorf("CheckPrograms without a lab = %v, want no error", err)
	}
}
