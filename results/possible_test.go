package results_test

import (
	"bytes"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// Whatever number of a result is edited to what cannot be, reading says so.
func TestImpossibleNumbersAreRefused(t *testing.T) {
	var b bytes.Buffer
	if err := results.Encode(&b, resultstest.Full()); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	const rate = `"connections_per_second": `
	tests := []struct{ was, becomes, at string }{
		{rate + "398.8", rate + "-5", "rates.connections_per_second is -5"},
		{rate + "398.8", rate + "1e300", "rates.connections_per_second is 1e+300"},
		{`"requests_per_second": 398.8`, `"requests_per_second": 2e9`, "rates.requests_per_second is 2e+09"},
		{`"failed": 7`, `"failed": -1`, "totals.failed is -1"},
		{`"duration_s": 2.5`, `"duration_s": -2.5`, "duration_s is -2.5"},
		{`"after_connections": 1000`, `"after_connections": -1000`, "exhaustion.after_connections is -1000"},
		{`"per_connection_us": 100.3`, `"per_connection_us": 1e10`, "cpu.per_connection_us is 1e+10"},
		{`"ports_in_use": 600`, `"ports_in_use": -600`, "intervals[0].ports_in_use is -600"},
		{`"lost_connections": 1`, `"lost_connections": -1`, "delivery.lost_connections is -1"},
		{`"connect: EADDRNOTAVAIL": 4`, `"connect: EADDRNOTAVAIL": -4`, "totals.errors.connect: EADDRNOTAVAIL is -4"},
		{`"call_us": 8`, `"call_us": -8`, "connect_cost[0].call_us is -8"},
	}
	for _, tt := range tests {
		edited := strings.Replace(whole, tt.was, tt.becomes, 1)
		if edited == whole {
			t.Fatalf("the result has no %s", tt.was)
		}
		_, err := results.Decode([]byte(edited))
		if err == nil || err.Error() != "not a result: "+tt.at+", which no run has" {
			t.Errorf("Decode(%s) = %v, want that %s", tt.becomes, err, tt.at)
		}
	}
	for _, phase := range []string{"count", "min_us", "mean_us", "p50_us", "p99_us", "max_us"} {
		r := resultstest.Full()
		b.Reset()
		if err := results.Encode(&b, r); err != nil {
			t.Fatal(err)
		}
		_, latency, _ := strings.Cut(b.String(), `"latency"`)
		_, rest, _ := strings.Cut(latency, `"`+phase+`": `)
		head := strings.TrimSuffix(b.String(), rest)
		if _, err := results.Decode([]byte(head + "-" + rest)); err == nil {
			t.Errorf("Decode(latency.connect.%s below 0) = nil, want an error", phase)
		}
	}
}

// A figure that is not there is not 0.
func TestFiguresThatEveryRunHas(t *testing.T) {
	whole := encode(t, resultstest.Full())
	for _, at := range []string{"duration_s", "totals/attempted", "totals/succeeded", "totals/failed",
		"rates/connections_per_second", "rates/requests_per_second"} {
		_, err := results.Decode(with(t, whole, at, missing))
		if want := "not a result: it has no " + strings.ReplaceAll(at, "/", "."); err == nil || err.Error() != want {
			t.Errorf("Decode(a result without %s) = %v, want %s", at, err, want)
		}
	}
	for _, at := range []string{"totals", "rates"} {
		if _, err := results.Decode(with(t, whole, at, missing)); err == nil {
			t.Errorf("Decode(a result without %s) = nil, want an error", at)
		}
	}
	for _, at := range []string{"mean_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us"} {
		_, err := results.Decode(with(t, whole, "latency/connect/"+at, missing))
		const want = "not a result: latency.connect has a percentile that is below a lower one, or none"
		if err == nil || err.Error() != want {
			t.Errorf("Decode(a latency without %s) = %v, want %s", at, err, want)
		}
	}
}

// Bytes that an older connection sent are more than were sent.
func TestNumbersThatMayBeNegative(t *testing.T) {
	r := resultstest.Full()
	r.Delivery.LostBytes = -64
	r.Kernel.Client["TcpCurrEstab"] = -3
	r.Hosts = &results.Hosts{Server: &results.Host{Said: []results.Said{{Text: "listening", Count: 1, FirstS: -0.07}}}}
	var b bytes.Buffer
	if err := results.Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	if _, err := results.Decode(b.Bytes()); err != nil {
		t.Errorf("Decode() = %v, want no error", err)
	}
}

func TestAFailureWithinTheWarmUpCanBe(t *testing.T) {
	r := resultstest.Full()
	r.Exhaustion.AfterSeconds = new(-0.7)
	if _, err := results.Decode(encode(t, r)); err != nil {
		t.Errorf("Decode(ports ran out 0.7 s before the count began) = %v, want nil", err)
	}
}
