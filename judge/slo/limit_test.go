package slo

import (
	"math"
	"strings"
	"testing"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// message is the text of an error, empty for nil.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseLimit(t *testing.T) {
	tests := []struct {
		name, text string
		want       Limit
		printed    string
	}{
		{"a latency", "connect_p99<5ms", Limit{"connect_p99", Below, Value{metric.Time, 5000}}, "connect_p99<5ms"},
		{"spaces", " connect_p99  <  5ms ", Limit{"connect_p99", Below, Value{metric.Time, 5000}}, "connect_p99<5ms"},
		{"a phase of two words", "first_byte_max<=1s", Limit{"first_byte_max", AtMost, Value{metric.Time, 1e6}},
			"first_byte_max<=1s"},
		{"the smallest latency", "close_min>=250us", Limit{"close_min", AtLeast, Value{metric.Time, 250}},
			"close_min>=250us"},
		{"the mean", "request_mean<1.5ms", Limit{"request_mean", Below, Value{metric.Time, 1500}},
			"request_mean<1.5ms"},
		{"a nanosecond", "connect_min>1ns", Limit{"connect_min", Above, Value{metric.Time, 0.001}},
			"connect_min>0.001us"},
		{"an hour", "connect_max<1h", Limit{"connect_max", Below, Value{metric.Time, 3.6e9}}, "connect_max<3600s"},
		{"no time", "connect_min>0", Limit{"connect_min", Above, Value{metric.Time, 0}}, "connect_min>0s"},
		{"any percentile", "service_p75<1ms", Limit{"service_p75", Below, Value{metric.Time, 1000}}, "service_p75<1ms"},
		{"a percentile with a point", "response_p99.99<1ms", Limit{"response_p99.99", Below, Value{metric.Time, 1000}},
			"response_p99.99<1ms"},
		{"a share", "errors<0.1%", Limit{"errors", Below, Value{metric.Share, 0.1}}, "errors<0.1%"},
		{"a share with a space", "errors < 0.1 %", Limit{"errors", Below, Value{metric.Share, 0.1}}, "errors<0.1%"},
		{"nothing needs no unit", "errors==0", Limit{"errors", Equal, Value{metric.Share, 0}}, "errors==0%"},
		{"a rate in thousands", "connections_per_second > 20k",
			Limit{"connections_per_second", Above, Value{metric.Number, 20_000}}, "connections_per_second>20000"},
		{"a rate in parts", "requests_per_second>=1.5k",
			Limit{"requests_per_second", AtLeast, Value{metric.Number, 1500}}, "requests_per_second>=1500"},
		{"a count in millions", "after_connections!=2m",
			Limit{"after_connections", Not, Value{metric.Number, 2_000_000}}, "after_connections!=2000000"},
		{"a time of CPU", "cpu_per_connection<40us", Limit{"cpu_per_connection", Below, Value{metric.Time, 40}},
			"cpu_per_connection<40us"},
		{"false", "exhausted == false", Limit{"exhausted", Equal, Value{metric.Truth, 0}}, "exhausted==false"},
		{"not true", "exhausted!=true", Limit{"exhausted", Not, Value{metric.Truth, 1}}, "exhausted!=true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLimit(tt.text)
			if got != tt.want || err != nil {
				t.Errorf("ParseLimit(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
			}
			if got.String() != tt.printed {
				t.Errorf("ParseLimit(%q).String() = %q, want %q", tt.text, got, tt.printed)
			}
		})
	}
}

type mistake struct{ name, text, want string }

func TestParseLimitSaysWhatIsWrongWithTheMetric(t *testing.T) {
	wantMistakes(t, []mistake{
		{"nothing", "", "there is no operator; write a metric, an operator and a value, such as connect_p99<5ms"},
		{"no operator", "connect_p99", "there is no operator; write a metric, an operator " +
			"and a value, such as connect_p99<5ms"},
		{"one equals sign", "exhausted=false", `"=" is not one of < <= > >= == !=`},
		{"an operator backwards", "errors=<1%", `"=<" is not one of < <= > >= == !=`},
		{"two operators", "errors<1%<2%", `errors is a share: use a percentage such as 0.1%, not "1%<2%"`},
		{"no metric", "<5ms", `unknown metric ""; the metrics are holds_rate, connections_per_second, ` +
			`requests_per_second, cpu_per_connection, cpu_per_request, errors, exhausted, after_connections, ` +
			`knee_after_connections, attempted, succeeded, failed, bad_answers, warnings, lateness_p50, ` +
			`lateness_p99, lateness_max, tls_handshakes, tls_resumed, lost_bytes, and one of connect, tls, ` +
			`first_byte, request, response, service, close, dead with _min, _mean, _max or a percentile such as _p99`},
		{"a mistyped phase", "conect_p99<5ms", `unknown metric "conect_p99"; did you mean "connect_p99"?`},
		{"a mistyped figure", "conections_per_second>1",
			`unknown metric "conections_per_second"; did you mean "connections_per_second"?`},
		{"a hyphen", "connect-p99<5ms", `unknown metric "connect-p99"; did you mean "connect_p99"?`},
		{"a capital letter", "Errors<1%", `unknown metric "Errors"; did you mean "errors"?`},
		{"a mistyped phase of any percentile", "conect_p95<5ms",
			`unknown metric "conect_p95"; did you mean "connect_p95"?`},
		{"a mistyped statistic", "connect_maen<5ms",
			`connect_maen: "maen" is not one of min, mean, max or a percentile such as p50, p99 or ` +
				`p99.9; did you mean "connect_mean"?`},
		{"a statistic that is none", "connect_avg<5ms",
			`connect_avg: "avg" is not one of min, mean, max or a percentile such as p50, p99 or p99.9`},
		{"no statistic", "connect_<5ms", `connect_: "" is not one of min, mean, max or a ` +
			`percentile such as p50, p99 or p99.9`},
		{"a percentile without a number", "connect_p<5ms",
			`connect_p: "p" is not one of min, mean, max or a percentile such as p50, p99 or p99.9`},
		{"a percentile with an exponent", "connect_p1e1<5ms",
			`connect_p1e1: "p1e1" is not one of min, mean, max or a percentile such as p50, p99 or p99.9`},
		{"a negative percentile", "connect_p-1<5ms",
			`connect_p-1: "p-1" is not one of min, mean, max or a percentile such as p50, p99 or p99.9`},
		{"the percentile that is the largest", "connect_p100<5ms",
			"connect_p100: p100 is not between p0 and p100; the smallest value is min, the largest max"},
		{"the percentile that is the smallest", "connect_p0<5ms",
			"connect_p0: p0 is not between p0 and p100; the smallest value is min, the largest max"},
	})
}

func TestParseLimitSaysWhatIsWrongWithTheValue(t *testing.T) {
	wantMistakes(t, []mistake{
		{"no value", "connect_p99<", `connect_p99 is a time: use a duration such as 5ms or 250us, not ""`},
		{"a time without a unit", "connect_p99<5", `"5" has no unit; connect_p99 is a time: use 5ms or 5s`},
		{"a share for a time", "connect_p99<5%",
			`connect_p99 is a time: use a duration such as 5ms or 250us, not "5%"`},
		{"a time below none", "connect_p99<-5ms", "-5ms is outside 0 to 1h0m0s, the longest time that is recorded"},
		{"a time longer than any", "connect_p99<2h", "2h is outside 0 to 1h0m0s, the longest time that is recorded"},
		{"a share without its sign", "errors<0.1",
			`"0.1" has no unit; errors is a share: use a percentage such as 0.1%`},
		{"a time for a share", "errors<5ms", `errors is a share: use a percentage such as 0.1%, not "5ms"`},
		{"more than all", "errors<101%", "101% is outside 0% to 100%"},
		{"a share for a number", "failed<1%", `failed is a number: use one such as 500, 1.5k or 2m, not "1%"`},
		{"a time for a rate", "connections_per_second>5ms",
			`connections_per_second is a number: use one such as 500, 1.5k or 2m, not "5ms"`},
		{"a negative number", "failed<-1", `failed is a number: use one such as 500, 1.5k or 2m, not "-1"`},
		{"a number for a truth", "exhausted==0", `exhausted is true or false, not "0"`},
		{"more than false", "exhausted>false", "exhausted is true or false: use == or !=, not >"},
	})
}

func wantMistakes(t *testing.T, tests []mistake) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLimit(tt.text)
			if want := `limit "` + tt.text + `": ` + tt.want; message(err) != want || got != (Limit{}) {
				t.Errorf("ParseLimit(%q) = %v, %s\nwant %s", tt.text, got, message(err), want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want, err string }{
		{"one", "errors<0.1%", "errors<0.1%", ""},
		{"several", "errors < 0.1%, connect_p99<5ms", "errors<0.1%,connect_p99<5ms", ""},
		{"the same twice", "failed==0,failed==0", "failed==0,failed==0", ""},
		{"every problem at once", "errors<1,failed==0,exhausted", "",
			`limit "errors<1": "1" has no unit; errors is a share: use a percentage such as 0.1%
limit "exhausted": there is no operator; write a metric, an operator and a value, such as connect_p99<5ms`},
		{"a comma too many", "failed==0,", "",
			`limit "": there is no operator; write a metric, an operator and a value, such as connect_p99<5ms`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.text)
			if got.String() != tt.want || message(err) != tt.err {
				t.Errorf("Parse(%q) = %v, %q, want %s, %q", tt.text, got, message(err), tt.want, tt.err)
			}
		})
	}
}

// everything is a run in which all figures were measured: latencies of 1 to
// 1000 us, a failure in 1000 connections.
func everything() *results.Run {
	h := metrics.NewHistogram()
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Microsecond)
	}
	cpu, request, after := 40.125, 20.5, int64(1000)
	return &results.Run{
		DurationS: 2,
		Totals:    results.Totals{Counts: metrics.Counts{Attempted: 1000, Succeeded: 999, Failed: 1}},
		Rates:     results.Rates{ConnectionsPerSecond: 20123.4, RequestsPerSecond: 499.5},
		Latency: results.Latency{Connect: metrics.Summarize(h), FirstByte: metrics.Summarize(h),
			Service: metrics.Summarize(h), Response: metrics.Summarize(h)},
		Lateness: &results.Lateness{P50US: 5, P99US: 800, MaxUS: 1500, Planned: 1000, Started: 1000, Valid: true},
		CPU:      &results.CPU{PerConnectionUS: &cpu, PerRequestUS: &request},
		Exhaustion: &exhaustion.Finding{
			Outcome: exhaustion.Exhausted, Exhausted: true, AfterConnections: &after,
		},
		Delivery: &results.Delivery{SentBytes: 10, ArrivedBytes: 7, LostBytes: 3},
		Warnings: []results.Warning{{Code: "limit"}},
	}
}

func TestCheck(t *testing.T) {
	tests := []struct{ name, limit, want string }{
		{"below", "warnings<2", "warnings<2 holds: 1"},
		{"not below itself", "warnings<1", "warnings<1 is broken: 1"},
		{"at most itself", "warnings<=1", "warnings<=1 holds: 1"},
		{"not at most less", "warnings<=0", "warnings<=0 is broken: 1"},
		{"above", "warnings>0", "warnings>0 holds: 1"},
		{"not above itself", "warnings>1", "warnings>1 is broken: 1"},
		{"at least itself", "warnings>=1", "warnings>=1 holds: 1"},
		{"not at least more", "warnings>=2", "warnings>=2 is broken: 1"},
		{"equal", "warnings==1", "warnings==1 holds: 1"},
		{"not equal", "warnings==2", "warnings==2 is broken: 1"},
		{"other than", "warnings!=2", "warnings!=2 holds: 1"},
		{"not other than itself", "warnings!=1", "warnings!=1 is broken: 1"},
		{"the smallest", "connect_min<2us", "connect_min<2us holds: 1us"},
		{"the mean", "connect_mean<1ms", "connect_mean<1ms holds: 501us"}, // 500.5 us
		{"p50", "connect_p50<501us", "connect_p50<501us holds: 500us"},
		{"p90", "connect_p90<1ms", "connect_p90<1ms holds: 900us"},
		{"p99", "first_byte_p99<1ms", "first_byte_p99<1ms holds: 990us"},
		{"p999 is p99.9", "connect_p999<1ms", "connect_p999<1ms holds: 999us"},
		{"p99.9", "connect_p99.9<1ms", "connect_p99.9<1ms holds: 999us"},
		{"any other percentile, from the histogram", "connect_p75<1ms", "connect_p75<1ms holds: 750us"},
		{"a low percentile", "connect_p0.5<1ms", "connect_p0.5<1ms holds: 5us"},
		{"from connect to answer", "service_p99<1ms", "service_p99<1ms holds: 990us"},
		{"from the planned start to the answer", "response_p99<900us", "response_p99<900us is broken: 990us"},
		{"lateness of most", "lateness_p50<1ms", "lateness_p50<1ms holds: 5us"},
		{"lateness of nearly all", "lateness_p99<1ms", "lateness_p99<1ms holds: 800us"},
		{"the worst lateness", "lateness_max<1ms", "lateness_max<1ms is broken: 1.5ms"},
		{"the largest", "connect_max<1ms", "connect_max<1ms is broken: 1ms"},
		{"a share is exact at its limit", "errors<0.1%", "errors<0.1% is broken: 0.1%"},
		{"a share may be at its limit", "errors<=0.1%", "errors<=0.1% holds: 0.1%"},
		{"attempted", "attempted==1k", "attempted==1000 holds: 1000"},
		{"succeeded", "succeeded==999", "succeeded==999 holds: 999"},
		{"failed", "failed==0", "failed==0 is broken: 1"},
		{"a rate is whole where there are digits enough", "connections_per_second>20k",
			"connections_per_second>20000 holds: 20123"},
		{"a rate is not rounded onto its limit", "connections_per_second==20123",
			"connections_per_second==20123 is broken: 20123.4"},
		{"a rate is not rounded to its limit's other side", "requests_per_second<499.6",
			"requests_per_second<499.6 holds: 499.5"},
		{"CPU of a connection", "cpu_per_connection<40us", "cpu_per_connection<40us is broken: 40.1us"},
		{"CPU of a request", "cpu_per_request<40us", "cpu_per_request<40us holds: 20.5us"},
		{"exhausted", "exhausted==false", "exhausted==false is broken: true"},
		{"connections before exhaustion", "after_connections==1k", "after_connections==1000 holds: 1000"},
		{"lost bytes", "lost_bytes==0", "lost_bytes==0 is broken: 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ParseLimit(tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Check(everything()).String(); got != tt.want {
				t.Errorf("Check() = %q, want %q", got, tt.want)
			}
		})
	}
}

type missingTest struct {
	name, limit string
	run         *results.Run
	want        string
}

func TestALatencyThatWasNotMeasuredIsMissing(t *testing.T) {
	few, empty, damaged, endless := everything(), everything(), everything(), everything()
	h := metrics.NewHistogram()
	for range 99 {
		h.Record(time.Microsecond)
	}
	few.Latency.Connect, few.Lateness.Started = metrics.Summarize(h), 99
	empty.Latency.Connect = &metrics.Summary{}
	damaged.Latency.Connect.HDR = "damaged"
	endless.Latency.Connect.MeanUS = math.NaN()
	wantMissing(t, []missingTest{
		{"a phase that did not take place", "close_max<1ms", everything(), "the run has no close latency"},
		{"a percentile of too few", "connect_p99<1ms", few,
			"it takes 100 measurements and there were 99; run for longer"},
		{"a high percentile of too few", "connect_p999<1ms", few,
			"it takes 1000 measurements and there were 99; run for longer"},
		{"a low percentile of too few", "connect_p1<1ms", few,
			"it takes 100 measurements and there were 99; run for longer"},
		{"lateness of too few", "lateness_p99<1ms", few, "it takes 100 measurements and there were 99; run for longer"},
		{"a latency of nothing", "connect_max<1ms", empty, "the run has no connect latency"},
		{"a latency that is no number", "connect_mean<1ms", endless,
			"connect_mean is NaN in the result, which is not a number"},
		{"a histogram that cannot be read", "connect_p75<1ms", damaged,
			"decode histogram: illegal base64 data at input byte 4"},
	})
}

func TestWhatWasNotMeasuredIsMissing(t *testing.T) {
	idle, endless := everything(), everything()
	idle.CPU, idle.Exhaustion = &results.CPU{}, &exhaustion.Finding{Outcome: exhaustion.Undecided}
	endless.Rates.ConnectionsPerSecond = math.Inf(1)
	wantMissing(t, []missingTest{
		{"lateness in a closed loop", "lateness_p50<1ms", &results.Run{},
			"no start was planned: lateness is measured with a rate only"},
		{"a search that was none", "holds_rate>1", everything(),
			"the run did not search for the highest rate that holds, as run --find-max-rate does"},
		{"a search that was not sure", "holds_rate>1", &results.Run{Search: &results.Search{HoldsRate: 5}},
			"the search is not sure of it"},
		{"a search that found nothing", "holds_rate>1", &results.Run{Search: &results.Search{Sure: true}},
			"not even the lowest rate held"},
		{"an endless rate", "connections_per_second>1", endless,
			"connections_per_second is +Inf in the result, which is not a number"},
		{"a knee that was not found", "knee_after_connections>1", everything(), "no knee was found"},
		{"a share of nothing", "errors<1%", &results.Run{}, "no connection was attempted"},
		{"a rate over no time", "connections_per_second<1", &results.Run{},
			"the run was over before any time was measured"},
		{"CPU time", "cpu_per_connection<1ms", &results.Run{}, "the client's CPU time was not measured"},
		{"CPU time of nothing", "cpu_per_request<1ms", idle,
			"nothing succeeded that the client's CPU time could be divided by"},
		{"exhaustion that was not watched", "exhausted==false", &results.Run{},
			"the run did not record whether ports ran out"},
		{"connections before an exhaustion that was not", "after_connections>1", idle, "ports did not run out"},
		{"bytes that nobody counted", "lost_bytes==0", &results.Run{},
			"only the embedded server in a lab reports what arrived"},
	})
}

func wantMissing(t *testing.T, tests []missingTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ParseLimit(tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			want := Finding{Limit: l, Answer: Missing, Why: tt.want}
			if got := l.Check(tt.run); got != want {
				t.Errorf("Check() = %+v, want %+v", got, want)
			}
			if got, want := l.Check(tt.run).String(), l.String()+" cannot be judged: "+tt.want; got != want {
				t.Errorf("String() = %q, want %q", got, want)
			}
		})
	}
}

func TestEnoughMeasurementsMakeAPercentile(t *testing.T) {
	for _, limit := range []string{"connect_p90<1s", "connect_p99<1s", "connect_p99.9<1s", "connect_p0.1<1s"} {
		l, err := ParseLimit(limit)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Check(everything()); got.Answer != Holds {
			t.Errorf("Check(1000 connections) = %v, want that it holds", got)
		}
	}
}

func TestALimitOfNothingIsMissing(t *testing.T) {
	if got := (Limit{}).Check(everything()); got.Answer != Missing || !strings.HasPrefix(got.Why, `unknown metric ""`) {
		t.Errorf("Limit{}.Check() = %+v, want missing", got)
	}
}

func TestFindingsAnswerTogether(t *testing.T) {
	tests := []struct {
		name, limits string
		want         Answer
	}{
		{"all hold", "failed==1,warnings==1", Holds},
		{"one is broken", "failed==1,warnings==0", Broken},
		{"one is missing", "failed==1,close_p99<1ms", Missing},
		{"broken outweighs missing", "close_p99<1ms,failed==0", Broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ls, err := Parse(tt.limits)
			if err != nil {
				t.Fatal(err)
			}
			if got := ls.Check(everything()); got.Answer() != tt.want {
				t.Errorf("Answer() of\n%v\n= %s, want %s", got, got.Answer(), tt.want)
			}
		})
	}
	if got := (Limits{}).Check(everything()).Answer(); got != Missing {
		t.Errorf("Answer() of no limit = %s, want %s: nothing was judged", got, Missing)
	}
}

func TestBriefIsForPeople(t *testing.T) {
	tests := []struct {
		name string
		v    Value
		want string
	}{
		{"a share in three digits", Value{metric.Share, 3.66088631984586}, "3.66%"},
		{"a time in three digits", Value{metric.Time, 1234.567}, "1.23ms"},
		{"a rate in whole numbers", Value{metric.Number, 20123.4}, "20123"},
		{"a truth", Value{metric.Truth, 1}, "true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.v.Brief(); got != tt.want {
				t.Errorf("Value%v.Brief() = %q, want %q", tt.v, got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"errors<0.1%,connect_p99<5ms", "connections_per_second > 20k", "exhausted == false", "close_p99.99<=1h",
		"first_byte_p0.001>1ns", "failed!=1.5k", "cpu_per_request<0.3us", "errors==0", "a,b", "<>", "connect_p9e9<1s",
	} {
		f.Add(s)
	}
	run := everything()
	f.Fuzz(func(t *testing.T, s string) {
		ls, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(ls.String())
		if err != nil || again.String() != ls.String() {
			t.Fatalf("Parse(%q) = %v, %v, want %v", ls.String(), again, err, ls)
		}
		for i, l := range ls {
			if again[i] != l {
				t.Errorf("Parse(%q)[%d] = %+v, want %+v", ls.String(), i, again[i], l)
			}
			// What is printed as measured is itself on the side that was found.
			got := l.Check(run)
			if got.Answer == Missing {
				continue
			}
			m, err := metric.Find(l.Metric)
			if err != nil {
				t.Fatal(err)
			}
			v, err := parseValue(m, got.Measured)
			if err != nil || l.Op.holds(v.Float, l.Value.Float) != (got.Answer == Holds) {
				t.Errorf("%v: the printed figure reads as %v, %v", got, v, err)
			}
		}
	})
}

func TestALimitOfADegradedRunCannotBeJudged(t *testing.T) {
	limits, err := Parse("succeeded>1,errors<0.1%,exhausted==false")
	if err != nil {
		t.Fatal(err)
	}
	r := resultstest.Real(t, "fleet")
	if got := limits.Check(r).Answer(); got != Broken {
		t.Errorf("Check(a fleet that ran out of ports) = %s, want %s", got, Broken)
	}
	r.Agents[1].Lost, r.Degraded = &results.AgentLost{Why: "no beat for 2.5 s"}, true
	for _, f := range limits.Check(r) {
		if f.Answer != Missing || f.Why != "the run is degraded: agent-2 of 3 agents did not go on to the end (no "+
			"beat "+
			"for 2.5 s)" {
			t.Errorf("Check(a degraded fleet) = %v, want that it cannot be judged, and why", f)
		}
	}
}
