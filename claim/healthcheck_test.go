package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// probed sent 200 probes: so many left a TIME_WAIT, and the backend wrote so
// many lines of the text.
func probed(name string, waits int64, line string, lines int64) *results.Run {
	return result(name, client("TcpActiveOpens", 200), client("TcpExtTW", waits), func(r *results.Run) {
		held := int(waits)
		prober, backend := &results.Host{}, &results.Host{}
		prober.Add(results.HostSample{TimeWait: &held})
		if lines > 0 {
			backend.Said = []results.Said{{Text: line, Count: lines}}
		}
		r.Hosts = &results.Hosts{Client: prober, Server: backend}
	})
}

// probeRuns are results of a backend that logs so many resets at each level.
func probeRuns(waitsOfFIN, waitsOfRST, atInfo, atDefault int64) []*results.Run {
	const closed, reset = "[info] client closed connection", "[info] recv() failed (104: Connection reset by peer), client: 198.18.0.1"
	var runs []*results.Run
	for _, kind := range []string{"TCP", "HTTP"} {
		runs = append(runs,
			probed(kind+", FIN", waitsOfFIN, closed, 200),
			probed(kind+", RST", waitsOfRST, reset, atInfo),
			probed(kind+", RST, error_log at its default", waitsOfRST, reset, atDefault))
	}
	for _, name := range []string{"haproxy's check", "haproxy's check, option httpchk"} {
		r := probed(name, 0, "", 0)
		r.Kernel.Proxy = map[string]int64{"TcpActiveOpens": 180, "TcpOutRsts": 180}
		r.Hosts.Proxy = r.Hosts.Client
		runs = append(runs, r)
	}
	return runs
}

func TestProbesThatAreResetSaveTimeWaitsAndMayBeLogged(t *testing.T) {
	got := wantAnswer(t, "health-check", scenario.Depends, probeRuns(200, 0, 200, 0)...)
	for _, want := range []string{"60000 of 1000 backends probed each second", "only 60 ports", "100 % of the probes", "error, 0 lines."} {
		if !strings.Contains(got.Because, want) {
			t.Errorf("Because = %q, want %q in it", got.Because, want)
		}
	}
	wantAnswer(t, "health-check", scenario.Depends, probeRuns(200, 0, 200, 200)...)
	wantAnswer(t, "health-check", scenario.Confirmed, probeRuns(200, 0, 0, 0)...)
	wantAnswer(t, "health-check", scenario.Refuted, probeRuns(200, 200, 200, 0)...)
	wantAnswer(t, "health-check", scenario.Refuted, probeRuns(0, 0, 200, 0)...)
}

func TestWhatAProberHoldsIsComparedWithTheLawAfterAMinute(t *testing.T) {
	for held, want := range map[int]bool{12000: true, 11500: true, 9000: false} {
		runs := probeRuns(15000, 0, 200, 0)
		fin := runs[0]
		fin.DurationS, fin.Options.Rate = 75, scenario.Rate{From: 200, To: 200}
		fin.Kernel.Client["TcpActiveOpens"] = 15000
		fin.Hosts.Client.TimeWaitMax = &held
		got, err := Judge(scenario.Claim{Rule: "health-check"}, runs, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got.Checks {
			if strings.HasPrefix(c.Text, "TCP, FIN: at most") && c.Holds != want {
				t.Errorf("check %q = %t, want %t", c.Text, c.Holds, want)
			}
		}
	}
}
