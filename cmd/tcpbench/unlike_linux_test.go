package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// unlike is a row that kernels before a version answer otherwise than Linux
// 6.18 does, from which the tables are.
type unlike struct {
	row    string
	since  [2]int // the first Linux that answers as 6.18
	before string // what those before it answer
	why    string
}

const (
	rowEngine = "the engine that auto takes"
	rowDelay  = "tcp_tw_reuse_delay=1 never exhausts"
	rowOption = "the first 80 ports of IP_LOCAL_PORT_RANGE 40100-40299"
	rowHidden = "net.core.somaxconn in a user namespace"
)

// unlikes are all differences between kernels that are known: any other fails.
func unlikes() []unlike {
	return []unlike{
		{row: rowEngine, since: [2]int{6, 11}, before: "epoll: it needs Linux 6.11",
			why: "The servers' listening sockets take IORING_OP_BIND and IORING_OP_LISTEN, which came with " +
				"Linux 6.11; so `--engine auto` takes epoll, and every other row is of epoll alone."},
		{row: rowHidden, since: [2]int{6, 12}, before: "hidden",
			why: "Older kernels register no net.core sysctl for a network namespace of another user namespace " +
				"(sysctl_core_net_init), so the lab of an unprivileged user keeps the default of 4096."},
		{row: rowDelay, since: [2]int{6, 14}, before: "refused: this kernel does not have it",
			why: "The sysctl came with Linux 6.14. Before it tcp_tw_reuse compares whole seconds (tcp_twsk_unique): " +
				"a TIME_WAIT is taken over from the clock's next second on, up to 1 s after it began."},
		{row: rowOption, since: [2]int{6, 8}, before: "80 even, 0 odd",
			why: "Since Linux 6.8 __inet_hash_connect tries every port of a range that the socket option sets, " +
				"and not those of one parity first: half of the range is no knee with `--source-ports`."},
	}
}

// kernelRow is what one kernel answered in one row.
type kernelRow struct {
	Kernel, Engine, Row string
	User                int
	Got, Usual          string // Usual is what Linux 6.18 answers
	Why                 string `json:",omitempty"` // there is no answer
}

// answered holds what this kernel answers in a row against what it is known
// to. Where make kernels runs the test, it is written down.
func answered(t *testing.T, row, engine, got, usual string) {
	t.Helper()
	release := kernelRelease(t)
	want := usual
	if i := slices.IndexFunc(unlikes(), func(u unlike) bool { return u.row == row }); i >= 0 {
		if u := unlikes()[i]; older(release, u.since) {
			want = u.before
		}
	}
	if got != want {
		t.Errorf("%s: Linux %s answers %q, want %q", row, release, got, want)
	}
	writeRow(t, kernelRow{Kernel: release, Engine: engine, Row: row, User: os.Getuid(), Got: got, Usual: usual})
}

// isEmulated reports whether make kernels runs this test.
func isEmulated() bool { return os.Getenv("TCPBENCH_ROWS") != "" }

// writeRow appends to the file that TCPBENCH_ROWS names, if it does.
func writeRow(t *testing.T, r kernelRow) {
	t.Helper()
	path := os.Getenv("TCPBENCH_ROWS")
	if path == "" {
		return
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(append(b, '\n')); err != nil {
		t.Fatal(err)
	}
}

func kernelRelease(t *testing.T) string {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	return unix.ByteSliceToString(u.Release[:])
}

// older reports whether a release, such as "6.1.0-56-cloud-amd64", is before a
// version.
func older(release string, than [2]int) bool {
	var v [2]int
	if n, _ := fmt.Sscanf(release, "%d.%d", &v[0], &v[1]); n < 2 {
		return false
	}
	return v[0] < than[0] || v[0] == than[0] && v[1] < than[1]
}

func TestSomaxconnInAUserNamespace(t *testing.T) {
	got := strings.TrimSpace(inNewNamespace(t, "[ -e /proc/sys/net/core/somaxconn ] && echo there || echo hidden", ""))
	answered(t, rowHidden, "none", got, "there")
}

func TestTheKernelHasTheEngine(t *testing.T) {
	r := measure(t, "-n=10", "--mode=keepalive") // for short connections auto takes epoll
	got := r.Environment.Engine
	if why, _, _ := strings.Cut(warning(r, "engine"), ": io_uring_setup"); why != "" {
		got += ": " + why[strings.LastIndex(why, "it needs"):]
	}
	answered(t, rowEngine, "auto", got, "io_uring")
}

// connect(2) searches the ports of one parity first; of a range that the
// socket option sets it does not, any more.
func TestTheFirstPortsAreOfOneParity(t *testing.T) {
	tests := []struct {
		row, usual string
		args       []string
	}{
		{"the first 400 of 1000 ports", "400 even, 0 odd", []string{"-n=400"}},
		{rowOption, "of both parities", []string{"-n=80", "--source-ports=40100-40299"}},
	}
	for _, tt := range tests {
		r := measure(t, append(tt.args, narrow, "-z=120s", "--engine=epoll", "--capture=8000")...)
		odd, all := map[uint16]bool{}, map[uint16]bool{}
		for _, p := range r.Packets {
			all[p.Port] = true
			if p.Port%2 == 1 {
				odd[p.Port] = true
			}
		}
		got := fmt.Sprintf("%d even, %d odd", len(all)-len(odd), len(odd))
		if len(odd) > 0 && len(odd) < len(all) && int64(len(all)) == r.Options.Count {
			got = "of both parities"
		}
		answered(t, tt.row, "epoll", got, tt.usual)
	}
}
