package engine

import (
	"net/netip"
	"testing"
	"time"

	"tcpbench/scenario"
)

func TestAWitnessDecidesWhetherPortsRanOut(t *testing.T) {
	p := &Plan{Destinations: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}}
	c := NewControl(p, time.Now())
	c.OnExhausted = scenario.OnExhaustedContinue
	var asked []time.Duration
	full := false
	c.Witness = func(ex Exhaustion) bool {
		asked = append(asked, ex.At)
		return full
	}
	c.exhaust(Exhaustion{At: time.Millisecond})
	if c.Exhausted() != nil {
		t.Fatal("ports ran out against the witness's word")
	}
	full = true
	c.exhaust(Exhaustion{At: doubt})
	if c.Exhausted() != nil || len(asked) != 1 {
		t.Errorf("asked at %v, want no second time within %v", asked, doubt)
	}
	c.exhaust(Exhaustion{At: doubt + time.Millisecond})
	c.exhaust(Exhaustion{At: 2 * doubt})
	if ex := c.Exhausted(); ex == nil || ex.At != doubt+time.Millisecond || len(asked) != 2 {
		t.Errorf("Exhausted() = %+v, asked at %v, want that of %v, and no more questions", ex, asked,
			doubt+time.Millisecond)
	}
}

func TestAWitnessIsAskedBeforeTheRunEnds(t *testing.T) {
	p := &Plan{Destinations: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}}
	c := NewControl(p, time.Now())
	c.OnExhausted = scenario.OnExhaustedStop
	stopped := true
	c.Witness = func(Exhaustion) bool { stopped = c.stopping.Load(); return true }
	c.exhaust(Exhaustion{})
	if stopped || !c.stopping.Load() {
		t.Errorf("stopped before the witness = %v, after it %v; want false, true", stopped, c.stopping.Load())
	}
}

func TestATupleIsAPair(t *testing.T) {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	x, y := netip.MustParseAddrPort("10.0.0.3:1"), netip.MustParseAddrPort("10.0.0.3:2")
	p := &Plan{Sources: []netip.Addr{a, b}, Destinations: []netip.AddrPort{x, y}}
	for tuple, want := range []Exhaustion{{Source: a, Destination: x}, {Source: b, Destination: x},
		{Source: a, Destination: y}, {Source: b, Destination: y}} {
		if got := p.exhaustion(want.Failure, int64(tuple), 0); got.Source != want.Source ||
			got.Destination != want.Destination {
			t.Errorf("tuple %d is %s to %s, want %s to %s", tuple, got.Source, got.Destination, want.Source,
				want.Destination)
		}
	}
}

// While a witness looks, nothing is begun: no start was planned then, and no rate is of it.
func TestLoadEndsWhenPortsRanOutAndNotAfterTheWitnessHasLooked(t *testing.T) {
	c := NewControl(&Plan{}, time.Now().Add(-time.Second))
	c.End, c.OnExhausted = time.Minute, scenario.OnExhaustedStop
	c.Witness = func(Exhaustion) bool { time.Sleep(20 * time.Millisecond); return true }
	at := time.Since(c.Start)
	c.exhaust(Exhaustion{At: at})
	if got := c.Offered(); got != at || !c.ended(at) {
		t.Errorf("load was offered until %v, want %v, when ports ran out", got, at)
	}
}
