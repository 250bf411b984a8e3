package main

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/results"
)

// A Unix socket is the control without ports: what is of them is absent, and the verdict
// says that no law of them applies.
func TestAUnixSocketIsAControlWithoutPorts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the connection
				defer c.Close()
				for b := make([]byte, 64); ; {
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
					_, _ = c.Write(b)
				}
			}()
		}
	}()
	for _, args := range [][]string{{"-n=500"}, {"-n=500", "--mode=keepalive"}, {"-c=20", "--mode=idle", "-z=200ms"},
		{"--rate=1000", "-z=300ms", "--threads=2"}, {"-n=100", "--send=" + strings.Repeat("x", 64),
			"--expect=len:64"}} {
		t.Run(strings.Join(args, " ")[:6], func(t *testing.T) {
			r := measure(t, append(args, "-c=4", "unix:"+file)...)
			if r.Totals.Failed != 0 || r.Totals.Succeeded == 0 || r.Targets[0] != "unix:"+file {
				t.Errorf("totals = %+v of %v, want no failure", r.Totals, r.Targets)
			}
			if r.Prediction.Reason != "" || r.Prediction.Ports != 0 || r.PortsAtStart != nil || r.Exhaustion.Exhausted {
				t.Errorf("prediction = %+v, ports at the start %v, exhaustion %+v, want none", r.Prediction,
					r.PortsAtStart,
					r.Exhaustion)
			}
			for _, iv := range r.Intervals {
				if iv.PortsInUse != nil || iv.PortsCapacity != nil || iv.TimeWait != nil {
					t.Errorf("interval = %+v, want nothing of ports", iv)
				}
			}
			checkNoLaw(t, r)
		})
	}
}

func checkNoLaw(t *testing.T, r *results.Run) {
	t.Helper()
	details := strings.Join(r.Verdict.Sentences(), " ")
	const says = "A Unix socket has no ports: no law of them applies to it."
	if !strings.Contains(details, says) || strings.Contains(r.Verdict.Headline+details, "ports were held") ||
		strings.Contains(details, "settings hold") {
		t.Errorf("verdict = %q, %q, want %q and no law", r.Verdict.Headline, details, says)
	}
}

func TestAUnixSocketThatIsNotThere(t *testing.T) {
	output := filepath.Join(t.TempDir(), "r.json")
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"run", "-n=3", "-c=1", "-o", output, "unix:/no/such.sock"}, 1,
			"there is no such Unix socket: start the server"},
		{[]string{"plan", output}, 2, "is of a Unix socket, which has no ports to plan"},
		{[]string{"run", "--until=exhausted", "unix:/no/such.sock"}, 2, "a Unix socket has no ports to run out of"},
		{[]string{"run", "unix:/a", "unix:/b"}, 2, "a run has one Unix socket"},
		{[]string{"run", "--lab", "unix:/a"}, 2, "a lab reaches its own server only"},
		{[]string{"report", "-o", output + ".html", output}, 0, ""},
	} {
		if status, _, stderr := command(tt.args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit status %d, %q, want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}
