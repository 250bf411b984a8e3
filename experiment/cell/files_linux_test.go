package cell

import "testing"

func TestTooFewFilesNamesTheLimitAndTheWaysOut(t *testing.T) {
	const ring = "use --engine io_uring --threads 6, whose sockets are not descriptors, towards servers that " +
		"already run, or "
	const raise = "raise the limit as root: ulimit -Hn 100064 in the shell, nofile in /etc/security/limits.conf, or " +
		"LimitNOFILE= of a systemd unit"
	tests := []struct {
		name         string
		hard, nrOpen uint64
		want         string
	}{
		{"the hard limit", 20000, 1048576,
			"this process may have 20000 (ulimit -Hn); " + ring + "lower --concurrency to 19936, or " + raise},
		{"the kernel's own limit too", 20000, 65536,
			"this process may have 20000 (ulimit -Hn), and no process more than " +
				"65536 (fs.nr_open); " + ring +
				"lower --concurrency to 19936, or as root first sysctl -w fs.nr_open=100064, " +
				"then " + raise},
		{"a hard limit that leaves no connection", 64, 1048576, "this process may have 64 (ulimit -Hn); " + raise},
		{"a kernel that does not say", 20000, 0,
			"this process may have 20000 (ulimit -Hn); " + ring + "lower --concurrency to 19936, or " + raise},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := "concurrency: 100000 connections need 100064 open files, and " + tt.want
			if got := tooFewFiles(100064, tt.hard, tt.nrOpen).Error(); got != want {
				t.Errorf("tooFewFiles(100064, %d, %d) = %q, want %q", tt.hard, tt.nrOpen, got, want)
			}
		})
	}
}

func TestAServerThatNeverClosesKeepsAnEndOfEachConnection(t *testing.T) {
	tests := []struct {
		name    string
		options []string
		want    uint64
	}{
		{"an end for every port", nil, 28232 + 10 + spareFiles},
		{"no more than there are connections", []string{"count=100"}, 100 + 10 + spareFiles},
		{"idle ones are opened once", []string{"mode=idle"}, 10 + spareFiles},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := workloadWith(t, append(tt.options, "concurrency=10", "server-close=never")...)
			if got := serverFiles(Spec{Workload: w}); got != tt.want {
				t.Errorf("serverFiles() = %d, want %d", got, tt.want)
			}
		})
	}
}
