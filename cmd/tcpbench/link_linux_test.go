package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
)

// A link through user space has the law of any other, to the port.
func TestALinkThroughUserSpaceIsALink(t *testing.T) {
	if !linkWithRules(t) {
		return
	}
	for _, engine := range engines(t) {
		for _, ip := range []string{"4", "6"} {
			t.Run(engine+" over IPv"+ip, func(t *testing.T) {
				t.Parallel()
				r := measure(t, narrow, "--until=exhausted", "--link=pass", "--engine="+engine, "--ip="+ip)
				checkLimit(t, limit{after: 1000, failure: noAddress, client: map[string]int64{"TcpExtTW": 1000},
					timeWait: 1000}, r)
				if r.Kernel.Server["TcpPassiveOpens"] != 1000 {
					t.Errorf("server TcpPassiveOpens = %d, want 1000", r.Kernel.Server["TcpPassiveOpens"])
				}
				if diff := cmp.Diff([]results.LinkRule{{Rule: "pass"}}, r.Link); diff != "" {
					t.Errorf("link (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// connections are the packets of each connection, which there must be n of.
func connections(t *testing.T, r *results.Run, n int) [][]results.Packet {
	t.Helper()
	out := results.ByConnection(r.Packets)
	if len(out) != n {
		t.Fatalf("the capture has %d connections, want %d: %s", len(out), n, results.FlagsInOrder(r.Packets))
	}
	return out
}

// did is what the only rule of a run did.
func did(t *testing.T, r *results.Run) results.LinkRule {
	t.Helper()
	if len(r.Link) != 1 {
		t.Fatalf("link = %v, want one rule", r.Link)
	}
	return r.Link[0]
}

func TestADelayIsOneWay(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=delay 20ms", "-n=50", "-c=10")
	for name, us := range map[string]float64{"connect": r.Latency.Connect.MinUS, "request": r.Latency.Request.MinUS} {
		if us < 40_000 || us > 75_000 { // 80 ms would be both ways
			t.Errorf("the shortest %s took %.0f us over a link of 20 ms each way, want 40 ms and little more", name, us)
		}
	}
	if p50 := r.Latency.Connect.P50US; p50 > 200_000 {
		t.Errorf("connect p50 = %.0f us, want about 40 ms", p50)
	}
}

// The server's FIN is sent again where the last ACK was lost (RFC 9293,
// 3.10.7.4), and the client's TIME_WAIT answers it.
func TestALostLastACK(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	// Without an answer the client's ACKs are of the handshake, and the last.
	r := measure(t, "--link=drop ack from client nth 2 each", "-n=5", "-c=1", "--response-size=0", "--capture=1000")
	if got := did(t, r).Matched; got != 5 {
		t.Errorf("%d ACKs were lost, want one of each of 5 connections", got)
	}
	for _, c := range connections(t, r, 5) {
		if got := results.FlagsInOrder(c); strings.Count(got, "<F.") != 2 || !strings.HasSuffix(got, ">. <F. >.") {
			t.Errorf("packets = %s, want the server's FIN twice, each answered", got)
		}
	}
	if got := r.Kernel.Server["TcpRetransSegs"]; got < 5 {
		t.Errorf("server TcpRetransSegs = %d, want a FIN of each of 5 connections", got)
	}
}

func TestALostSYNCostsASecond(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=drop syn nth 1", "-n=3", "-c=1", "--capture=100")
	if got := r.Latency.Connect.MaxUS; got < 1e6 || got > 1.9e6 {
		t.Errorf("the longest connect took %.0f us, want a second: TCP_TIMEOUT_INIT", got)
	}
	if got := results.FlagsInOrder(connections(t, r, 3)[0]); !strings.HasPrefix(got, ">S >S <S. >.") {
		t.Errorf("packets = %s, want the SYN twice", got)
	}
}

func TestADuplicateArrivesTwice(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=duplicate data from server nth 1 after 100ms", "-n=1", "-c=1", "--capture=100")
	var at []float64
	for _, p := range r.Packets {
		if p.From == results.FromServer && p.Bytes == 64 && *p.Seq == 1 {
			at = append(at, p.AtS)
		}
	}
	if len(at) != 2 || at[1]-at[0] < 0.1 {
		t.Errorf("the answer arrived at %v s, want twice, 0.1 s apart", at)
	}
	if got := did(t, r); got.Matched != 1 || got.Sent != 1 {
		t.Errorf("link = %v, want 1 matched, 1 sent", got)
	}
}

func TestASegmentIsHeldUntilAnotherHasPassed(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	// The second connection is only begun since the first one's request times out.
	r := measure(t, "--link=hold data from client nth 1 until syn nth 2", "-n=2", "-c=1", "--timeout=150ms",
		"--capture=100")
	if got := did(t, r); got.Matched != 1 || got.Sent != 1 {
		t.Errorf("link = %v, want 1 matched, 1 sent", got)
	}
	if r.Totals.Errors["request: TIMEOUT"]+r.Totals.Errors["recv: TIMEOUT"] != 1 {
		t.Errorf("errors = %v, want one request that timed out", r.Totals.Errors)
	}
}

// An old segment meets the next connection with the same addresses and ports.
func TestAReplayIntoAReusedTuple(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=replay data from client nth 1 each on ack from client nth 1 each",
		"-n=4", "-c=1", "--linger=0", "--capture=200", "--port-select=walk",
		"--sysctl=net.ipv4.ip_local_port_range=40000 40000")
	if got := did(t, r); got.Matched != 4 || got.Sent != 3 {
		t.Errorf("link = %v, want 4 kept and 3 sent, one into each further connection", got)
	}
	connections(t, r, 4)
	if r.Totals.Succeeded != 4 || r.Delivery.ArrivedBytes != 4*64 {
		t.Errorf("%d connections succeeded, %d bytes arrived, want 4 and 256: the old segments are refused",
			r.Totals.Succeeded, r.Delivery.ArrivedBytes)
	}
}

func TestStaleReplaysSayHowManyFitTheWindow(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	r := measure(t, "--link=replay stale", "-n=4", "-c=1", "--linger=0", "--port-select=walk",
		"--sysctl=net.ipv4.ip_local_port_range=40000 40000")
	if got := did(t, r); got.Matched != 3 || got.Sent != 0 {
		t.Errorf("link = %v, want 3 uses again and none sent: Linux begins behind what it sent", got)
	}
}

// tcp_tw_reuse=2 is for loopback alone.
func TestTheDefaultReuseIsForLoopback(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	for _, ip := range []string{"4", "6"} {
		t.Run("IPv"+ip, func(t *testing.T) {
			t.Parallel()
			args := []string{narrow, "--until=exhausted", "--on-exhausted=continue", "-z=2500ms", "--ip=" + ip}
			r := measure(t, append(args, "--link=loopback")...)
			ranOutBefore(t, r, 1000, time.Second)
			if got := r.Kernel.Client["TcpExtTWRecycled"]; got == 0 || got != r.Totals.Succeeded-1000 {
				t.Errorf("loopback: TcpExtTWRecycled = %d of %d connections, want all but the first 1000", got,
					r.Totals.Succeeded)
			}
			if r.Kernel.Server != nil || r.Environment.ServerSysctls != nil {
				t.Errorf("loopback: kernel.server = %v, want none: both sides are in one namespace", r.Kernel.Server)
			}
			r = measure(t, args...)
			if got := r.Kernel.Client["TcpExtTWRecycled"]; got != 0 || r.Totals.Succeeded != 1000 {
				t.Errorf("veth: TcpExtTWRecycled = %d of %d connections, want 0 of 1000", got, r.Totals.Succeeded)
			}
		})
	}
}

// tcpdump reads the file, and sees what the result says.
func TestACaptureIsWhatTcpdumpSees(t *testing.T) {
	tests := []struct {
		name string
		args []string
	}{
		{"a veth pair", nil},
		{"IPv6", []string{"--ip=6"}},
		{"loopback", []string{"--link=loopback"}},
		{"loopback and IPv6", []string{"--link=loopback", "--ip=6"}},
		{"user space", []string{"--link=pass"}},
		{"user space and IPv6", []string{"--link=pass", "--ip=6"}},
		{"segments longer than what is kept of them", []string{"--request-size=100000", "--link=pass"}},
		{"RST", []string{"--linger=0"}},
		{"the first ones alone", []string{"--capture=7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if slices.Contains(tt.args, "--link=pass") && !linkWithRules(t) {
				return
			}
			path := filepath.Join(t.TempDir(), "r.json")
			r := measure(t, append([]string{"-n=5", "-c=1", "--capture=10000", "-o", path}, tt.args...)...)
			out, err := exec.Command("tcpdump", "-nn", "-r", results.PcapPath(path)).Output()
			if err != nil {
				t.Fatalf("tcpdump -r: %v", err)
			}
			var seen, kept []string
			for line := range strings.Lines(string(out)) {
				_, after, _ := strings.Cut(line, "Flags [")
				flags, _, _ := strings.Cut(after, "]")
				seen = append(seen, flags)
			}
			for _, p := range r.Packets {
				kept = append(kept, p.Flags)
			}
			if diff := cmp.Diff(seen, kept); diff != "" || len(seen) == 0 {
				t.Errorf("flags (-tcpdump +result):\n%s", diff)
			}
			if tt.name == "the first ones alone" {
				if len(kept) != 7 {
					t.Errorf("%d packets, want 7", len(kept))
				}
				return
			}
			for _, c := range connections(t, r, 5) {
				if got := results.FlagsInOrder(c); !strings.HasPrefix(got, ">S <S. >. >") {
					t.Errorf("packets = %s, want a handshake first", got)
				}
				if c[0].AtS < 0 || c[len(c)-1].AtS > r.DurationS+r.DrainS+1 {
					t.Errorf("packets are from %v s to %v s, want them within the run of %v s", c[0].AtS,
						c[len(c)-1].AtS, r.DurationS)
				}
			}
		})
	}
}

// Where nobody computes them later, the kernel has computed the checksums.
func TestATAPDevicesChecksumsAreRight(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "r.json")
	r := measure(t, "--link=pass", "-n=5", "-c=1", "--capture=1000", "-o", path)
	out, err := exec.Command("tcpdump", "-nn", "-vv", "-r", results.PcapPath(path)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(out), "(correct)"); got != len(r.Packets) {
		t.Errorf("tcpdump finds %d of %d TCP checksums correct, want all\n%s", got, len(r.Packets), out)
	}
}

func TestTheCaptureOfAnEarlierRunIsNotLeftBesideTheNext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.json")
	measure(t, "-n=1", "-c=1", "--capture=10", "-o", path)
	if _, err := os.Stat(results.PcapPath(path)); err != nil {
		t.Fatal(err)
	}
	measure(t, "-n=1", "-c=1", "--force", "-o", path)
	if _, err := os.Stat(results.PcapPath(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Stat(%s) = %v, want that it does not exist", results.PcapPath(path), err)
	}
}

// The run's CPU is the client's, not the link's: rules that never apply keep the link
// busier than the client is, and the kernel says how busy.
func TestTheLinksCPUIsNotTheClients(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	const rules = 6000 // an argument of 120 kB, and the kernel takes 128
	var errs bytes.Buffer
	cmd, output := startEndless(t, &errs, "-z=1500ms", "--link="+
		strings.TrimSuffix(strings.Repeat("drop syn nth 99999; ", rules), "; "))
	pids := map[string]int{}
	for _, pid := range descendants(t, cmd.Process.Pid) {
		pids[roleOf(pid)] = pid
	}
	link, before := pids["tcpbench-link"], time.Duration(0)
	used := map[int]time.Duration{}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for done := false; !done; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("Wait = %v, want exit status 0; stderr: %s", err, &errs)
			}
			done = true
		case <-time.After(10 * time.Millisecond):
			for _, pid := range pids {
				if u, err := cpuOf(pid); err == nil {
					used[pid] = u // until it ends
				}
			}
			if before == 0 {
				before = used[link]
			}
		}
	}
	r, err := results.Read(output)
	if err != nil {
		t.Fatal(err)
	}
	counted := time.Duration((r.CPU.UserS + r.CPU.SystemS) * float64(time.Second))
	client, links := used[pids["tcpbench-cell"]], used[link]-before
	t.Logf("the client used %v by its result, %v by /proc, the link %v meanwhile", counted, client, links)
	if links < 100*time.Millisecond {
		t.Errorf("the link used %v, want enough to be seen in another's", links)
	}
	if counted <= 0 || counted > client+links/2 {
		t.Errorf("the client used %v by its result, want some, and no more than its process did, %v: with the link's "+
			"%v in it that would be more", counted, client, links)
	}
}

// cpuOf is the CPU time of a process (proc_pid_stat(5)).
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	const utime, stime, ticks = 14 - 3, 15 - 3, 100 // a second, on every architecture of Linux (USER_HZ)
	var user, system int64
	if _, err := fmt.Sscan(fields[utime]+" "+fields[stime], &user, &system); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * time.Second / ticks, nil
}

// Another user has a link with rules where everybody may open /dev/net/tun,
// which is its usual mode, and is told so where only root may, as in most
// containers. Both devices are in mount namespaces: the host's has any mode.
func TestAnUnprivilegedUserCanHaveALinkAndACapture(t *testing.T) {
	args := []string{"-n=5", "-c=1", "--link=drop ack from client nth 2 each", "--response-size=0", "--capture=100"}
	check := func(t *testing.T, r *results.Run) {
		t.Helper()
		connections(t, r, 5)
		if got := did(t, r).Matched; got != 5 {
			t.Errorf("%d ACKs were lost, want 5", got)
		}
	}
	if withTUN("666", "true").Run() != nil { // not root, or one that may not mount
		if linkWithRules(t) {
			check(t, measure(t, args...))
		}
		return
	}
	for _, mode := range []string{"666", "600"} {
		t.Run("mode "+mode, func(t *testing.T) {
			t.Parallel()
			dir := shared(t)
			words := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copyOfSelf(t, dir)}
			words = append(words, "run", "--format=json", "-o", filepath.Join(dir, "r.json"))
			cmd := withTUN(mode, append(words, args...)...)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run() // the exit status says it
			status := cmd.ProcessState.ExitCode()
			if mode == "600" {
				const want = "/dev/net/tun is forbidden (permission denied); as root: chmod 666 /dev/net/tun"
				if status != 4 || !strings.Contains(errs.String(), want) {
					t.Errorf("exit status %d and %q, want 4 and %q", status, &errs, want)
				}
				return
			}
			r, err := results.Decode(out.Bytes())
			if err != nil {
				t.Fatalf("exit status %d, %v: %s", status, err, &errs)
			}
			check(t, r)
		})
	}
}

// withTUN is a command in a mount namespace whose /dev/net/tun has the mode.
func withTUN(mode string, words ...string) *exec.Cmd {
	script := "mount -t tmpfs none /dev/net && mknod -m " + mode +
		` /dev/net/tun c 10 200 && : <>/dev/net/tun && exec "$@"`
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, "sh"}, words...)...)
}

// A mount namespace with another /dev/net stands for a host without TUN.
func TestAHostWithoutTUNGetsStatus4(t *testing.T) {
	t.Parallel()
	dir := shared(t)
	script := fmt.Sprintf("mount -t tmpfs none /dev/net && exec %s run -n 1 --link pass -o %s/r.json",
		copyOfSelf(t, dir), dir)
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 {
		t.Errorf("Run = %v, want exit status 4", err)
	}
	for _, want := range []string{"/dev/net/tun is missing", "--device /dev/net/tun", "--link veth"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("stderr = %q, want it to say %q", errs.String(), want)
		}
	}
}

func TestACutOfALinkThroughUserSpaceIsSilent(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	begun := time.Now()
	r := measure(t, "--link=pass", "--cut-link=300ms", "-z=1s", "--timeout=200ms", "-r=50")
	if r.Totals.Succeeded == 0 || r.Totals.Errors["connect: TIMEOUT"] == 0 || len(r.Totals.Errors) > 2 {
		t.Errorf("%d succeeded, errors = %v after %v, want connects that hear nothing", r.Totals.Succeeded,
			r.Totals.Errors, time.Since(begun))
	}
	if n := r.Totals.Errors["connect: ENETUNREACH"]; n > 0 {
		t.Errorf("%d connects got ENETUNREACH, want none", n)
	}
}

// The ring that the engine's probe had is taken down while the first closes
// linger, and cut one of them short in three runs of five.
func TestALingerTimeIsKeptToWithARing(t *testing.T) {
	if !slices.Contains(engines(t), "io_uring") || !linkWithRules(t) {
		return // which these have checked
	}
	for i := range 6 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := measure(t, "--engine=io_uring", "--linger=1s", "--link=drop data from client; drop fin from client",
				"-n=3", "-c=3", "--response-size=0")
			if us := r.Latency.Close.MinUS; us < 900_000 {
				t.Errorf("the shortest close came back after %.0f us, want a second", us)
			}
		})
	}
}
