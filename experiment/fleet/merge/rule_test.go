package merge_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// rules say what becomes of each field of a run, by its path. Of a struct that has a rule,
// the fields have none of their own.
func rules() map[string]string {
	const ofLab = "it is of a lab's other hosts, and a fleet has none"
	return map[string]string{
		"Schema": "given", "Tool": "what all have", "StartedAt": "the earliest",
		"DurationS": "first start to last end", "DrainS": "last end to last close", "Interrupted": "any",
		"CutOff": "absent: it is a result", "Cell": "given", "Repeat": "given",
		"Options": "the whole's, as engines took them", "Targets": "given", "Environment": "what all have",
		"Totals.Counts.Attempted": "sum", "Totals.Counts.Obtained": "sum", "Totals.Counts.Succeeded": "sum",
		"Totals.Counts.Failed": "sum", "Totals.Counts.Requests": "sum", "Totals.Counts.BytesSent": "sum",
		"Totals.Counts.BytesReceived": "sum", "Totals.Errors": "sum", "Totals.Status": "sum",
		"Totals.Protocols": "sum", "Totals.Unused": "sum", "Totals.EarlyAnswers": "sum",
		"Totals.SurplusBytes": "sum", "Totals.FailedRequests": "sum", "Totals.Mismatch": "a first one",
		"Rates": "all over the fleet's time", "Exhaustion": "judged; the knee is each agent's",
		"RequestLog": "absent: a fleet writes none", "Limit": "judged", "Prediction": "the law together",
		"Verdict": "judged; what helps is of one host's settings, whose rates are not the fleet's",
		"Latency": "histograms", "Kernel.Client": "sum", "Kernel.Proxy": "absent: " + ofLab,
		"Kernel.NAT": "absent: " + ofLab, "Kernel.Server": "absent: " + ofLab, "Hosts": "absent: " + ofLab,
		"Intervals": "on one axis", "PortsAtStart": "sum",
		"ConnectCost": "absent: ports of each host fill at another number of its connections",
		"NAT":         "absent: " + ofLab, "Link": "absent: " + ofLab, "Packets": "absent: " + ofLab,
		"Pcap": "absent: " + ofLab, "Program": "absent: a fleet runs none",
		"Threads":                         "absent: those of one process are compared, and 10,000 hosts have 100,000",
		"Keepalive.RequestsPerConnection": "requests by connections", "Keepalive.Reconnects": "sum",
		"Keepalive.Keepalive.ClosedByServer": "sum", "Keepalive.Keepalive.Retried": "sum",
		"Keepalive.Keepalive.Lost": "sum", "Dialer.Dials": "sum", "Dialer.Retried": "sum", "TLS.Handshakes": "sum",
		"TLS.Resumed": "sum", "TLS.Failure": "a first one", "TLS.EndedByRST": "sum", "Lateness.P50US": "histograms",
		"Lateness.P99US": "histograms", "Lateness.MaxUS": "max", "Lateness.Planned": "sum",
		"Lateness.Started": "sum", "Lateness.WaitedForConnection": "sum", "Lateness.BlockedByConnect": "sum",
		"Lateness.MissedByGenerator": "sum", "Lateness.Behind": "max", "Lateness.Late": "histograms",
		"Lateness.Own":      "histograms",
		"Lateness.OwnP99US": "histograms", "Lateness.Valid": "judged", "Stalls.Count": "sum",
		"Stalls.TotalUS": "sum", "Stalls.LongestUS": "max", "Stalls.AfterUS": "sum",
		"Stalls.LengthsUS": "the longest of all", "Validity": "judged", "CPU.UserS": "sum",
		"CPU.SystemS": "sum", "CPU.PerConnectionUS": "time by connections", "CPU.PerRequestUS": "time by requests",
		"Server": "absent: " + ofLab, "Delivery": "absent: " + ofLab, "Search": "absent: who searches fills it in",
		"Warnings": "each once", "Agents": "given", "Degraded": "any was lost",
	}
}

// paths are those of the fields of a type, less those of structs that have a rule.
func paths(prefix string, of reflect.Type, rules map[string]string) []string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() || rules[strings.TrimSuffix(prefix,
		".")] != "" {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var out []string
	for i := range of.NumField() {
		out = append(out, paths(prefix+of.Field(i).Name+".", of.Field(i).Type, rules)...)
	}
	return out
}

func TestEveryFieldOfAResultHasARule(t *testing.T) {
	all := paths("", reflect.TypeFor[results.Run](), rules())
	for _, path := range all {
		if rules()[path] == "" {
			t.Errorf("what becomes of %s where many agents have one? Say it in rules(), and do it", path)
		}
	}
	for path := range rules() {
		if !slices.Contains(all, path) {
			t.Errorf("rules() has %s, which is no field any more", path)
		}
	}
}

// filled is a run whose fields all have a value, numbers from n on.
func filled(n int) *results.Run {
	r := &results.Run{}
	fill(reflect.ValueOf(r).Elem(), &n)
	r.Options, r.CutOff, r.Targets = scenario.DefaultWorkload(), nil, []string{"tcp://192.0.2.1:7000"}
	r.Latency = results.Latency{Connect: resultstest.Summary(n, time.Microsecond)}
	r.Lateness.Late, r.Lateness.Own = resultstest.Summary(n, time.Millisecond), resultstest.Summary(n, 99)
	r.Totals.Obtained = 1e6
	r.Intervals = []results.Interval{{TS: 1, LengthS: 1}}
	r.Exhaustion.Exhausted, r.Exhaustion.Outcome = false, "undecided"
	return r
}

func fill(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 5, 4, 9, 30, *n, 0, time.UTC)))
			return
		}
		if v.Type() == reflect.TypeFor[scenario.Workload]() {
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		*n++
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		*n++
		v.SetFloat(float64(*n) + 0.5)
	}
}

// at is the value at a path; the zero value where a pointer on the way is nil.
func at(r *results.Run, path string) reflect.Value {
	v := reflect.ValueOf(r).Elem()
	for name := range strings.SplitSeq(path, ".") {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.FieldByName(name)
	}
	return v
}

// number is that of a value, of a map of its only key.
func number(v reflect.Value) float64 {
	switch v.Kind() {
	case reflect.Pointer:
		return number(v.Elem())
	case reflect.Map:
		return number(v.MapIndex(v.MapKeys()[0]))
	case reflect.Int, reflect.Int64:
		return float64(v.Int())
	case reflect.Float64:
		return v.Float()
	default:
		panic(fmt.Sprint("no number: ", v.Kind()))
	}
}

func TestFieldsBecomeWhatTheirRuleSays(t *testing.T) {
	a, b := filled(100), filled(1000)
	got := mustMerge(t, part("a", a), part("b", b))
	a, b = filled(100), filled(1000) // merging may use what it is given
	for path, rule := range rules() {
		v := at(got, path)
		rule, why, _ := strings.Cut(rule, ": ")
		switch rule {
		case "sum":
			if n, want := number(v), number(at(a, path))+number(at(b, path)); math.Abs(n-want) > 1e-9 {
				t.Errorf("%s = %v, want the sum, %v", path, n, want)
			}
		case "max":
			if n, want := number(v), max(number(at(a, path)), number(at(b, path))); n != want {
				t.Errorf("%s = %v, want the most, %v", path, n, want)
			}
		case "absent":
			if v.IsValid() && !v.IsZero() {
				t.Errorf("%s = %v, want none: %s", path, v, why)
			}
		default:
			if !v.IsValid() || v.IsZero() && path != "Degraded" && path != "DrainS" && path != "Lateness.Valid" {
				t.Errorf("%s is not there, want %s", path, rule)
			}
		}
	}
}

// ofIntervals say the same of an interval: rates and percentiles are of all together.
func ofIntervals() map[string]string {
	out := map[string]string{"TS": "axis", "LengthS": "axis", "Merged": "max", "Errors": "sum", "Late": "names",
		"KeepaliveTimerMS": "least", "KeepaliveProbes": "max", "ConnectionsPerSecond": "rate",
		"RequestsPerSecond": "rate", "Least": "bounds", "Most": "bounds", "Live": "absent"}
	for _, name := range []string{"Attempted", "Obtained", "Succeeded", "Failed", "ServerErrors", "InFlight",
		"TimeWait",
		"FinWait2", "PortsInUse", "PortsReusable", "PortsCapacity", "CPUUserS", "CPUSystemS"} {
		out[name] = "sum"
	}
	for _, name := range []string{"ConnectP50US", "ConnectP99US", "RequestP50US", "RequestP99US", "ResponseP99US",
		"ConnectHDR", "RequestHDR", "ResponseHDR"} {
		out[name] = "histogram"
	}
	return out
}

func TestEveryFieldOfAnIntervalHasARule(t *testing.T) {
	of := reflect.TypeFor[metrics.Interval]()
	if n := of.NumField(); n != len(ofIntervals()) {
		t.Errorf("an interval has %d fields, and ofIntervals() %d rules", n, len(ofIntervals()))
	}
	made := func(n int) *results.Run {
		r := filled(n)
		iv := &r.Intervals[0]
		fill(reflect.ValueOf(iv).Elem(), &n)
		iv.TS, iv.LengthS, iv.Merged, iv.Least, iv.Most = 1, 1, 0, nil, nil
		h := metrics.NewAdder()
		var sum metrics.Sum
		if err := h.Add(&sum, resultstest.Summary(n, time.Microsecond).HDR); err != nil {
			t.Fatal(err)
		}
		iv.ConnectHDR, iv.RequestHDR, iv.ResponseHDR = h.HDR(&sum), h.HDR(&sum), h.HDR(&sum)
		return r
	}
	a, b := made(100), made(1000)
	got := mustMerge(t, part("a", a), part("b", b)).Intervals[0]
	value := reflect.ValueOf(got)
	one, other := reflect.ValueOf(a.Intervals[0]), reflect.ValueOf(b.Intervals[0])
	for i := range of.NumField() {
		name, v := of.Field(i).Name, value.Field(i)
		switch ofIntervals()[name] {
		case "sum":
			if n, want := number(v), number(one.Field(i))+number(other.Field(i)); math.Abs(n-want) > 1e-9 {
				t.Errorf("%s = %v, want the sum, %v", name, n, want)
			}
		case "absent":
			if !v.IsZero() {
				t.Errorf("%s = %v, want none: it is of one host, and of a run that goes on", name, v)
			}
		case "histogram":
			if v.IsZero() {
				t.Errorf("%s is not there", name)
			}
		case "":
			t.Errorf("what becomes of %s where many agents have one? Say it in ofIntervals(), and do it", name)
		}
	}
	if got.KeepaliveTimerMS == nil || *got.KeepaliveTimerMS != *a.Intervals[0].KeepaliveTimerMS ||
		*got.KeepaliveProbes != *b.Intervals[0].KeepaliveProbes {
		t.Errorf("timer %v, probes %v, want the least and the most", got.KeepaliveTimerMS, got.KeepaliveProbes)
	}
}

func TestEveryFigureHasBounds(t *testing.T) {
	r, o := filled(100), filled(1000)
	for i, r := range []*results.Run{r, o} {
		n := 100 * i
		iv := &r.Intervals[0]
		fill(reflect.ValueOf(iv).Elem(), &n)
		iv.TS, iv.LengthS, iv.Merged, iv.ConnectHDR, iv.RequestHDR, iv.ResponseHDR = 2, 2, 2, "", "", ""
	}
	got := mustMerge(t, part("a", r), part("b", o)).Intervals[0]
	for name, f := range map[string]*metrics.Figures{"Least": got.Least, "Most": got.Most} {
		v := reflect.ValueOf(f).Elem()
		for i := range v.NumField() {
			if v.Field(i).IsNil() {
				t.Errorf("%s.%s is not there", name, v.Type().Field(i).Name)
			}
		}
	}
}
