package main

import "testing"

// A FIN that the peer sends again, for lack of the last ACK, begins the 60 s anew
// (tcp_timewait_state_process).
func TestAFINThatComesAgainBeginsTimeWaitAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("timed; the full suite runs it")
	}
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	tests := []struct {
		name, link string
		again      int64   // FINs
		least      float64 // seconds
	}{
		{"the last ACK arrives", "pass", 0, 60},
		{"the last ACK is lost six times", "drop ack from client nth 2-7 each", 6, 66.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, "--link="+tt.link, "--sysctl=net.ipv4.ip_local_port_range=40000 40000", "-c=1",
				"--response-size=0", "--until=exhausted", "--on-exhausted=recover", "--steady=0", "-z=90s")
			// The next connection on the port may have some as well.
			if got := r.Kernel.Server["TcpRetransSegs"]; got < tt.again {
				t.Fatalf("the server sent %d FINs again, want %d", got, tt.again)
			}
			// The server sends its FIN again after 0.2, 0.4, 0.8, 1.7, 3.3 and 6.8 s, and the
			// kernel's timers are 2 s late at 250 ticks a second.
			if got := r.Exhaustion.RecoveredAfterSeconds; got == nil || *got < tt.least || *got > tt.least+4 {
				t.Errorf("recovered_after_seconds = %s, want %v to %v", optional(got), tt.least, tt.least+4)
			}
		})
	}
}
