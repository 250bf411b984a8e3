package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Prometheus of Debian scrapes a run, and each panel of the dashboard has something to
// show.
func TestPrometheusFollowsARun(t *testing.T) {
	t.Parallel()
	// Latencies come for seven seconds, and failures after them.
	run := exec.Command("/proc/self/exe", "run", "-z", "60s", "-r", "600", "--interval", "250ms", "--on-exhausted",
		"continue", "--sysctl", "net.ipv4.ip_local_port_range=40000 43999", "--metrics-listen", "127.0.0.1:0",
		"-o", "r.json")
	run.Args[0], run.Dir = "tcpbench", t.TempDir()
	stderr, err := run.StderrPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Signal(unix.SIGINT); _ = run.Wait() })
	lines := bufio.NewReader(stderr)
	first, err := lines.ReadString('\n')
	target := regexp.MustCompile(`^metrics: http://(127\.0\.0\.1:\d+)/metrics\n$`).FindStringSubmatch(first)
	if target == nil {
		t.Fatalf("the run begins with %q, %v, want where its metrics are", first, err)
	}
	go func() { _, _ = lines.WriteTo(&bytes.Buffer{}) }() // ends with the run
	api := prometheus(t, target[1])
	missing := dashboardQueries(t)
	for end := time.Now().Add(40 * time.Second); len(missing) > 0; time.Sleep(250 * time.Millisecond) {
		for panel, expr := range missing {
			if hasData(t, api, expr) {
				delete(missing, panel)
			}
		}
		if time.Now().After(end) {
			t.Fatalf("these panels have no data: %v", missing)
		}
	}
}

// prometheus starts one that scrapes a target, and returns where to ask it.
func prometheus(t *testing.T, target string) (api string) {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("global: {scrape_interval: 250ms}\nscrape_configs:\n- job_name: tcpbench\n"+
		"  static_configs: [{targets: [%q]}]\n", target)
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // and taken by the other, which cannot choose one itself
	var log bytes.Buffer
	cmd := exec.Command("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn",
		"--web.listen-address="+addr, "--enable-feature=native-histograms")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: make deps installs it", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", log.String())
		}
	})
	return "http://" + addr + "/api/v1/query"
}

// dashboardQueries are those of the shipped dashboard, by their panels, with Grafana's
// variables filled in.
func dashboardQueries(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../examples/prometheus/run.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range file.Panels {
		for _, target := range p.Targets {
			out[p.Title+" "+target.RefID] = strings.NewReplacer("$__rate_interval", "2s", "$instance", ".*", "$cell",
				".*").Replace(target.Expr)
		}
	}
	if len(out) < 10 {
		t.Fatalf("the dashboard has %d queries, want those of all panels", len(out))
	}
	return out
}

// hasData reports whether a query gives a number.
func hasData(t *testing.T, api, expr string) bool {
	t.Helper()
	resp, err := http.Get(api + "?query=" + url.QueryEscape(expr))
	if err != nil {
		return false // it is starting
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return false // likewise
	}
	if answer.Status == "error" {
		t.Fatalf("%s: %s", expr, answer.Error)
	}
	for _, r := range answer.Data.Result {
		if r.Value[1] != "NaN" {
			return true
		}
	}
	return false
}

// An address that cannot be is told before anything is measured.
func TestMetricsCannotBeServedEverywhere(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name, addr string
		status     int
		want       string
	}{
		{"one that is in use", taken.Addr().String(), 4, "address already in use; take an address of this host and a " +
			"port that is free"},
		{"one of another host", "192.0.2.1:9464", 4, "cannot assign requested address"},
		{"no port", "127.0.0.1", 2, `--metrics-listen: "127.0.0.1" is not an address and a port`},
		{"a URL", "http://127.0.0.1:9464/metrics", 2, "is not an address and a port"},
	}
	for _, command := range [][]string{{"run", "-z", "10s"}, {"run", "--repeat", "2"}, {"sweep"},
		{"run", "--find-max-rate"}} {
		for _, tt := range tests {
			t.Run(command[0]+command[len(command)-1]+" "+tt.name, func(t *testing.T) {
				dir := t.TempDir()
				t.Chdir(dir)
				var out, errs bytes.Buffer
				got := execute(append(command, "--metrics-listen", tt.addr), streams{strings.NewReader(""), &out, &errs,
					thisKernel()})
				if got != tt.status || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
					t.Errorf("exit status %d, want %d; stderr %q, want %q", got, tt.status, errs.String(), tt.want)
				}
				if files, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(files) > 0 {
					t.Errorf("there is %v, want nothing", files)
				}
			})
		}
	}
}
