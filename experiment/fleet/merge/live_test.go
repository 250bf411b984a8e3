package merge_test

import (
	"testing"
	"time"

	"tcpbench/experiment/fleet/merge"
	"tcpbench/metrics"
)

func TestAnIntervalOfARunThatGoesOnIsThatOfAllAgents(t *testing.T) {
	w := metrics.NewWindow()
	w.Connect.Record(time.Millisecond)
	one := metrics.Interval{TS: 2, LengthS: 1, Attempted: 12, Succeeded: 10, Failed: 2, ConnectionsPerSecond: 10,
		RequestsPerSecond: 10, InFlight: 3, PortsInUse: new(5), ConnectP50US: new(1000.0), ConnectHDR: w.Connect.HDR()}
	other := metrics.Interval{TS: 2, LengthS: 1, Attempted: 30, Succeeded: 30, ConnectionsPerSecond: 30,
		RequestsPerSecond: 30, InFlight: 4, PortsInUse: new(6)}
	got := merge.Interval([]metrics.Interval{one, other})
	if got.Attempted != 42 || got.Succeeded != 40 || got.ConnectionsPerSecond != 40 || got.RequestsPerSecond != 40 ||
		got.InFlight != 7 || *got.PortsInUse != 11 || got.TS != 2 || got.LengthS != 1 || got.Merged != 0 {
		t.Errorf("Interval() = %+v, want the sums", got)
	}
	if got.ConnectP50US == nil || *got.ConnectP50US != float64(w.Connect.Percentile(50))/1e3 {
		t.Errorf("ConnectP50US = %v, want that of the only one that had a latency", got.ConnectP50US)
	}
	one.Live = &metrics.LivePorts{Safe: 900, Sure: 999, HoldS: 5}
	other.Live = &metrics.LivePorts{Safe: 90, Sure: 99, HoldS: 1}
	want := metrics.LivePorts{Safe: 990, Sure: 1098, HoldS: 5}
	if got := merge.Interval([]metrics.Interval{one, other}); *got.Live != want {
		t.Errorf("Live = %+v, want the sums", *got.Live)
	}
	other.Live.Safe = 0
	if got := merge.Interval([]metrics.Interval{one, other}); got.Live.Safe != 0 {
		t.Errorf("Live = %+v, want no safe ports where one of them has none", *got.Live)
	}
	unknown := one.WithoutHDR() // as it is reported while a run goes on
	for _, both := range [][]metrics.Interval{{unknown, other}, {unknown, one}, {one, unknown}} {
		if got := merge.Interval(both); got.ConnectP50US != nil || got.ConnectHDR != "" {
			t.Errorf("ConnectP50US = %v, want none where that of one is not known", *got.ConnectP50US)
		}
	}
	damaged := one
	damaged.ConnectHDR = "none"
	if got := merge.Interval([]metrics.Interval{damaged}); got.ConnectP50US != nil || got.Succeeded != 10 {
		t.Errorf("Interval() = %+v of a damaged histogram, want what it counted", got)
	}
}
