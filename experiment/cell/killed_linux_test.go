package cell

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"tcpbench/lab"
	"tcpbench/results"
)

// What fails after a process of the lab was killed is a consequence: a device that is not
// there any more, a pipe that nobody reads.
func TestAKilledPeerIsTheCause(t *testing.T) {
	p := Place{server: mustStart(t, "server", serverRole), nat: mustStart(t, "nat", natRole)}
	defer p.server.close()
	if err := p.killed(); err != nil {
		t.Errorf("killed() = %v of two that live, want nil", err)
	}
	if err := syscall.Kill(p.nat.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	defer p.nat.close()
	if err := p.killed(); err == nil || err.Error() != "the lab's nat died: signal: killed" {
		t.Errorf("killed() = %v, want the one that was killed", err)
	}
}

func mustStart(t *testing.T, name, role string) *peer {
	t.Helper()
	p, err := startPeer(name, role, lab.StartPeer)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A result that was told is whole, however the process ends.
func TestAResultOutlivesItsProcess(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0": "", "kill -9 $$": "signal: killed", "echo out of luck >&2; exit 7": "out of luck",
	} {
		c := &client{cmd: exec.Command("sh", "-c", script)}
		c.cmd.Stderr = &c.stderr
		var err error
		if c.stdin, err = c.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r, err := c.end(&results.Run{}, nil)
		if r == nil || err != nil {
			t.Fatalf("%q: end() = %v, %v, want the result", script, r, err)
		}
		said := ""
		for _, w := range r.Warnings {
			said += w.Code + ": " + w.Text
		}
		if !strings.Contains(said, want) || (said == "") != (want == "") {
			t.Errorf("%q: warnings %q, want %q in them", script, said, want)
		}
	}
}
