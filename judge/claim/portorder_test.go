package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// fromPorts is a run of connections, one after the other, from these ports.
func fromPorts(name string, destinations int, ports ...int) *results.Run {
	return result(name, succeeded(int64(len(ports))), func(r *results.Run) {
		r.Options.Destinations = destinations
		for i, port := range ports {
			r.Packets = append(r.Packets, results.Packet{Connection: i + 1, Port: uint16(port),
				From: results.FromClient, Flags: "S"})
		}
	})
}

// upwards are n ports that go up by a step, round a range of 200.
func upwards(from, step, n int) []int {
	var out []int
	for i := range n {
		out = append(out, 40000+(from+i*step)%200)
	}
	return out
}

// drawn are n ports that do not follow each other, every second one.
func drawn(from, n int) []int {
	var out []int
	for i := range n {
		out = append(out, from+2*(i*7919%13_000))
	}
	return out
}

// inTurn are the ports of connections to 32 destinations, 8 to each.
func inTurn(starts []int, step func(i int) int) []int {
	var out []int
	for i := range 8 {
		for _, start := range starts {
			out = append(out, start+step(i))
		}
	}
	return out
}

func portOrderTruth() []*results.Run {
	halves := func(name string, first int) *results.Run {
		r := fromPorts(name, 1, append(upwards(first, 2, 100), upwards(first+1, 2, 20)...)...)
		has(200)(r)
		return r
	}
	odd := halves("connect(2), 200 ports, the first odd", 1)
	for i := range odd.Packets {
		if odd.Packets[i].Port == 40000 {
			odd.Packets[i].Port = 40200
		}
	}
	return []*results.Run{
		halves("connect(2), 200 ports, the first even", 0), odd,
		fromPorts("connect(2), 32 destinations in turn", 32, inTurn(drawn(32768, 32), func(i int) int {
			return 8 * i
		})...),
		fromPorts("bind(2) without a port", 1, drawn(32769, 64)...),
	}
}

func TestPortsAreInOrderOrDrawn(t *testing.T) {
	const many, bind, even = "connect(2), 32 destinations in turn", "bind(2) without a port", "connect(2), 200 " +
		"ports, " +
		"the first even"
	with := func(i int, r *results.Run) []*results.Run {
		runs := portOrderTruth()
		if r.Prediction.Ports == 0 {
			r.Prediction.Ports = runs[i].Prediction.Ports
		}
		runs[i] = r
		return runs
	}
	random := fromPorts(many, 32, drawn(32768, 256)...)
	byBind := fromPorts(bind, 1, upwards(1, 2, 64)...)
	neither := with(2, random)
	neither[3] = byBind
	uncaptured := portOrderTruth()
	uncaptured[2].Totals.Succeeded = 300
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"connect in order, bind drawn", portOrderTruth(), scenario.Depends, "connect(2) does not draw it: to 32 " +
			"destinations in turn, 224 of 224 connections had a port at most 16 above the one before; only where " +
			"that " +
			"begins is random, for each destination: up to"},
		{"half of the ports first", portOrderTruth(), scenario.Depends, "before the others: 100 even ports, then " +
			"20 odd " +
			"ports; 100 odd ports, then 20 even ports. bind(2) without a port: 0 of 63 connections had a port at " +
			"most " +
			"16 above the one before, and took 64 odd ports."},
		{"both in order", with(3, byBind), scenario.Refuted, "bind(2) without a port: 63 of 63 connections"},
		{"both drawn", with(2, random), scenario.Confirmed, "to 32 destinations in turn, 0 of 224 connections had"},
		{"connect drawn, bind in order", neither, scenario.Depends, "connect(2) draws it: to 32 destinations in " +
			"turn, 0 " +
			"of 224"},
		{"one search for all destinations", with(2, fromPorts(many, 32, inTurn(upwards(0, 2, 32), func(i int) int {
			return 8 * i
		})...)), scenario.Depends, "at most 16 above the one before. It takes all ports"},
		{"both parities at once", with(0, fromPorts(even, 1, upwards(0, 1, 120)...)), scenario.Depends,
			"for each destination: up to"},
		{"not every connection was captured", uncaptured, scenario.Unclear, "every connection was captured\": " +
			"256 of 300"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantText(t, wantAnswer(t, "port-order", tt.want, tt.runs...), tt.text) })
	}
	const half = "And count on half of the range: then connect(2) searches"
	wantPractice(t, wantAnswer(t, "port-order", scenario.Depends, portOrderTruth()...), half)
	got := wantAnswer(t, "port-order", scenario.Depends, with(0, fromPorts(even, 1, upwards(0, 1, 120)...))...)
	if strings.Contains(got.Practice, half) {
		t.Errorf("Practice = %q where both parities came at once", got.Practice)
	}
	for _, check := range got.Checks {
		if check.Holds && check.Text[:4] == "half" {
			t.Errorf("check %q holds, want that 60 even and 60 odd ports, mixed, are no half", check.Text)
		}
	}
}
