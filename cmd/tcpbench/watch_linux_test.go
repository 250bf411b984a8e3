package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/host/doctor"
	"tcpbench/host/exporter"
	"tcpbench/host/netns"
	"tcpbench/law/headroom"
	"tcpbench/results"
)

// seen is a view of pairs that use so many ports each, of 1000.
func seen(inUse ...int) headroom.View {
	v := headroom.View{At: time.Date(2026, 9, 21, 10, 0, 0, 0, time.UTC), Capacity: 1000, CapacitySafe: 1000}
	for i, n := range inUse {
		v.InUse += n
		v.Pairs = append(v.Pairs, headroom.Status{
			Source:      netip.MustParseAddr("10.0.0.1"),
			Destination: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), uint16(80+i)),
			InUse:       n,
			Forecast: headroom.Forecast{Outcome: headroom.Balanced, Capacity: 1000, Held: n, Settled: float64(n),
				PortsPerSecond: 10},
		})
	}
	return v
}

func TestLinesTellEveryPair(t *testing.T) {
	var b bytes.Buffer
	v := seen(600, 30)
	v.Other = headroom.Rest{Pairs: 3, InUse: 4, TimeWait: 1}
	if err := textLines(&b)(v); err != nil {
		t.Fatal(err)
	}
	want := "2026-09-21T10:00:00Z 10.0.0.1 -> 10.0.0.2:80 in use 600 of 1000, TIME_WAIT 0, 10/s: settles at 60 %\n" +
		"2026-09-21T10:00:00Z 10.0.0.1 -> 10.0.0.2:81 in use 30 of 1000, TIME_WAIT 0, 10/s: settles at 3 %\n" +
		"2026-09-21T10:00:00Z 3 others in use 4, TIME_WAIT 1\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("textLines (-want +got):\n%s", diff)
	}
	b.Reset()
	if err := textLines(&b)(seen()); err != nil ||
		b.String() != "2026-09-21T10:00:00Z no local port of 1000 is in use\n" {
		t.Errorf("textLines of nothing = %q, %v", b.String(), err)
	}
}

// What is on a terminal after each view is that view alone.
func TestScreenOverdrawsItself(t *testing.T) {
	var b bytes.Buffer
	columns, rows := 110, 20
	s := &screen{painter{w: &b, size: func() (int, int) { return columns, rows }}}
	steps := []struct {
		name    string
		view    headroom.View
		columns int
		rows    int
		begins  string
		lines   int
		has     string
		hasNot  string
	}{
		{"the first is drawn where the cursor is", seen(600, 30), 110, 20, "10:00:00", 5,
			"######....  60 %", "\x1b[2J"},
		{"the next one over it", seen(600), 110, 20, "\x1b[5A\r10:00:00", 4, "free", "\x1b[2J"},
		{"a narrower terminal is cleared, and has no gauge", seen(600), 80, 20, "\x1b[H\x1b[2J10:00:00", 4,
			"settles at 60 %", "held"},
		{"a low one has what fits", seen(600, 500, 400), 80, 4, "\x1b[H\x1b[2J10:00:00", 3, "destination",
			"10.0.0.2:80"},
		{"nothing in use", seen(), 80, 4, "\x1b[3A\r10:00:00", 3, "no local port is in use", "destination "},
	}
	for _, step := range steps {
		b.Reset()
		columns, rows = step.columns, step.rows
		lines := func(columns, rows int) []string { return screenLines(step.view, columns, rows) }
		if err := s.show(lines); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if !strings.HasPrefix(got, step.begins) || strings.Count(got, "\r\n") != step.lines ||
			!strings.Contains(got, step.has) || strings.Contains(got, step.hasNot) {
			t.Errorf("%s: drew %q, want %d lines that begin with %q, with %q, without %q", step.name, got, step.lines,
				step.begins, step.has, step.hasNot)
		}
		if !strings.HasSuffix(got, "\x1b[J") {
			t.Errorf("%s: what was below is not erased: %q", step.name, got)
		}
		for l := range strings.SplitSeq(strings.TrimPrefix(got, step.begins), "\x1b[K\r\n") {
			if len(l) >= step.columns {
				t.Errorf("%s: a line of %d columns would wrap: %q", step.name, len(l), l)
			}
		}
	}
}

func TestRoundsEndWhenThereWereEnough(t *testing.T) {
	n := 0
	o := watching{interval: time.Millisecond, count: 3}
	if err := o.rounds(t.Context(), func() error { n++; return nil }); n != 3 || err != nil {
		t.Errorf("%d rounds, %v, want 3", n, err)
	}
	broken := errors.New("it broke")
	if err := o.rounds(t.Context(), func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("rounds = %v, want the error of the round", err)
	}
}

func TestWatchGoesOnAfterAReadingThatFails(t *testing.T) {
	broken := errors.New("no buffer space available")
	answers := []error{nil, broken, broken, nil, broken}
	var errs bytes.Buffer
	shown := 0
	w := watcher[headroom.View]{
		read: func() (headroom.View, error) {
			err := answers[0]
			answers = answers[1:]
			return headroom.View{}, err
		},
		exporter: exporter.New(),
		show:     func(headroom.View) error { shown++; return nil },
		err:      &errs,
	}
	for range 5 {
		if err := w.round(); err != nil {
			t.Errorf("round = %v, want it to go on", err)
		}
	}
	if got := strings.Count(errs.String(), broken.Error()); shown != 2 || got != 2 {
		t.Errorf("%d views, %d messages, want 2 of each: one message for each time that it breaks\n%s", shown, got,
			errs.String())
	}
	first := watcher[headroom.View]{read: func() (headroom.View, error) { return headroom.View{}, broken },
		exporter: exporter.New()}
	if err := first.round(); !errors.Is(err, broken) {
		t.Errorf("the first round = %v, want the error: this host cannot be read", err)
	}
}

// client waits for a run's process in the client's network namespace.
func client(t *testing.T, run *exec.Cmd) (pid int) {
	t.Helper()
	eventually(t, "the run has a client's process", func() bool {
		for _, p := range descendants(t, run.Process.Pid) {
			if roleOf(p) == "tcpbench-cell" {
				pid = p
				return true
			}
		}
		return false
	})
	return pid
}

// inNamespaceOf is the command in the network namespace of process pid.
func inNamespaceOf(t *testing.T, pid int, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	enter := []string{"--target", strconv.Itoa(pid), "--net"}
	if os.Geteuid() != 0 {
		enter = append(enter, "--user", "--preserve-credentials")
	}
	enter = append(enter, "--", "bash", "-c", fmt.Sprintf("exec -a tcpbench %s \"$@\"", self), "tcpbench")
	return exec.Command("nsenter", append(enter, args...)...)
}

// A load that uses up 1000 ports in 10 s: watch says when, while there is
// time, doctor names the destination, and the run then fails at that moment.
func TestWatchForecastsWhenPortsRunOut(t *testing.T) {
	t.Parallel()
	output := filepath.Join(t.TempDir(), "r.json")
	run := subprocess("run", narrow, "--rate=100", "--until=exhausted", "-z=30s", "-o", output)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	pid := client(t, run)
	eventually(t, "ports are in use", func() bool { return len(views(t, pid, 1)[0].Pairs) == 1 })
	seen := views(t, pid, 4)
	out, err := inNamespaceOf(t, pid, "doctor", "--format=json").Output()
	if err != nil {
		t.Fatalf("doctor: %v", err)
	}
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}
	r, err := results.Read(output)
	if err != nil {
		t.Fatal(err)
	}
	last := seen[len(seen)-1]
	p := last.Pairs[0]
	if p.Outcome != headroom.RunningOut || p.ExhaustedSeconds == nil || p.Capacity != 1000 {
		t.Fatalf("watch says %+v, want it running out of 1000", p)
	}
	forecast := last.At.Add(time.Duration(*p.ExhaustedSeconds * float64(time.Second)))
	really := r.StartedAt.Add(time.Duration(*r.Exhaustion.AfterSeconds * float64(time.Second)))
	if off := forecast.Sub(really).Seconds(); math.Abs(off) > 2 {
		t.Errorf("watch forecast exhaustion for %v, and it was at %v: %.1f s off, want 2 at most",
			forecast, really, off)
	}
	if math.Abs(p.TimeWaitsPerSecond-100) > 10 {
		t.Errorf("watch says %v/s, want about 100", p.TimeWaitsPerSecond)
	}
	var d doctor.Report
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Headroom.Pairs) != 1 {
		t.Fatalf("doctor tells of %+v, want one pair", d.Headroom)
	}
	if q := d.Headroom.Pairs[0]; q.Destination != p.Destination || q.Capacity != 1000 || q.InUse < p.InUse ||
		q.ExhaustedSeconds == nil {
		t.Errorf("doctor says %+v, want %s running out of 1000", q, p.Destination)
	}
	if first := d.First(); first == nil || first.Name != "local ports" || first.Value != 1000 {
		t.Errorf("doctor's first limit is %+v, want 1000 local ports", first)
	}
}

// views are what watch says, so many times, of the ports in the network
// namespace of process pid.
func views(t *testing.T, pid, count int) []headroom.View {
	t.Helper()
	cmd := inNamespaceOf(t, pid, "watch", "--format=json", fmt.Sprintf("--count=%d", count))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("watch: %v\n%s", err, errs.String())
	}
	var all []headroom.View
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var v headroom.View
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("watch wrote %q: %v", out, err)
		}
		all = append(all, v)
	}
}

// Watch looks into another namespace, and into all that there are.
func TestWatchOfOtherNamespaces(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inside := func(args string) string {
		t.Helper()
		// The sleeping process is in a namespace with other settings.
		script := fmt.Sprintf(`exec 3< <(unshare --net bash -c '
echo 40000 40999 >/proc/sys/net/ipv4/ip_local_port_range; echo $$; exec sleep 60')
read pid <&3; (exec -a tcpbench %s %s); s=$?; kill $pid; exit $s`, self, args)
		out, err := exec.Command("unshare", "--user", "--map-root-user", "--net", "bash", "-c", script).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if got := inside("watch --count=1 --pid=$pid"); !strings.Contains(got, "no local port of 1000 is in use") {
		t.Errorf("watch --pid = %q, want the 1000 ports of that namespace", got)
	}
	if got := inside("watch --count=1 --netns=/proc/$pid/ns/net --format=json"); !strings.Contains(got,
		`"capacity":1000,`) {
		t.Errorf("watch --netns = %q, want the 1000 ports of that namespace", got)
	}
	var d doctor.Report
	if err := json.Unmarshal([]byte(inside("doctor --pid=$pid --format=json --rate=100")), &d); err != nil {
		t.Fatal(err)
	}
	if s := d.Subject; s == nil || s.PID == 0 || s.Process != "sleep" || d.Headroom.Capacity != 1000 || d.Files == nil {
		t.Errorf("doctor --pid = %+v of %+v, want 1000 ports of the process that sleeps, and its limits", d.Headroom, s)
	}
	if got := inside("doctor --pid=$pid --rate=100"); !strings.Contains(got, "-n sysctl -w net.ipv4.tcp_tw_reuse=") {
		t.Errorf("doctor --pid = %q, want a remedy in that namespace", got)
	}
	var v netns.View
	if err := json.Unmarshal([]byte(inside("watch --all-netns --count=1 --format=json")), &v); err != nil {
		t.Fatal(err)
	}
	capacity := map[int]int{}
	for _, s := range v.Spaces {
		capacity[s.Headroom.Capacity]++
	}
	if capacity[1000] != 1 || capacity[28232] == 0 {
		t.Errorf("watch --all-netns = %+v, want one with 1000 ports and the own one", v.Spaces)
	}
	if got := inside("watch --all-netns --count=1"); !strings.Contains(got, " without a socket\n") {
		t.Errorf("watch --all-netns = %q, want those without a socket", got)
	}
}

// A process that has ended is not one without ports: watch ends, and says so.
func TestWatchOfAProcessEndsWithIt(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// In the second case the process lives on, in another namespace.
	for process, want := range map[string]string{
		"exec sleep 0.1":              "is there no longer: its process has ended",
		"exec unshare --net sleep 60": "start again to see that one",
	} {
		script := fmt.Sprintf(`mkfifo "$1"; exec 4<>"$1"
exec 3< <(unshare --net bash -c 'echo $$; read line <&4; %s'); read pid <&3
exec 5< <( (exec -a tcpbench %s watch --pid=$pid --interval=50ms -z=20s) 2>&1; echo "status $?")
read first <&5; echo "$first"; echo >&4; cat <&5; kill $pid 2>/dev/null; true`, process, self)
		cmd := exec.Command("unshare", "--user", "--map-root-user", "--net", "bash", "-c", script, "bash",
			filepath.Join(t.TempDir(), "fifo"))
		out, err := cmd.CombinedOutput()
		text := string(out)
		if err != nil || !strings.Contains(text, "no local port of") || !strings.Contains(text, want) ||
			!strings.Contains(text, "status 4") {
			t.Errorf("%s: %v\n%s\nwant a reading, then %q and the exit status 4", process, err, text, want)
		}
	}
}

func TestWatchRefusesNamespacesThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--pid=1", "--netns=x"}, 2, "--pid and --netns are one too many"},
		{[]string{"--all-netns", "--pid=1"}, 2, "leave out --pid and --netns"},
		{[]string{"--all-netns", "--max-netns=0"}, 2, "--max-netns: 0 is less than 1"},
		{[]string{"--pid=-1"}, 2, "--pid: -1 is no process"},
		{[]string{"--netns=there-is-none", "--count=1"}, 2, "/run/netns/there-is-none: no such file or directory"},
	} {
		status, _, stderr := command(append([]string{"watch"}, tt.args...)...)
		if status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("watch %v: status %d, %q, want %d, %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}

func TestTheScreenOfNamespacesFits(t *testing.T) {
	v := netns.View{At: time.Date(2026, 9, 21, 10, 0, 0, 0, time.UTC), Beyond: 3}
	for i := range 30 {
		v.Spaces = append(v.Spaces, netns.Space{Namespace: netns.Namespace{Inode: uint64(i + 1), Process: "sleep"},
			Sockets: 2, Headroom: seen(10)})
	}
	lines := spaceScreen(v, 100, 20)
	text := strings.Join(lines, "\n")
	if len(lines) > 19 {
		t.Errorf("%d lines on a screen of 20:\n%s", len(lines), text)
	}
	for _, want := range []string{"10:00:00  30 network namespaces", "sleep [1]", "settles at 1 %", "others",
		"3 more namespaces than --max-netns watches"} {
		if !strings.Contains(text, want) {
			t.Errorf("the screen lacks %q:\n%s", want, text)
		}
	}
	v.Spaces, v.Beyond = v.Spaces[:1], 1
	for _, want := range []string{"10:00:00  1 network namespace\n", "1 more namespace than --max-netns watches"} {
		if text := strings.Join(spaceScreen(v, 100, 20), "\n"); !strings.Contains(text, want) {
			t.Errorf("the screen of one lacks %q:\n%s", want, text)
		}
	}
	v.Spaces[0].Sockets = 0
	var b bytes.Buffer
	if err := spaceLines(&b)(v); err != nil || !strings.Contains(b.String(), " 1 namespace without a socket\n") {
		t.Errorf("the lines of one without a socket: %v, %q", err, &b)
	}
}

// A host whose settings cannot be read cannot be examined.
func TestWithoutProcSysTheStatusIs4(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"doctor", "watch"} {
		script := fmt.Sprintf("mount -t tmpfs none /proc/sys/net && exec -a tcpbench %s %s", self, command)
		out, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "bash", "-c",
			script).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 4 {
			t.Errorf("%s: %v, want exit status 4", command, err)
		}
		if want := "ip_local_port_range cannot be read, so the ports cannot be counted; " +
			"mount /proc with /proc/sys/net"; !strings.Contains(string(out), want) {
			t.Errorf("%s says %q, want %q", command, out, want)
		}
	}
}

func TestWatchServesPrometheus(t *testing.T) {
	t.Parallel()
	cmd := subprocess("watch", "--interval=50ms", "--listen=127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	lines.Scan()
	url, ok := strings.CutPrefix(lines.Text(), "metrics: ")
	if !ok {
		t.Fatalf("watch says %q, want where the metrics are", lines.Text())
	}
	eventually(t, "a reading is served",
		func() bool { return strings.Contains(get(t, url), "\ntcpbench_ports_capacity ") })
	for _, want := range []string{"tcpbench_readings_total", "process_cpu_seconds_total", "go_goroutines",
		`tcpbench_ports_in_use{destination="other",source="other"}`} {
		if !strings.Contains(get(t, url), want) {
			t.Errorf("%s does not have %s", url, want)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("watch ended with %v, want exit status 0", err)
	}
	if stdout.Len() != 0 {
		t.Errorf("stdout = %q, want nothing: Prometheus is who looks", stdout.String())
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
