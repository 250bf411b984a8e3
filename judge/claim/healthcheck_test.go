package claim

import (
	"slices"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// probed sent 200 probes: so many left a TIME_WAIT, and the backend wrote so
// many lines of the text.
func probed(name string, waits int64, line string, lines int64) *results.Run {
	rsts := int64(200)
	if strings.HasSuffix(name, ", FIN") {
		rsts = 0
	}
	return result(name, client("TcpActiveOpens", 200), client("TcpExtTW", waits), client("TcpOutRsts", rsts),
		server("TcpPassiveOpens", 200), func(r *results.Run) {
			held := int(waits)
			prober, backend := sampled(results.HostSample{TimeWait: &held}), &results.Host{}
			if lines > 0 {
				backend.Said = []results.Said{{Text: line, Count: lines}}
			}
			r.Hosts = &results.Hosts{Client: prober, Server: backend}
		})
}

// probeRuns are results of a backend that logs so many resets at each level.
func probeRuns(waitsOfFIN, waitsOfRST, atInfo, atDefault int64) []*results.Run {
	const closed, reset = "[info] client closed connection",
		"[info] recv() failed (104: Connection reset by peer), client: 198.18.0.1"
	var runs []*results.Run
	for _, kind := range []string{"TCP", "HTTP"} {
		runs = append(runs,
			probed(kind+", FIN", waitsOfFIN, closed, 200),
			probed(kind+", RST", waitsOfRST, reset, atInfo),
			probed(kind+", RST, error_log at its default", waitsOfRST, reset, atDefault))
	}
	byGo := probed("Go's http.Client", 200, "", 0)
	byGo.Kernel.Client["TcpOutRsts"] = 0
	runs = append(runs, byGo, probed("Go's http.Client, SetLinger(0)", 0, "", 0))
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
	wantPractice(t, got, "leave nginx's error_log above info: at info 400 probes wrote 400 lines.")
	for _, want := range []string{"By the law, rate x 60 s, one that probes each of 1000 backends once a " +
		"second would hold 60000, though only 60",
		"for 200 of 200 TCP probes and 200 of 200 HTTP probes; at its default, error, for 0 of 200 and 0 of 200."} {
		wantText(t, got, want)
	}
	byFIN := probeRuns(200, 0, 0, 0)
	byFIN[1].Kernel.Client["TcpOutRsts"] = 1
	onlyHTTP := probeRuns(200, 0, 0, 0)
	onlyHTTP[4] = probed("HTTP, RST", 200, "", 0)
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"logged at the default as well", probeRuns(200, 0, 200, 200), scenario.Depends, "error, for 200 of 200 and " +
			"200 of 200."},
		{"logged at the default alone", probeRuns(200, 0, 0, 20), scenario.Depends,
			"for 0 of 200 TCP probes and 0 of 200 HTTP probes; at its default, error, for 20 of 200 and 20 of 200."},
		{"not logged", probeRuns(200, 0, 0, 0), scenario.Confirmed, "No reset was logged."},
		{"a TIME_WAIT less for what went wrong", probeRuns(199, 0, 0, 0), scenario.Confirmed, "0.995 TIME_WAIT"},
		{"RST leaves them too", probeRuns(200, 200, 200, 0), scenario.Refuted,
			"TCP, RST: 200 probes left 200 TIME_WAITs"},
		{"RST leaves them with HTTP alone", onlyHTTP, scenario.Refuted,
			"closed with RST, HTTP, RST: 200 probes left 200 TIME_WAITs."},
		{"no RST was sent", byFIN, scenario.Unclear, "TCP, RST: 1 RST for 200 probes."},
		{"FIN leaves none", probeRuns(0, 0, 200, 0), scenario.Unclear, "TCP, FIN: 200 probes left 0 TIME_WAITs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "health-check", tt.want, tt.runs...), tt.text) })
	}
}

// A log without a line, or with resets of closes by FIN, tells nothing of RST.
func TestALogThatDoesNotTellIsNoProofOfQuiet(t *testing.T) {
	silent, noisy := probeRuns(200, 0, 0, 0), probeRuns(200, 0, 200, 0)
	silent[0].Hosts.Server.Said = nil
	noisy[3].Hosts.Server.Said = noisy[1].Hosts.Server.Said
	wantText(t, wantAnswer(t, "health-check", scenario.Unclear, silent...),
		"with FIN it had 0 lines at level info for TCP and 200 for HTTP, and 0 of resets")
	silent = probeRuns(200, 0, 0, 0)
	silent[3].Hosts.Server.Said = nil
	wantText(t, wantAnswer(t, "health-check", scenario.Unclear, silent...), "for TCP and 0 for HTTP")
	// A backend that nobody reaches has no price.
	lost := probeRuns(200, 0, 0, 0)
	lost[1].Kernel.Server["TcpPassiveOpens"] = 100
	wantText(t, wantAnswer(t, "health-check", scenario.Unclear, lost...), "the backend accepts the probes\": 100 of "+
		"200")
	wantText(t, wantAnswer(t, "health-check", scenario.Unclear, noisy...), "and 200 of resets")
}

func TestProbesOfGoCloseAsTheyDo(t *testing.T) {
	wantText(t, wantAnswer(t, "health-check", scenario.Depends, probeRuns(200, 0, 200, 0)...), "Go's http.Client does "+
		"the same: it left 1 TIME_WAIT a probe, with SetLinger(0) in DialContext 0, after 0 and 200 RSTs. Its price")
	lingers := probeRuns(200, 0, 200, 0)
	lingers[7].Kernel.Client["TcpExtTW"], lingers[7].Kernel.Client["TcpOutRsts"] = 200, 0
	wantText(t, wantAnswer(t, "health-check", scenario.Depends, lingers...), "does otherwise: it left 1 "+
		"TIME_WAIT a probe, with SetLinger(0) in DialContext 1, after 0 and 0 RSTs.")
	backend := probeRuns(200, 0, 0, 0) // it closes first: who probes has nothing to save
	backend[6].Kernel.Client["TcpExtTW"] = 0
	wantText(t, wantAnswer(t, "health-check", scenario.Confirmed, backend...), "otherwise: it left 0 TIME_WAIT")
	lost := probeRuns(200, 0, 200, 0)
	lost[6].Kernel.Server["TcpPassiveOpens"] = 100
	wantText(t, wantAnswer(t, "health-check", scenario.Unclear, lost...), "accepts the probes\": 100 of 200")
}

func TestWhatIsByTheLawSaysSo(t *testing.T) {
	got := wantAnswer(t, "health-check", scenario.Depends, probeRuns(200, 0, 200, 0)...)
	if !slices.ContainsFunc(got.Table.Columns, func(c results.ClaimColumn) bool {
		return c.Name == "held at 1000 probes/s, by the law"
	}) {
		t.Errorf("columns = %v, want one that is by the law to say so", got.Table.Columns)
	}
}

func TestWhatAProberHoldsIsComparedWithTheLawAfterAMinute(t *testing.T) {
	for held, want := range map[int]bool{12000: true, 11500: true, 9000: false} {
		runs := probeRuns(15000, 0, 200, 0)
		fin := runs[0]
		fin.DurationS, fin.Options.Rate = 75, scenario.Rate{From: 200, To: 200}
		fin.Kernel.Client["TcpActiveOpens"], fin.Kernel.Server["TcpPassiveOpens"] = 15000, 15000
		fin.Hosts.Client.TimeWaitMax, fin.Hosts.Server.Said[0].Count = &held, 15_000
		got, err := Judge(scenario.Claim{Rule: "health-check"}, runs, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got.Checks {
			if strings.HasPrefix(c.Text, "TCP, FIN: at most") && c.Holds != want {
				t.Errorf("check %q = %t, want %t", c.Text, c.Holds, want)
			}
		}
		if strings.Contains(got.Because, "By the law") != want {
			t.Errorf("%d held: Because = %q, want the law in it: %t", held, got.Because, want)
		}
	}
}
