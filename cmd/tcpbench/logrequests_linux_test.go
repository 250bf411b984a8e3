package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpbench/results"
)

// loggedRun is a run with a log of its requests, by the columns' names.
func loggedRun(t *testing.T, status int, args ...string) (*results.Run, []map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.csv")
	r := measureTo(t, status, append(args, "--log-requests="+path)...)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	var out []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = l[i]
		}
		out = append(out, row)
	}
	info, err := f.Stat()
	if l := r.RequestLog; err != nil || l == nil || l.File != path || l.Rows != int64(len(out)) ||
		l.Bytes != info.Size() || l.CPUS <= 0 {
		t.Fatalf("request_log = %+v of %d lines and %v bytes, %v", l, len(out), info.Size(), err)
	}
	return r, out
}

// number is a field that is to be a number.
func number(t *testing.T, row map[string]string, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(row[name], 64)
	if err != nil {
		t.Fatalf("%s of %v: %v", name, row, err)
	}
	return v
}

// Every request is in the log once, with the times that the result's distributions are of.
func TestEveryRequestIsInTheLog(t *testing.T) {
	const n = 3000
	for _, tt := range []struct {
		name string
		args []string
		only string // columns that only some have
	}{
		{"short connections on epoll", []string{"--server=http"}, "connect_us status source_port"},
		{"two threads", []string{"--threads=2", "--destinations=2"}, "connect_us source_port"},
		{"a walk on io_uring", []string{"--engine=io_uring", "--port-select=walk"}, "connect_us source_port"},
		{"requests on io_uring", []string{"--mode=keepalive", "--server=http", "--engine=io_uring"}, "status"},
		{"requests on epoll", []string{"--mode=keepalive", "--engine=epoll", "--requests-per-conn=10"}, "source_port"},
		{"an open loop", []string{"--rate=3000", "--server=http"}, "planned_s connect_us status source_port"},
		{"an exchange", []string{"--send=" + strings.Repeat("x", 64), "--expect=len:64"}, "connect_us source_port"},
		{"net/http", []string{"--engine=nethttp", "--server=http"}, "connect_us status source_port"},
		{"net/http and TLS", []string{"--engine=nethttp", "--server=https", "--insecure"},
			"connect_us tls_us status source_port"},
		{"net/http with a pool", []string{"--engine=nethttp", "--server=http", "--mode=keepalive"},
			"status source_port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-n=" + fmt.Sprint(n), "-c=8", "-z=30s", "--linger=0"}, tt.args...)
			r, rows := loggedRun(t, 0, args...)
			if l := r.RequestLog; len(rows) != n || l.Lost != 0 || l.Beyond != 0 || r.Totals.Requests != n {
				t.Fatalf("%d rows, %+v of %d requests, want %d", len(rows), l, r.Totals.Requests, n)
			}
			var requests []float64
			for _, row := range rows {
				checkRow(t, r, row, strings.Fields(tt.only))
				requests = append(requests, number(t, row, "request_us"))
			}
			slices.Sort(requests)
			if got, want := requests[n/2-1], r.Latency.Request.P50US; math.Abs(got-want) > 0.03*want+1 {
				t.Errorf("median of request_us = %v, and that of the result is %v", got, want)
			}
		})
	}
}

// The port that the log has is the connection's: while TIME_WAITs hold them, no two have
// the same.
func TestTheLogHasThePortOfEachConnection(t *testing.T) {
	const n = 500
	for _, args := range [][]string{{"--ip=4"}, {"--ip=6"}, {"--port-select=walk"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			_, rows := loggedRun(t, 0, append([]string{"-n=" + fmt.Sprint(n), "-c=8", "-z=30s", "--engine=epoll",
				"--sysctl=net.ipv4.ip_local_port_range=40000 40999"}, args...)...)
			seen := map[string]bool{}
			for _, row := range rows {
				port := row["source_port"]
				if at := number(t, row, "source_port"); at < 40000 || at > 40999 || seen[port] {
					t.Fatalf("source_port = %s, want another one of 40000 to 40999 in each row", port)
				}
				seen[port] = true
			}
			if len(rows) != n {
				t.Errorf("there are %d rows, want %d", len(rows), n)
			}
		})
	}
}

// checkRow checks a request that went well.
func checkRow(t *testing.T, r *results.Run, row map[string]string, only []string) {
	t.Helper()
	for _, name := range []string{"planned_s", "connect_us", "tls_us", "status", "source_port"} {
		may := row["reused"] == "0" && (name == "connect_us" || name == "tls_us") // of a connection's first request
		if has, want := row[name] != "", slices.Contains(only, name); has != want && !may {
			t.Fatalf("%s in %v: %v, want %v", name, row, has, want)
		}
	}
	if at := number(t, row, "start_s"); at < 0 || at > r.DurationS+1 {
		t.Fatalf("start_s = %v in a run of %v s", at, r.DurationS)
	}
	first, request, total := number(t, row, "first_byte_us"), number(t, row, "request_us"), number(t, row, "total_us")
	if row["outcome"] != "ok" || first <= 0 || first > request+0.2 || request > total+0.2 ||
		row["status"] != "" && row["status"] != "200" || !strings.Contains(row["destination"], ":") {
		t.Fatalf("row = %v, want a request that went well, and times in their order", row)
	}
	if row["reused"] == "1" && r.Environment.Engine != "nethttp" && math.Abs(total-request) > 0.2 {
		t.Fatalf("row = %v, want it to begin with the request, on a connection that was held", row)
	}
}

// What failed is in the log under the name that the result counts it by, one line each.
func TestFailuresAreInTheLog(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		args   []string
	}{
		{"no port", 0, []string{narrow, "--until=exhausted", "--on-exhausted=continue", "-z=1s", "--server=http"}},
		{"no port, of net/http", 0, []string{narrow, "--until=exhausted", "--server=http", "--engine=nethttp"}},
		{"no answer in time", 1, []string{"-n=20", "-c=2", "--send=x", "--expect=line", "--timeout=20ms"}},
		{"a reset", 0, []string{"-n=50", "-c=2", "--server-close=unread"}},
		{"TLS that is not trusted", 1, []string{"-n=20", "-c=2", "--server=https"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, rows := loggedRun(t, tt.status, tt.args...)
			counts := map[string]int64{}
			for _, row := range rows {
				if row["outcome"] != "ok" {
					counts[row["outcome"]]++
				}
			}
			for name, n := range r.Totals.Errors {
				if counts[name] != n {
					t.Errorf("%s is in the log %d times, and in the result %d times", name, counts[name], n)
				}
			}
			if len(r.Totals.Errors) == 0 || len(counts) != len(r.Totals.Errors) {
				t.Errorf("errors = %v, in the log %v", r.Totals.Errors, counts)
			}
		})
	}
}

// Requests beyond the bound are counted, and a warning says so.
func TestALogHasAsManyLinesAsItMay(t *testing.T) {
	t.Parallel()
	r, rows := loggedRun(t, 0, "-n=500", "-c=4", "--threads=2", "--destinations=2", "--log-requests-rows=100")
	if len(rows) != 100 || r.RequestLog.Beyond+r.RequestLog.Lost != 400 {
		t.Errorf("%d rows, %+v, want 100 of 500", len(rows), r.RequestLog)
	}
	if !slices.ContainsFunc(r.Warnings, func(w results.Warning) bool {
		later := fmt.Sprintf("%d later ones are not in it", r.RequestLog.Beyond)
		return w.Code == "request-log-full" && strings.Contains(w.Text, later)
	}) {
		t.Errorf("warnings = %v, want that later ones are not in it", r.Warnings)
	}
	nobody := shared(t)
	if got := runAsNobody(t, nobody, "-n=50", "--log-requests="+nobody+"/log.csv"); got.RequestLog.Rows != 50 {
		t.Errorf("request_log = %+v as an unprivileged user, want 50 lines", got.RequestLog)
	}
}

// The warm-up is not in the log, as it is not in the result.
func TestTheWarmupIsNotInTheLog(t *testing.T) {
	t.Parallel()
	r, rows := loggedRun(t, 0, "--warmup=300ms", "-z=300ms", "-c=2", "--server=http", "--linger=0")
	if int64(len(rows)) != r.Totals.Requests || r.Totals.Requests == 0 {
		t.Errorf("%d rows, and %d requests", len(rows), r.Totals.Requests)
	}
}

func TestALogThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.WriteFile(full, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	log := "--log-requests=" + filepath.Join(dir, "new")
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{log, "--engine=hey", "--server=http"}, 2, "log-requests: engine hey does not tell of each request"},
		{[]string{log, "--client-cmd=true"}, 2, "log-requests: engine exec does not tell of each request"},
		{[]string{log, "--mode=idle"}, 2, "log-requests: mode=idle asks for nothing"},
		{[]string{log, "--repeat=2"}, 2, "log-requests: it is of one run"},
		{[]string{log, "--find-max-rate", "--slo=errors<1%"}, 2, "log-requests: it is of one run"},
		{[]string{log, "--log-requests-rows=0"}, 2, "0 is below 1"},
		{[]string{"--log-requests-rows=10"}, 2, "log-requests-rows: it applies to --log-requests"},
		{[]string{"--log-requests="}, 2, "log-requests: it is blank"},
		{[]string{"--log-requests=" + full}, 2, "exists; choose another, or overwrite it with --force"},
		{[]string{"--log-requests=" + dir}, 2, "is a directory"},
		{[]string{"--log-requests=/no/such/dir/log"}, 2, "open request log: open /no/such/dir/log: no such file"},
		{[]string{"--log-requests=/dev/stdout"}, 2, "request log"},
		{[]string{"--log-requests=" + full, "--force", "-n=3"}, 0, ""},
	} {
		args := append([]string{"run", "-o", t.TempDir() + "/r.json"}, tt.args...)
		if status, _, stderr := command(args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit status %d, %q, want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}
