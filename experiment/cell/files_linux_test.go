package cell

import "testing"

func TestTooFewFilesNamesTheLimitAndTheWaysOut(t *testing.T) {
	const raise = "raise the limit as root: ulimit -Hn 100064 in the shell, nofile in /etc/security/limits.conf, or " +
		"LimitNOFILE= of a systemd unit"
	tests := []struct {
		name         string
		hard, nrOpen uint64
		share        string
		want         string
	}{
		{"the hard limit", 20000, 1048576, "use --threads 6",
			"this process may have 20000 (ulimit -Hn); use --threads 6, or lower --concurrency to 19936, or " + raise},
		{"the kernel's own limit too", 20000, 65536, "",
			"this process may have 20000 (ulimit -Hn), and no process more than " +
				"65536 (fs.nr_open); lower --concurrency to 19936, or as root first sysctl -w fs.nr_open=100064, " +
				"then " + raise},
		{"a hard limit that leaves no connection", 64, 1048576, "",
			"this process may have 64 (ulimit -Hn); " + raise},
		{"a kernel that does not say", 20000, 0, "",
			"this process may have 20000 (ulimit -Hn); lower --concurrency to 19936, or " + raise},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := "concurrency: 100000 connections need 100064 open files, and " + tt.want
			if got := tooFewFiles(100064, tt.hard, tt.nrOpen, tt.share).Error(); got != want {
				t.Errorf("tooFewFiles(100064, %d, %d) = %q, want %q", tt.hard, tt.nrOpen, got, want)
			}
		})
	}
}

// What is offered is enough for each thread, and offered only where it helps.
func TestThreadsShareTheFilesThatTheyNeed(t *testing.T) {
	server, proxy := programs()
	target := Spec{Targets: []string{"tcp://127.0.0.1:1"}}
	tests := []struct {
		name    string
		spec    Spec
		hard    uint64
		options []string
		want    string
	}{
		{"in a lab", Spec{}, 20000, nil, "use --threads 6 --server-threads 6, each of which has files of its own"},
		{"towards a target", target, 20000, nil, "use --threads 6, each of which has files of its own"},
		{"a program as the server", server, 20000, nil, ""},
		{"behind a proxy", proxy, 20000, nil, ""},
		{"a library", target, 20000, []string{"engine=nethttp"}, ""},
		{"closes on other threads", Spec{}, 20000, []string{"linger=1s"}, ""},
		{"a server that keeps an end of each", Spec{}, 20000, []string{"server-close=never"}, ""},
		{"a limit that no number of threads helps", Spec{}, 300, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.spec
			s.Workload = workloadWith(t, append(tt.options, "concurrency=100000")...)
			if got := share(s)(tt.hard); got != tt.want {
				t.Errorf("share(%d) = %q, want %q", tt.hard, got, tt.want)
			}
		})
	}
	shared := workloadWith(t, "concurrency=100000", "threads=6", "server-threads=6")
	n := clientFiles(shared).most(serverFiles(Spec{Workload: shared}))
	if n.All != 100064 || n.Each > 20000 {
		t.Errorf("100000 connections of 6 threads need %+v files, want 100064 or at most 20000 each", n)
	}
	alone := workloadWith(t, "concurrency=100000", "threads=6")
	if n := serverFiles(Spec{Workload: alone}); n != whole(100064) {
		t.Errorf("a server with one thread needs %+v files, want 100064 in any case", n)
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
			if got := serverFiles(Spec{Workload: w}); got != whole(tt.want) {
				t.Errorf("serverFiles() = %+v, want %d", got, tt.want)
			}
		})
	}
}
