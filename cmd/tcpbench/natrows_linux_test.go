package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/results"
)

// oneLeft holds connections, so many, has one more that it closes, and tries to connect so
// often, each time with a SYN of its own: what gets through is closed at once.
const oneLeft = `import select, socket, sys
host, port, held, tries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])

def connect(patience):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((host, port))
    if select.select([], [s], [], patience)[1] and s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
        return s
    s.close()

def finish(s):
    s.setblocking(True)
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
    s.close()

kept = [connect(5) for _ in range(held)]
finish(connect(5))
for _ in range(tries):
    s = connect(0.01)
    if s:
        finish(s)
`

// script writes a program that every user can read, and is the words that run it.
func script(t *testing.T, dir, text string, args ...string) string {
	t.Helper()
	path := filepath.Join(dir, "script.py")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.Join(append([]string{"/usr/bin/python3", path}, args...), " ")
}

// Where all ports but one are held, and that one is of a closed connection, it takes two to
// take it over: the last 32 tries of a search must come to it, and the sequence number of the
// SYN be ahead, which half of them are.
func TestAClosedConnectionAmongHeldOnesIsTakenOverAtTimes(t *testing.T) {
	t.Parallel()
	const tries = 480
	for _, tt := range natUsers(32, 64, 128) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, ports := shared(t), tt.ports
			r := tt.run(t, dir, fmt.Sprintf("--nat=20000-%d", 20000+ports-1), "-z=60s", "--client-cmd",
				script(t, dir, oneLeft, "{server}", "{port}", fmt.Sprint(ports-1), fmt.Sprint(tries)))
			share := 0.5 * min(1, 32/float64(ports))
			mean, deviation := tries*share, math.Sqrt(tries*share*(1-share))
			passed := r.NAT.Admitted - int64(ports)
			// A FIN that is sent again after its port was taken over is answered, which looks new.
			all := r.NAT.InsertFailed + passed
			if all < tries || all > tries+4 || r.NAT.Drop != r.NAT.InsertFailed {
				t.Errorf("%d passed, and %+v, want %d tries in all", passed, r.NAT.NATCounts, tries)
			}
			if math.Abs(float64(passed)-mean) > 4*deviation {
				t.Errorf("%d of %d SYNs passed, want %.0f ± %.0f", passed, tries, mean, 4*deviation)
			}
		})
	}
}

// natUser is a NAT of so many ports, and who has it.
type natUser struct {
	name  string
	ports int
	run   func(t *testing.T, dir string, args ...string) *results.Run
}

// natUsers are root with a NAT of each of some sizes, and uid 65534 with one of 64 ports.
func natUsers(ports ...int) []natUser {
	asRoot := func(t *testing.T, _ string, args ...string) *results.Run { t.Helper(); return measure(t, args...) }
	out := []natUser{{"64 ports, nobody", 64, runAsNobody}}
	for _, n := range ports {
		out = append(out, natUser{fmt.Sprintf("%d ports", n), n, asRoot})
	}
	return out
}

// silentAtFirst accepts connections, and drops every packet to its port for the first
// seconds, so many.
const silentAtFirst = `import ctypes, socket, struct, sys, threading, time
class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]
drop = (Filter * 1)(Filter(6, 0, 0, 0))  # BPF_RET of 0 bytes
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", 1, ctypes.addressof(drop)))  # SO_ATTACH_FILTER
s.bind(("", int(sys.argv[1])))
s.listen(1000)
time.sleep(float(sys.argv[2]))
s.setsockopt(socket.SOL_SOCKET, 27, 0)  # SO_DETACH_FILTER
kept = []
while True:
    kept.append(s.accept()[0])
`

// A SYN that nobody answers has a port for as long as the NAT waits for an answer, whether
// its client has given up or not: the server is back, and the clients still see silence.
//
// Ports are walked: where the kernel picks them, it goes on from where the labs of other
// tests have brought table_perturb, which all namespaces share, and a client that comes to
// the port of one before has the NAT's entry of that one. No SYN is sent again: the client
// gives up before its second one, at 1 s, which could be answered when nobody waits for it.
func TestUnansweredSYNsHoldANATsPorts(t *testing.T) {
	t.Parallel()
	const back, forgotten = 3.5, 6.0 // seconds, later than the first clients give up
	for _, tt := range natUsers(64, 128) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, ports := shared(t), tt.ports
			r := tt.run(t, dir, fmt.Sprintf("--nat=20000-%d", 20000+ports-1), "--mode=idle",
				fmt.Sprintf("-c=%d", ports+16), "-z=9s", "--timeout=800ms", "--interval=100ms", "--port-select=walk",
				fmt.Sprintf("--nat-sysctl=net.netfilter.nf_conntrack_tcp_timeout_syn_sent=%.0f", forgotten),
				"--server-cmd", script(t, dir, silentAtFirst, "7000", fmt.Sprint(back)), "tcp://{server}:7000")
			before, after := int64(0), int64(0)
			for _, s := range r.NAT.Samples {
				if s.TS < forgotten-0.3 {
					before += s.Admitted
				} else {
					after += s.Admitted
				}
			}
			if before != int64(ports) || after != int64(ports) {
				t.Errorf("%d got a port within %v s, and %d later; want %d, though the server was back, and as many "+
					"again", before, forgotten, after, ports)
			}
			if end := r.NAT.Towards[0]; end.PortsInUse != ports || end.States["SYN_SENT"] > 0 {
				t.Errorf("%+v at the end, want %d connections that the server accepted", end, ports)
			}
			if f := r.Exhaustion; f.RanOut() != "nat" || f.Evidence.States["SYN_SENT"] != ports ||
				!strings.Contains(strings.Join(r.Verdict.Sentences(), " "), "Nobody answered most of these") {
				t.Errorf("%+v with %v, want ports of unanswered SYNs", f, f.Evidence)
			}
		})
	}
}

// A client that vanishes closes nothing: its ports are in use until the NAT forgets an
// established connection, in seconds after its last packet.
func TestAVanishedClientHoldsANATsPorts(t *testing.T) {
	t.Parallel()
	const cut, forgets = 2.0, 3.0
	// At most so many requests were with the server at the cut, on a machine that stands still for a quarter of a
	// second: it sends their answers again, which keeps their ports. Each connection has one every half second.
	const answering = 32
	args := []string{"--nat=20000-20063", "--mode=keepalive", "-c=64", "--rate=128", "-z=7s", "--timeout=1s",
		"--interval=100ms", fmt.Sprintf("--cut-link=%.0fs", cut),
		fmt.Sprintf("--nat-sysctl=net.netfilter.nf_conntrack_tcp_timeout_established=%.0f", forgets)}
	check := func(t *testing.T, r *results.Run) {
		t.Helper()
		held, freed := 0, 0
		for _, s := range r.NAT.Samples {
			switch {
			case s.TS > cut && s.TS < cut+forgets-1 && s.PortsInUse == 64:
				held++
			case s.TS > cut && s.TS < cut+forgets-1, s.TS > cut+forgets+0.7 && s.PortsInUse > answering:
				t.Errorf("%d ports in use at %v s, want 64 until %v s", s.PortsInUse, s.TS, cut+forgets)
			case s.TS > cut+forgets+0.7:
				freed++
			}
		}
		if held < 10 || freed < 5 || r.NAT.Admitted != 64 {
			t.Errorf("64 ports in %d samples, none in %d, %d got one; want many, some, and 64", held, freed,
				r.NAT.Admitted)
		}
	}
	t.Run("root", func(t *testing.T) { t.Parallel(); check(t, measure(t, args...)) })
	t.Run("nobody", func(t *testing.T) { t.Parallel(); check(t, runAsNobody(t, shared(t), args...)) })
	t.Run("two hosts", func(t *testing.T) { t.Parallel(); check(t, measure(t, append(args, "--nat-clients=2")...)) })
	t.Run("others are refused", func(t *testing.T) {
		t.Parallel()
		if !linkWithRules(t) {
			return
		}
		vanish := []string{"--nat=20000-20063", "--linger=0", "--timeout=1s", "--link=drop rst from client"}
		r := measure(t, append(vanish, "-c=1", "--until=exhausted", "--steady=0", "-z=60s")...)
		natRow{"a client whose RSTs are lost", nil, "nat", 64, 64, 64, false}.check(t, r)
		if r.Exhaustion.Evidence.States["ESTABLISHED"] != 64 {
			t.Errorf("ports were held in %v, want 64 ESTABLISHED", r.Exhaustion.Evidence.States)
		}
		// Some then have the port of one that the server still has, which is no matter of the NAT.
		r = measure(t, append(vanish, "-c=20", "--rate=10", "-n=80",
			"--nat-sysctl=net.netfilter.nf_conntrack_tcp_timeout_established=3")...)
		if r.NAT.Admitted < 80 || r.NAT.Drop != 0 || r.Exhaustion.Exhausted {
			t.Errorf("%d of 80 got a port, %d dropped; want all of a NAT that forgets after 3 s", r.NAT.Admitted,
				r.NAT.Drop)
		}
	})
}

// The table of connection tracking has one size for the whole host, so that a lab cannot
// fill a small one: what a full one does is judged by counters alone (law/exhaustion).
func TestTheTableOfANATCannotBeMadeSmall(t *testing.T) {
	status, _, stderr := command("run", "-n=1", "--nat=20000-20063", "-o", t.TempDir()+"/r.json",
		"--nat-sysctl=net.netfilter.nf_conntrack_max=1000")
	if status != 4 || !strings.Contains(stderr, "the kernel has one value of it for the whole host") {
		t.Errorf("exit status %d, %q, want 4, and that it is the host's", status, stderr)
	}
}
