package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
	"tcpbench/scenario"
)

// segments are what tcpdump prints of a capture, connection by connection: direction,
// flags, lengths, windows and options, without what is chosen anew for each, and without
// the server's ACKs that its next segment repeats: whether its FIN is in time to carry
// the ACK of the client's is up to the machine, and not to the client's socket.
func segments(t *testing.T, r *results.Run, path string, brief bool) (forms [][]string, numbers []uint32) {
	t.Helper()
	out, err := exec.Command("tcpdump", "-nn", "-r", results.PcapPath(path)).Output()
	if err != nil {
		t.Fatalf("tcpdump -r: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(r.Packets) {
		t.Fatalf("tcpdump prints %d lines of %d packets", len(lines), len(r.Packets))
	}
	first := regexp.MustCompile(`Flags \[S\], seq (\d+)`)
	chosen := regexp.MustCompile(`^.*Flags |(^|, )seq \d+(, ack \d+)?, win|TS val \d+ ecr \d+`)
	forms = make([][]string, r.Packets[len(r.Packets)-1].Connection)
	for i, p := range r.Packets {
		if n := first.FindStringSubmatch(lines[i]); n != nil {
			seq, _ := strconv.ParseUint(n[1], 10, 32)
			numbers = append(numbers, uint32(seq))
		}
		form := p.From + " " + chosen.ReplaceAllString(lines[i], "")
		switch {
		case brief && strings.ContainsAny(p.Flags, "FR"):
			form = p.From + " " + p.Flags
		case brief && !strings.Contains(p.Flags, "S"):
			continue
		}
		of := &forms[p.Connection-1]
		if n := len(*of); n > 0 && p.From == "server" && strings.HasPrefix((*of)[n-1], "server [.], ack ") {
			*of = (*of)[:n-1]
		}
		*of = append(*of, form)
	}
	return forms, numbers
}

// counted is how many connections have each form.
func counted(forms [][]string) map[string]int {
	count := map[string]int{}
	for _, f := range forms {
		count[strings.Join(f, "\n")]++
	}
	return count
}

// usual is the form that most connections have.
func usual(count map[string]int) string {
	most := ""
	for f, n := range count {
		if n > count[most] || n == count[most] && f < most {
			most = f
		}
	}
	return most
}

// goOn counts the initial sequence numbers that follow one before in a socket that was
// disconnected: tcp_disconnect adds the largest window and 2, and a fresh socket's are
// spread over 4 GiB.
func goOn(numbers []uint32) int {
	n := 0
	for i := range numbers {
		if slices.ContainsFunc(numbers[:i], func(before uint32) bool { return numbers[i]-before < 1<<18 }) {
			n++
		}
	}
	return n
}

func TestKeptSocketsSendWhatFreshOnesDo(t *testing.T) {
	const n = 40
	const most, some = n / 2, n / 5 // a client that closes first begins others before the server's FIN
	tests := []struct {
		name  string
		args  []string
		kept  int  // how many at least
		brief bool // how an answer of many segments is cut and acknowledged is a matter of time
	}{
		{"RST", []string{"--linger=0"}, most, false},
		{"the client's FIN", nil, some, false},
		{"half-closed", []string{"--close=shutdown"}, most, false},
		{"half-closed, linger 0", []string{"--close=shutdown", "--linger=0"}, most, false},
		{"the server's FIN", []string{"--close=server", "--server=http"}, most, false},
		{"the server's FIN, linger 0", []string{"--close=server", "--server=http", "--linger=0"}, most, false},
		{"the server's FIN after its answer, RST", []string{"--server-close=answer", "--linger=0"}, most, false},
		{"HTTP, the client's FIN", []string{"--server=http"}, some, false},
		{"HTTP, RST", []string{"--server=http", "--linger=0"}, most, false},
		{"an answer of many segments", []string{"--linger=0", "--response-size=200000"}, 0, true},
		{"an answer of several segments", []string{"--linger=0", "--response-size=9000"}, most, true},
		{"no answer", []string{"--response-size=0"}, 0, false},
		{"several sources", []string{"--linger=0", "--source=3"}, most, false},
		{"several destinations", []string{"--destinations=3"}, some, false},
		{"a range of its own, SO_KEEPALIVE", []string{"--source-ports=40000-40999", "--tcp-keepalive=60s,10s,3"}, some,
			false},
		{"a few requests on each", []string{"--mode=keepalive", "--requests-per-conn=2"}, some, false},
	}
	for _, tt := range tests {
		for _, ip := range []string{"4", "6"} {
			t.Run(tt.name+", IPv"+ip, func(t *testing.T) {
				t.Parallel()
				run := func(sockets string) (r *results.Run, forms map[string]int, following int) {
					path := filepath.Join(t.TempDir(), sockets+".json")
					r = measure(t, append([]string{"-o", path, fmt.Sprintf("-n=%d", n), "-c=1", "--engine=epoll",
						"--capture=50000", "--ip=" + ip, "--sockets=" + sockets}, tt.args...)...)
					if string(r.Options.Sockets) != sockets || r.Environment.Sockets != sockets {
						t.Errorf("options.sockets = %q, environment.sockets = %q, want %q", r.Options.Sockets,
							r.Environment.Sockets, sockets)
					}
					all, numbers := segments(t, r, path, tt.brief)
					return r, counted(all), goOn(numbers)
				}
				fresh, want, none := run("fresh")
				kept, got, on := run("keep")
				// Where two forms are about as frequent, as with an ACK between the server's answer
				// and its FIN or after both, either is usual.
				if want[usual(got)] == 0 || got[usual(want)] == 0 {
					diff := cmp.Diff(strings.Split(usual(want), "\n"), strings.Split(usual(got), "\n"))
					t.Errorf("the usual connection with the one is never seen with the other (-fresh +kept):\n%s", diff)
				}
				// By chance a number of 40 does in one run of 20.
				if none > 4 || on < tt.kept {
					t.Errorf("%d of the fresh sockets' and %d of %d of the kept sockets' sequence numbers go on from "+
						"an earlier one, want next to none and %d or more", none, on, kept.Totals.Obtained, tt.kept)
				}
				for _, side := range []string{"client", "server"} {
					counters := map[string][2]map[string]int64{"client": {fresh.Kernel.Client, kept.Kernel.Client},
						"server": {fresh.Kernel.Server, kept.Kernel.Server}}[side]
					// A server's FIN may be acknowledged before the RST, or not: one in 15 was.
					if f, k := counters[0]["TcpExtTW"], counters[1]["TcpExtTW"]; max(f-k, k-f) > n/4 {
						t.Errorf("TIME_WAITs on the %s: %d fresh, %d kept", side, f, k)
					}
				}
			})
		}
	}
}

// Where the packets would be others, or nothing of tcpbench's own opens sockets, none is
// kept, whatever is asked for.
func TestSocketsThatAreNotKept(t *testing.T) {
	tests := []struct {
		name string
		args []string
	}{
		{"a walk", []string{"--port-select=walk"}},
		{"an answer left unread", []string{"--close=unread"}},
		{"a linger time", []string{"--linger=1s"}},
		{"a bind that takes the port", []string{"--source=2", "--bind-no-port=false"}},
		{"a server that stays open", []string{"--server-close=never"}},
		{"a server whose TIME_WAITs may be met within a millisecond", []string{"--close=server", narrow}},
		{"a server without timestamps", []string{"--close=server", "--server-sysctl=net.ipv4.tcp_timestamps=0"}},
		{"io_uring", []string{"--engine=io_uring"}},
		{"net/http", []string{"--engine=nethttp", "--server=http"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{"-n=3", "-c=1", "--engine=epoll", "--sockets=keep"}, tt.args...)...)
			if r.Options.Sockets != scenario.SocketsFresh || r.Environment.Sockets != "fresh" {
				t.Errorf("options.sockets = %q, environment.sockets = %q, want fresh", r.Options.Sockets,
					r.Environment.Sockets)
			}
		})
	}
}
