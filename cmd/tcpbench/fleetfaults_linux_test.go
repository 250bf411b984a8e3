package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/results"
)

// faultyFleet is three agents, the second of which something happens to.
type faultyFleet struct {
	*testing.T
	program string
	dir     string
	target  testHost
	agents  []*exec.Cmd
}

const faultyHub = coordinatorAddr + ":4222"

// openFaulty starts the agents; limits is what a shell does before it becomes the second one.
func openFaulty(t *testing.T, limits string) *faultyFleet {
	t.Helper()
	f := &faultyFleet{T: t, program: namedTcpbench(t), dir: t.TempDir()}
	var hosts []testHost
	f.target, hosts = hostsWithTarget(t, f.program)
	makeKeys(t, f.program, f.dir+"/keys", []string{"a", "b", "c"})
	for i, name := range []string{"a", "b", "c"} {
		words := []string{f.program, "agent", "--nats", "tls://" + faultyHub, "--creds",
			f.dir + "/keys/agents/" + name + ".creds", "--name", name, "--dir", f.dir + "/" + name,
			"--allow-target", "10.77.0.0/24"}
		if i == 1 && limits != "" {
			words = []string{"sh", "-c", limits + "; exec " + strings.Join(words, " ")}
		}
		cmd := hosts[i].inside(words...)
		background(t, cmd)
		f.agents = append(f.agents, cmd)
	}
	return f
}

// coordinator is `tcpbench fleet` with a command and its arguments.
func (f *faultyFleet) coordinator(words ...string) *exec.Cmd {
	words = append([]string{"fleet", words[0], "--listen", faultyHub, "--keys", f.dir + "/keys", "--dir",
		f.dir + "/fleet", "-o", f.dir + "/r.json"}, words[1:]...)
	return exec.Command(f.program, words...)
}

// load is a run of so many seconds by all three.
func (f *faultyFleet) load(seconds int, more ...string) *exec.Cmd {
	return f.coordinator(append([]string{"run", "--names=a,b,c", "-c=6", "--rate=300", "--linger=0", "--interval=200ms",
		fmt.Sprintf("-z=%ds", seconds), targetAddr + ":" + targetPort}, more...)...)
}

// started starts a command, and returns what it says on stderr.
func (f *faultyFleet) started(cmd *exec.Cmd) *bytes.Buffer {
	f.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := lab.StartHelper(cmd); err != nil {
		f.Fatal(err)
	}
	return &said
}

func (f *faultyFleet) result() *results.Run {
	f.Helper()
	r, err := results.Read(f.dir + "/r.json")
	if err != nil {
		f.Fatal(err)
	}
	return r
}

func (f *faultyFleet) accepted() int64 { return f.target.counter(f.T, "Tcp", "PassiveOpens") }

// loading waits until the target has had some load.
func (f *faultyFleet) loading() {
	f.Helper()
	before := f.accepted()
	eventually(f.T, "the load goes on", func() bool { return f.accepted() > before+200 })
}

// quiet waits until nothing comes to the target any more.
func (f *faultyFleet) quiet() {
	f.Helper()
	last := int64(-1)
	eventually(f.T, "no load comes any more", func() bool {
		now := f.accepted()
		same := now == last
		last = now
		time.Sleep(300 * time.Millisecond)
		return same
	})
}

// An agent that is killed, or stopped, is named, the run ends, and so does the load of all:
// that of a stopped agent, too, whose process hears nothing of anybody.
func TestAnAgentThatIsLostIsNamedAndItsLoadEnds(t *testing.T) {
	for name, signal := range map[string]unix.Signal{"killed": unix.SIGKILL, "stopped": unix.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !labtest.Inside(t) {
				return
			}
			f := openFaulty(t, "")
			cmd := f.load(60)
			said := f.started(cmd)
			f.loading()
			begun := time.Now()
			if err := f.agents[1].Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			took := time.Since(begun)
			if cmd.ProcessState.ExitCode() != 1 || took > 20*time.Second ||
				!strings.Contains(said.String(), "agent b is lost: nothing was heard of it for 2.5s") {
				t.Errorf("after %v: %v, want exit status 1, and soon, for the loss of b\n%s", took, err, said)
			}
			r := f.result()
			a, b, c := r.Agent("a"), r.Agent("b"), r.Agent("c")
			if !r.Degraded || b.Lost == nil || a.Lost != nil || c.Totals == nil {
				t.Errorf("degraded: %v, a %+v, b %+v; want b lost, and the others' results", r.Degraded, a.Lost, b.Lost)
			}
			f.quiet()
			_ = f.agents[1].Process.Signal(unix.SIGCONT) // so that it can be ended
		})
	}
}

// A coordinator that is killed loses nothing: agents end their load, and keep what they
// measured until it is collected, once.
func TestAFleetWhoseCoordinatorWasKilledIsCollected(t *testing.T) {
	t.Parallel()
	if !labtest.Inside(t) {
		return
	}
	f := openFaulty(t, "")
	before := f.accepted()
	cmd := f.load(60)
	f.started(cmd)
	f.loading()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	f.quiet()
	collect := f.coordinator("collect", "--force")
	if out, err := collect.CombinedOutput(); collect.ProcessState.ExitCode() != 130 {
		t.Fatalf("fleet collect: %v, want that of a run that was interrupted\n%s", err, out)
	}
	r := f.result()
	if got := f.accepted() - before; r.Totals.Attempted != got || !r.Interrupted || r.Degraded || len(r.Agents) != 3 {
		t.Errorf("%d connections of %d agents, interrupted %v, degraded %v; the target accepted %d, want all of them",
			r.Totals.Attempted, len(r.Agents), r.Interrupted, r.Degraded, got)
	}
	again := f.coordinator("collect", "--force")
	if out, _ := again.CombinedOutput(); again.ProcessState.ExitCode() != 2 {
		t.Errorf("fleet collect once more: %v, want that there is nothing\n%s", again.ProcessState, out)
	}
}

// An agent whose lines nobody reads any more measures all the same.
func TestAnAgentOutlivesTheReaderOfItsLines(t *testing.T) {
	t.Parallel()
	target, accepted := labtest.Accepting(t)
	hub := freeLoopback(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	agent := subprocess("agent", "--once", "--nats", "nats://"+hub, "--name=a", "--dir", t.TempDir(),
		"--allow-target=127.0.0.1")
	agent.Stderr = w
	r.Close() // from its first line on
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	dir := t.TempDir()
	out, err := subprocess("fleet", "run", "--listen", hub, "--dir", dir+"/fleet", "-o", dir+"/r.json", "-n=20",
		"--request-size=0", "--response-size=0", strings.TrimPrefix(target, "tcp://")).CombinedOutput()
	if err != nil || accepted.Load() != 20 {
		t.Errorf("%v, and the target accepted %d, want 20\n%s", err, accepted.Load(), out)
	}
	_ = agent.Process.Kill() // where it has not ended
	_ = agent.Wait()
}

// freeLoopback is an address on loopback where nobody listens.
func freeLoopback(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// An agent that cannot write its result has it in memory, and says so.
func TestAnAgentWhoseDiskIsFullHandsItsResultOver(t *testing.T) {
	t.Parallel()
	if !labtest.Inside(t) {
		return
	}
	f := openFaulty(t, "ulimit -f 3") // of 512 bytes or 1024
	before := f.accepted()
	cmd := f.load(1)
	said := f.started(cmd)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	r := f.result()
	told := fmt.Sprint(r.Warnings)
	if b := r.Agent("b"); b.Totals == nil || r.Degraded || !strings.Contains(told, "agent b: ") ||
		!strings.Contains(told, "file too large") || r.Totals.Attempted != f.accepted()-before {
		t.Errorf("b has %+v, %d connections in all, warnings %s; want all, and why b kept nothing", b.Totals,
			r.Totals.Attempted, told)
	}
}

// A result that no disk took is made once more of what the agents measured, by the command that
// is told.
func TestAResultThatIsLostIsCollected(t *testing.T) {
	t.Parallel()
	target, accepted := labtest.Accepting(t)
	hub, dir := freeLoopback(t), t.TempDir()
	agent := subprocess("agent", "--once", "--nats", "nats://"+hub, "--name=a", "--dir", dir+"/a",
		"--allow-target=127.0.0.1")
	background(t, agent)
	run := subprocess("fleet", "run", "--listen", hub, "--dir", dir+"/fleet", "-o", "/dev/full", "-n=20",
		"--request-size=0", "--response-size=0", strings.TrimPrefix(target, "tcp://"))
	run.Env = append(os.Environ(), "TMPDIR=/nonexistent")
	out, err := run.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the result is lost") {
		t.Fatalf("%v, want that the result is lost\n%s", err, out)
	}
	_, command, _ := strings.Cut(string(out), "`tcpbench ")
	command, _, _ = strings.Cut(command, "`")
	collect := subprocess(append(strings.Fields(command), "-o", dir+"/r.json")...)
	if out, err := collect.CombinedOutput(); err != nil || !strings.Contains(command, "--listen "+hub) {
		t.Fatalf("%s: %v, want that it listens where the run did\n%s", command, err, out)
	}
	if r, err := results.Read(dir + "/r.json"); err != nil || r.Totals.Succeeded != 20 || accepted.Load() != 20 {
		t.Errorf("collected %+v, %v, of %d connections; want all 20", r, err, accepted.Load())
	}
}

// Of two runs the second's result is lost: that one is collected, and the first not once more.
func TestTheOneOfTwoResultsThatIsLostIsCollected(t *testing.T) {
	t.Parallel()
	target, _ := labtest.Accepting(t)
	hub, dir := freeLoopback(t), t.TempDir()
	background(t, subprocess("agent", "--once", "--nats", "nats://"+hub, "--name=a", "--dir", dir+"/a",
		"--allow-target=127.0.0.1"))
	run := subprocess("fleet", "run", "--listen", hub, "--dir", dir+"/fleet", "-o", dir+"/out", "--repeat=2", "-z=2s",
		"-r=20", "--linger=0", "--request-size=0", "--response-size=0", strings.TrimPrefix(target, "tcp://"))
	run.Env = append(os.Environ(), "TMPDIR=/nonexistent")
	said := background(t, run)
	eventually(t, "the journal of the second run", func() bool {
		f, err := os.Stat(results.JournalPath(dir + "/out/2.json"))
		return err == nil && f.Size() > 0 // before, the run may still look for it
	})
	if err := errors.Join(os.Rename(dir+"/out", dir+"/away"), os.WriteFile(dir+"/out", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err == nil || !strings.Contains(said.String(), "the result is lost") {
		t.Fatalf("%v, want that the result is lost\n%s", err, said)
	}
	collect := subprocess("fleet", "collect", "--listen", hub, "--dir", dir+"/fleet", "-o", dir+"/r.json")
	if out, err := collect.CombinedOutput(); err != nil {
		t.Fatalf("%v, want one run collected\n%s", err, out)
	}
	if r, err := results.Read(dir + "/r.json"); err != nil || r.Repeat != 2 {
		t.Errorf("collected %+v, %v, want the second run", r, err)
	}
}

// A signal while agents are waited for is an interruption, whoever starts them.
func TestAFleetThatWaitsIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{nil, {"--hosts=web-1", "--launch=sleep 60"}} {
		words := append([]string{"fleet", "run", "--wait=1m", "--dir", t.TempDir(), "127.0.0.1:9"}, more...)
		cmd := subprocess(words...)
		said := background(t, cmd)
		time.Sleep(time.Second) // until it waits; the signal is heeded before, too
		if err := cmd.Process.Signal(unix.SIGINT); err != nil {
			t.Fatal(err)
		}
		if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
			t.Errorf("%v: %v, want exit status 130\n%s", more, cmd.ProcessState, said)
		}
	}
}
