package results_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/judge/metric"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// What is not known of a program is absent, and 0 of nothing; of an engine of our own 0 is
// a count.
func TestRequestsOfAProgramAreAbsent(t *testing.T) {
	data := encode(t, resultstest.Program())
	if bytes.Contains(data, []byte(`"requests":`)) || bytes.Contains(data, []byte(`"requests_per_second"`)) {
		t.Errorf("Encode(a program) has requests:\n%s", data)
	}
	resultstest.Validate(t, data)
	r, err := results.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(encode(t, r))); diff != "" {
		t.Errorf("Encode(Decode(a program)) (-first +second):\n%s", diff)
	}
	own := resultstest.Full()
	own.Totals.Requests, own.Rates.RequestsPerSecond = 0, 0
	if data := encode(t, own); !bytes.Contains(data, []byte(`"requests": 0`)) ||
		!bytes.Contains(data, []byte(`"requests_per_second": 0`)) {
		t.Errorf("Encode(an engine without an answer) has no requests:\n%s", data)
	}
}

// No metric has a figure of a program that nobody measured.
func TestMetricsOfAProgram(t *testing.T) {
	r := resultstest.Program()
	for name, want := range map[string]bool{
		"requests_per_second": false, "cpu_per_request": false, "connect_p99": false, "request_p50": false,
		"lateness_p99": false, "connections_per_second": true, "cpu_per_connection": true, "errors": true,
		"after_connections": true, "knee_after_connections": true,
	} {
		r.CPU.PerRequestUS = nil
		_, err := metric.MustFind(name).Measure(r)
		if (err == nil) != want {
			t.Errorf("%s of a program: %v, want a figure: %v", name, err, want)
		}
	}
	_, err := metric.MustFind("requests_per_second").Measure(r)
	if err == nil || !strings.Contains(err.Error(), "seen from outside") {
		t.Errorf("requests_per_second = %v, want why there is none", err)
	}
}

func TestAProgramThatFailedIsNoSuccess(t *testing.T) {
	tests := []struct {
		name   string
		change func(*results.Run)
		want   bool
	}{
		{"ports ran out, whatever it ended with", func(*results.Run) {}, true},
		{"it ended with a status", func(r *results.Run) { r.Exhaustion.Exhausted = false }, false},
		{"it ended well", func(r *results.Run) {
			r.Exhaustion.Exhausted, r.Program.ExitStatus = false, new(0)
		}, true},
		{"a signal ended it", func(r *results.Run) {
			r.Exhaustion.Exhausted, r.Program.ExitStatus, r.Program.Signal = false, nil, "SIGSEGV"
		}, false},
		{"the run ended it", func(r *results.Run) {
			r.Exhaustion.Exhausted, r.Program.ExitStatus, r.Program.Signal = false, nil, "SIGTERM"
			r.Program.Stopped = true
		}, true},
		{"the target accepted none", func(r *results.Run) {
			r.Exhaustion.Exhausted, r.Program.Stopped, r.Totals.Succeeded = false, true, 0
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := resultstest.Program()
			tt.change(r)
			if got := r.Succeeded(); got != tt.want {
				t.Errorf("Succeeded() = %v, want %v", got, tt.want)
			}
		})
	}
}
