package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpbench/lab/labtest"
	"tcpbench/results"
)

// faultRow is a way to break the program, and what must hold then: nothing measured is lost,
// or the message says so; nothing is left behind; a clear word; the right exit status.
type faultRow struct {
	name string
	// times is how often it is tried by make faults; 0 is once. In the default tests it is
	// tried once, if it is quick.
	times int
	quick bool
	try   func(*trial)
}

// faultRows are all of them.
func faultRows() []faultRow {
	return slices.Concat(killRows(), stopRows(), diskRows(), limitRows(), serverRows(), terminalRows(), twiceRows())
}

// faultsEnv asks for rows as often as they say: a regular expression that names have, or
// faultsWhole, for all, which writes faultsDoc then.
const (
	faultsEnv   = "FAULTS"
	faultsWhole = "whole"
	faultsDoc   = "../../docs/faults.md"
)

// tries is how often a row is tried, by what is asked for.
func (r faultRow) tries(asked string) int {
	switch {
	case asked == "" && r.quick:
		return 1
	case asked == faultsWhole, asked != "" && regexp.MustCompile(asked).MatchString(r.name):
		return max(r.times, 1)
	default:
		return 0
	}
}

// TestFaults tries them, in namespaces where nothing else is. It is not parallel: what others
// leave would be seen.
func TestFaults(t *testing.T) {
	asked := os.Getenv(faultsEnv)
	limit := 3 * time.Minute
	if asked != "" {
		limit = time.Hour
	}
	if !labtest.Isolated(t, limit) {
		return
	}
	report := newFaultReport()
	for _, row := range faultRows() {
		times := row.tries(asked)
		if times == 0 {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			for i := range times {
				report.add(row.name, tried(t, row, uint64(i)))
			}
		})
	}
	t.Logf("\n%s", report.table())
	if asked == faultsWhole && !t.Failed() {
		if err := os.WriteFile(faultsDoc, []byte(report.document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// trial is one time that a fault is tried.
type trial struct {
	*testing.T
	dir  string // its own: "out" is where results go, "tmp" is for temporary files
	rand *rand.Rand

	// made is how often the fault was, where one trial makes it again and again; else 0.
	made int
	// untried is why it cannot be made here; else "".
	untried string

	lost string // what was, by the program's own word; "" nothing
	kept []string
}

// times is how often the fault was made.
func (f *trial) times() int {
	if f.untried != "" {
		return 0
	}
	return max(f.made, 1)
}

// tried tries a fault once, and looks at what is left behind.
func tried(t *testing.T, row faultRow, seed uint64) *trial {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"out", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f := &trial{T: t, dir: dir, rand: rand.New(rand.NewPCG(seed, 1))}
	looked := []string{filepath.Join(dir, "tmp"), "/run", "/dev/shm", "/var/tmp"}
	before := labtest.Take(t, looked...)
	row.try(f)
	var since []string
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		since = slices.DeleteFunc(labtest.Take(t, looked...).Since(before), func(line string) bool {
			return slices.ContainsFunc(f.kept, func(path string) bool {
				return strings.HasPrefix(path, strings.TrimPrefix(line, "+ file "))
			})
		})
		if len(since) == 0 || time.Now().After(end) {
			break
		}
	}
	if len(since) > 0 {
		t.Errorf("left behind:\n%s", strings.Join(since, "\n"))
	}
	return f
}

// broken is a command that is being broken.
type broken struct {
	f         *trial
	cmd       *exec.Cmd
	out, errs bytes.Buffer
	output    string // where its result goes
	done      chan struct{}
	began     time.Time
}

// path is a file of the trial.
func (f *trial) path(name string) string { return filepath.Join(f.dir, name) }

// command is one of the program's, with the trial's directory for temporary files.
func (f *trial) command(args ...string) *broken {
	b := &broken{f: f, cmd: subprocess(args...), output: f.path("out/r.json"), done: make(chan struct{})}
	b.cmd.Env = append(os.Environ(), "TMPDIR="+f.path("tmp"))
	b.cmd.Stdout, b.cmd.Stderr = &b.out, &b.errs
	return b
}

// load is a run that keeps its result, with a line for each interval.
func (f *trial) load(more ...string) *broken {
	return f.command(append([]string{"run", "--linger=0", "-c=2", "-z=1s", "--interval=50ms", "--progress=plain",
		"-o", f.path("out/r.json")}, more...)...)
}

// start starts it; it is killed at the end of the test if it is still there then.
func (b *broken) start() *broken {
	b.f.Helper()
	b.began = time.Now()
	if err := b.cmd.Start(); err != nil {
		b.f.Fatal(err)
	}
	go func() { _ = b.cmd.Wait(); close(b.done) }() // ends with the process
	b.f.Cleanup(func() { _ = b.cmd.Process.Kill(); <-b.done })
	return b
}

// within waits until it has ended. What has not ended by then hangs.
func (b *broken) within(d time.Duration) *broken {
	b.f.Helper()
	select {
	case <-b.done:
	case <-time.After(d):
		_ = b.cmd.Process.Signal(syscall.SIGQUIT) // where it hangs
		time.Sleep(time.Second)
		_ = b.cmd.Process.Kill()
		<-b.done
		b.f.Fatalf("%v hangs: it has not ended in %v; stderr: %s", b.cmd.Args, d, &b.errs)
	}
	return b
}

// ended checks its exit status and what it said.
func (b *broken) ended(status []int, says ...string) {
	b.f.Helper()
	got := b.cmd.ProcessState.ExitCode()
	if !slices.Contains(status, got) {
		b.f.Errorf("%v: exit status %d, want one of %v; stderr: %s", b.cmd.Args, got, status, &b.errs)
	}
	for _, want := range says {
		if !regexp.MustCompile(want).MatchString(b.errs.String()) {
			b.f.Errorf("%v: stderr = %q, want it to say %q", b.cmd.Args, &b.errs, want)
		}
	}
	b.clear()
}

// clear fails where it said what nobody can understand.
func (b *broken) clear() {
	b.f.Helper()
	for _, riddle := range []string{"panic:", "goroutine ", "runtime error", "%!", "<nil>", "fatal error:"} {
		if strings.Contains(b.errs.String(), riddle) {
			b.f.Errorf("%v: stderr = %s, want a clear word", b.cmd.Args, &b.errs)
		}
	}
}

// shown is how far it told that it had come.
func (b *broken) shown() time.Duration {
	var d time.Duration
	for _, m := range regexp.MustCompile(`(?m)^([0-9.]+) (m?s)  .*conn/s`).FindAllStringSubmatch(b.errs.String(), -1) {
		d, _ = time.ParseDuration(m[1] + m[2]) // it is one
	}
	return d
}

// going waits until there are intervals in its journal.
func (b *broken) going() *broken {
	b.f.Helper()
	eventually(b.f.T, "the journal has an interval", func() bool { return b.journaled() > 0 })
	return b
}

// journaled is how far its journal goes; 0 without one.
func (b *broken) journaled() time.Duration {
	intervals, err := journalOf(b.output)
	if err != nil || len(intervals) == 0 {
		return 0
	}
	return time.Duration(intervals[len(intervals)-1].TS * float64(time.Second))
}

// kept is how far what is kept goes: the result, wherever it was written, or the journal. whole
// says that it is a result.
func (b *broken) kept() (far time.Duration, whole bool) {
	far = b.journaled()
	paths := []string{b.output}
	for _, m := range regexp.MustCompile(`was kept as (\S+)`).FindAllStringSubmatch(b.errs.String(), -1) {
		paths = append(paths, m[1])
		b.f.kept = append(b.f.kept, m[1])
	}
	for _, path := range paths {
		if r, err := results.Read(path); err == nil && len(r.Intervals) > 0 {
			far, whole = max(far, time.Duration(r.Intervals[len(r.Intervals)-1].TS*float64(time.Second))), true
		}
	}
	return far, whole
}

// nothingLost checks that what was shown is in a result or in a journal, or that the message
// says what is lost.
func (b *broken) nothingLost() {
	b.f.Helper()
	kept, whole := b.kept()
	shown := b.shown()
	if kept > 0 && !whole {
		b.f.lost = "the interval under way, and histograms: a journal is left"
	}
	if word := regexp.MustCompile(`[^;\n]*\blost\b[^;\n]*`).FindString(b.errs.String()); word != "" {
		b.f.lost = strings.TrimSpace(word)
		return
	}
	const digits = 10 * time.Millisecond // as they are shown
	if kept+digits < shown {
		b.f.Errorf("%v of the run were shown and %v kept; stderr: %s", shown, kept, &b.errs)
	}
}

// mustHaveResult checks that the result is there and whole.
func (b *broken) mustHaveResult() {
	b.f.Helper()
	if r, err := results.Read(b.output); err != nil || r.Totals.Attempted == 0 {
		b.f.Errorf("the result: %v, want it kept; stderr: %s", err, &b.errs)
	}
}

// mustKeep checks that there is a result or a journal with intervals.
func (b *broken) mustKeep() {
	b.f.Helper()
	if _, err := os.Stat(b.output); err == nil {
		b.mustHaveResult()
		return
	}
	if intervals, err := journalOf(b.output); err != nil || len(intervals) == 0 {
		b.f.Errorf("there is no result, and the journal has %d intervals, %v, want those until then", len(intervals),
			err)
	}
}

// pid is the process of the command that has a role; 0 where there is none.
func (b *broken) pid(role string) int {
	if role == "tcpbench" {
		return b.cmd.Process.Pid
	}
	for _, pid := range descendants(b.f.T, b.cmd.Process.Pid) {
		if roleOf(pid) == role {
			return pid
		}
	}
	return 0
}

// hit sends a signal to a process of the command, a while after it is there. On a busy machine
// all may be over before it is seen: 0 then.
func (b *broken) hit(role string, sig syscall.Signal, after time.Duration) (pid int) {
	b.f.Helper()
	eventually(b.f.T, role+" is there", func() bool {
		select {
		case <-b.done:
			return true
		default:
		}
		pid = b.pid(role)
		return pid != 0
	})
	if pid == 0 {
		return 0
	}
	time.Sleep(after)
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		b.f.Fatal(err)
	}
	return pid
}

// faultReport is what became of all trials.
type faultReport struct {
	order  []string
	trials map[string][]*trial
}

func newFaultReport() *faultReport { return &faultReport{trials: map[string][]*trial{}} }

func (r *faultReport) add(name string, f *trial) {
	if len(r.trials[name]) == 0 {
		r.order = append(r.order, name)
	}
	r.trials[name] = append(r.trials[name], f)
}

// table has a row for each fault. What is left behind fails the test, and is nothing here.
func (r *faultReport) table() string {
	var b strings.Builder
	b.WriteString("| fault | tried | lost | left behind |\n| --- | --- | --- | --- |\n")
	for _, name := range r.order {
		times, lost := 0, "nothing"
		for _, f := range r.trials[name] {
			times += f.times()
			lost = cmp.Or(f.untried, f.lost, lost)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | nothing |\n", name, times, lost)
	}
	return b.String()
}

func (r *faultReport) document() string {
	return "# Faults\n\n`make faults` breaks the program in these ways and wrote this page. After each, every " +
		"interval\nthat was shown is in the result or in the journal, or the message says what is lost; the " +
		"exit\nstatus is the right one; and processes, namespaces, devices, mounts, the network's sysctls, " +
		"control\ngroups and temporary files are as they were before. The clock, which is all of the machine's,\n" +
		"is set back and forth by an hour in a virtual one, by `make kernels`.\n\n" +
		"*Tried* counts each size of a disk, each limit, and each way to measure a server; *lost* is what " +
		"some of\nthose times lost. `report` and `plot` show what a [journal](results.md) has. When agents of a " +
		"fleet are lost:\n[fleet.md](fleet.md#when-an-agent-is-lost).\n\n" + r.table()
}
