package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/lab/target"
)

// TestMain lets the test program be a lab's processes.
func TestMain(m *testing.M) {
	cell.Role()
	if os.Args[0] == clientRole || os.Args[0] == serverRole {
		if err := play(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestUnits(t *testing.T) {
	tests := []struct {
		name  string
		score score
		unit  unit
		want  float64
	}{
		{"what the client counts", score{tally: tally{Connections: number(3), Requests: number(5)}}, requests, 5},
		{"a client that counts connections made a request on each",
			score{tally: tally{Connections: number(3)}}, requests, 3},
		{"a client that counts requests made a connection for each", score{tally: tally{Requests: number(5)}},
			connections, 5},
		{"a client that counts nothing is counted by its kernel", score{Opened: 7}, connections, 7},
	}
	for _, tt := range tests {
		if got := tt.score.units(tt.unit); got != tt.want {
			t.Errorf("%s: units(%s) = %v, want %v", tt.name, tt.unit, got, tt.want)
		}
	}
}

// turn is one with so many requests on the client's side and on the server's.
func turn(client, server int64) score {
	return score{
		tally:  tally{Elapsed: time.Second, Requests: number(client), Bytes: number(client * 148)},
		Server: seen{Stats: &target.Stats{Requests: server, BytesSent: server * 148}},
		Opened: 1000,
	}
}

func TestMismatch(t *testing.T) {
	tests := []struct {
		name   string
		scores []score
		want   string
	}{
		{"equal counts", []score{turn(1000, 1000)}, "within 0 requests, 0 bytes"},
		{"what was under way at the end is no mismatch", []score{turn(1000, 1000), turn(936, 1000)},
			"within 64 requests, 0 bytes"},
		{"more than was under way is one", []score{turn(935, 1000)}, "NOT MATCHED: within 65 requests, 0 bytes"},
		{"a client that counts nothing", []score{{Opened: 5}}, "by the kernel alone"},
	}
	for _, tt := range tests {
		e := evidence{tt.scores, requests, 64}
		if got := e.mismatch(); got != tt.want {
			t.Errorf("%s: mismatch() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestClosedFirst(t *testing.T) {
	tests := []struct {
		name           string
		client, server int64
		want           string
	}{
		{"no TIME_WAIT on either side", 0, 0, "neither: RST"},
		{"the server keeps most", 3, 997, "client 0.3 %, server 99.7 %"},
	}
	for _, tt := range tests {
		s := turn(1000, 1000)
		s.ClientTimeWaits, s.Server.TimeWaits = tt.client, tt.server
		if got := (evidence{[]score{s}, requests, 64}).closedFirst(); got != tt.want {
			t.Errorf("%s: closedFirst() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	m := match{goals: []goal{
		{rival: "loop", metric: rate, bound: 0.95},
		{rival: "loop", metric: cost, bound: 0.6, most: true},
		{rival: "other", metric: rate, bound: 2},
		{rival: "other", metric: connectP99, bound: 1.03, most: true},
	}}
	by := map[metric][]float64{rate: {0.94, 0.96, 0.95}, cost: {0.61, 0.7, 0.5}}
	if got, want := m.verdict("loop", by), "rate >= 0.95: met; cost <= 0.6: missed"; got != want {
		t.Errorf("verdict() = %q, want %q", got, want)
	}
	want := "rate >= 2: missed; connect p99 <= 1.03: not measured"
	if got := m.verdict("other", map[metric][]float64{rate: {1.9}}); got != want {
		t.Errorf("verdict() = %q, want %q", got, want)
	}
}

func TestCPUModel(t *testing.T) {
	if got, want := cpuModel("processor\t: 0\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n"), "AMD EPYC"; got != want {
		t.Errorf("cpuModel() = %q, want %q", got, want)
	}
}

// A match is played for real: one turn to warm up and one that counts.
func TestMatchInLab(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures for seconds")
	}
	m := shortTCP(tools{Dir: t.TempDir(), CRR: tool{Missing: "not built"}, Neper: tool{Missing: "NEPER is unset"}})
	var out outcome
	o := options{rounds: 1, turn: time.Second}
	if err := m.inLab(context.Background(), o, tools{Dir: t.TempDir(), CRR: tool{Missing: "not built"},
		Neper: tool{Missing: "NEPER is unset"}}, &out); err != nil {
		t.Fatalf("inLab() = %v, want no error", err)
	}
	for i, c := range m.contenders {
		if c.missing != "" {
			if len(out.Scores[i]) > 0 || out.Missing[i] != c.missing {
				t.Errorf("%s has %d turns and %q, want none and %q", c.name, len(out.Scores[i]),
					out.Missing[i], c.missing)
			}
			continue
		}
		s := out.Scores[i][0]
		if s.units(connections) != float64(s.Opened) || s.Server.Stats.Requests != s.Opened || s.CPU <= 0 {
			t.Errorf("%s: %v connections, %d opened, %d requests at the server, %v of CPU; "+
				"want the same number and some CPU",
				c.name, s.units(connections), s.Opened, s.Server.Stats.Requests, s.CPU)
		}
		if s.ClientTimeWaits+s.Server.TimeWaits > 0 {
			t.Errorf("%s left %d TIME_WAITs, want none after RST", c.name, s.ClientTimeWaits+s.Server.TimeWaits)
		}
	}
	var screen, file bytes.Buffer
	report{&screen, &file}.table(m.contenderTable(out))
	if want := "not measured: NEPER is unset"; !strings.Contains(file.String(), want) {
		t.Errorf("the report is %q, want %q in it", file.String(), want)
	}
}

func TestCommandLine(t *testing.T) {
	got := commandLine([]string{"wrk", "-H", "Connection: close", "-s", "/tmp/tcpbench-bench-1/done.lua",
		"http://198.19.0.1:7000/"})
	if want := "- `wrk -H 'Connection: close' -s done.lua http://198.19.0.1:7000/`"; got != want {
		t.Errorf("commandLine() = %s, want %s", got, want)
	}
	got = commandLine([]string{"rr", "GET / HTTP/1.1\r\n\r\n"})
	if want := "- `rr 'GET / HTTP/1.1\\r\\n\\r\\n'`"; got != want {
		t.Errorf("commandLine() = %s, want %s", got, want)
	}
}
