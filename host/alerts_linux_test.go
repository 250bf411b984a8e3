//go:build alerts

package host

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tcpbench/host/exporter"
	"tcpbench/law/headroom"
)

// load opens connections from 1000 ports to a destination of its own until one finds none.
type load struct {
	name  string
	host  string // of the destination
	alert string
	rate  func(second float64) float64
	leaks bool // none is closed
	spare float64

	ended time.Time
}

// Before the last port goes the alerts of a real Prometheus fire: `make alerts`.
func TestAlertsOfPrometheusFireInTime(t *testing.T) {
	set(t, "net.ipv4.tcp_tw_reuse", "0")
	set(t, "net.ipv4.ip_local_port_range", "40000 40999")
	to := peer(t, "tcp4", "0.0.0.0:7003")
	serve(t)
	api := promWithRules(t)
	loads := []*load{
		{name: "99 % of the law", host: "127.0.2.1", alert: "LocalPortsMayRunOut", spare: 20,
			rate: func(float64) float64 { return 16.5 }},
		{name: "a leak of 8/s", host: "127.0.2.2", alert: "LocalPortsRunOut", spare: 60,
			rate: func(float64) float64 { return 8 }, leaks: true},
		{name: "a ramp from 20/s to 100/s", host: "127.0.2.3", alert: "LocalPortsRunOut", spare: 3,
			rate: func(s float64) float64 { return 20 + 80*s/60 }},
	}
	time.Sleep(6 * time.Second) // two scrapes
	fired := map[string]time.Time{}
	var all sync.WaitGroup
	for _, l := range loads {
		all.Go(func() { l.run(t, fmt.Sprintf("%s:%d", l.host, to.Port())) }) // ends with its ports
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }() // ends with the loads
	for done := false; !done; {
		select {
		case <-over:
			done = true
		case <-time.After(time.Second):
		}
		for _, a := range firing(t, api) {
			if _, ok := fired[a]; !ok {
				fired[a] = time.Now()
			}
		}
	}
	for _, l := range loads {
		at, ok := fired[l.alert+" "+fmt.Sprintf("%s:%d", l.host, to.Port())]
		spare := l.ended.Sub(at).Seconds()
		t.Logf("%s: %s fired %.1f s before no port was left", l.name, l.alert, spare)
		if !ok || spare < l.spare {
			t.Errorf("%s: %s fired: %v, %.1f s before the end, want %v s at least; all: %v", l.name, l.alert, ok, spare,
				l.spare, fired)
		}
	}
}

// run connects at the rate until no port is left.
func (l *load) run(t *testing.T, addr string) {
	var kept []net.Conn
	defer func() {
		for _, c := range kept {
			c.Close()
		}
	}()
	start, due := time.Now(), 0.
	for last := start; time.Since(start) < 5*time.Minute; time.Sleep(2 * time.Millisecond) {
		now := time.Now()
		due += l.rate(now.Sub(start).Seconds()) * now.Sub(last).Seconds()
		last = now
		for ; due >= 1; due-- {
			c, err := net.Dial("tcp4", addr)
			if err != nil {
				l.ended = time.Now()
				return
			}
			if l.leaks {
				kept = append(kept, c)
				continue
			}
			c.Close()
		}
	}
	t.Errorf("%s: a port is left after 5 minutes", l.name)
}

// serve exports readings of each second at 127.0.0.1:9464.
func serve(t *testing.T) {
	t.Helper()
	s, w, e := opened(t), headroom.NewWatch(10), exporter.New()
	over := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // ended by over
		for {
			r, _, err := s.Read()
			if err != nil {
				t.Error(err)
				return
			}
			e.Set(w.Observe(r))
			select {
			case <-over:
				return
			case <-time.After(time.Second):
			}
		}
	})
	l, err := net.Listen("tcp4", "127.0.0.1:9464")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.Server{Listener: l, Config: &http.Server{Handler: e.Handler()}}
	server.Start()
	t.Cleanup(func() { close(over); all.Wait(); server.Close() })
}

// promWithRules starts a Prometheus as the comment of the rules says.
func promWithRules(t *testing.T) (api string) {
	t.Helper()
	rules, err := filepath.Abs("../examples/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("rule_files: [%s]\nscrape_configs:\n- job_name: tcpbench\n  scrape_interval: 5s\n"+
		"  static_configs: [{targets: [\"127.0.0.1:9464\"]}]\n", rules)
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn",
		"--web.listen-address=127.0.0.1:9090")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: make deps installs it", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return "http://127.0.0.1:9090/api/v1/query?query=" + url.QueryEscape(`ALERTS{alertstate="firing"}`)
}

// firing are the alerts that fire, with their destinations.
func firing(t *testing.T, api string) []string {
	resp, err := http.Get(api)
	if err != nil {
		return nil // it is starting
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil // likewise
	}
	var out []string
	for _, r := range answer.Data.Result {
		out = append(out, strings.Join([]string{r.Metric["alertname"], r.Metric["destination"]}, " "))
	}
	return out
}
