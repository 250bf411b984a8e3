package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/cell"
	"tcpbench/internal/uring"
	"tcpbench/scenario"
)

// pairs is how many times the contenders meet, in either order by turns.
const pairs = 10

// inside measures in the lab's client namespace.
func inside() error {
	w := scenario.DefaultWorkload()
	w.RequestSize, w.ResponseSize = 1, 1
	place, err := cell.Open(w)
	if err != nil {
		return err
	}
	defer place.Close()
	fmt.Println()
	for _, m := range matches() {
		as, bs, err := meet(m[0], m[1], place.Destinations[0])
		if err != nil {
			return err
		}
		printScores(m[0], m[1], as, bs)
	}
	return sampling(place.Destinations[0])
}

// matches are who meets whom.
func matches() [][2]contender {
	all := runtime.NumCPU()
	one := contender{"net.Dial loop, GOMAXPROCS=1", 1, netDial}
	many := contender{fmt.Sprintf("net.Dial loop, GOMAXPROCS=%d", all), all, netDial}
	out := [][2]contender{
		{tcpbench(scenario.EngineEpoll, 1), one},
		{tcpbench(scenario.EngineEpoll, all), many},
	}
	if err := uring.Probe(); err != nil {
		fmt.Println("without io_uring:", err)
		return out
	}
	return append(out,
		[2]contender{tcpbench(scenario.EngineIOUring, 1), tcpbench(scenario.EngineEpoll, 1)},
		[2]contender{tcpbench(scenario.EngineIOUring, 1), one},
		[2]contender{tcpbench(scenario.EngineIOUring, all), many},
	)
}

// tcpbench is a native engine; its sampler needs a processor now and then.
func tcpbench(engine scenario.EngineName, threads int) contender {
	return contender{fmt.Sprintf("tcpbench, %s, %d thread(s)", engine, threads), threads + 1, native(engine, threads)}
}

// meet lets two contenders run in turn, A B, B A, A B ...; what drifts on the
// machine meets both alike.
func meet(a, b contender, dst netip.AddrPort) (as, bs []score, err error) {
	if _, err := a.turn(dst); err != nil { // warm up
		return nil, nil, err
	}
	for i := range pairs {
		first, second := a, b
		if i%2 == 1 {
			first, second = b, a
		}
		s1, err := first.turn(dst)
		if err != nil {
			return nil, nil, err
		}
		s2, err := second.turn(dst)
		if err != nil {
			return nil, nil, err
		}
		if i%2 == 1 {
			s1, s2 = s2, s1
		}
		as, bs = append(as, s1), append(bs, s2)
	}
	return as, bs, nil
}

func printScores(a, b contender, as, bs []score) {
	tw := table.NewWriter()
	tw.SetOutputMirror(os.Stdout)
	tw.SetTitle(fmt.Sprintf("short connections, RST close, 1 byte each way, %d in flight, %d turns of %v each", inFlight, pairs, turn))
	tw.AppendHeader(table.Row{"", "connections/s", "CPU us/connection"})
	rate := func(s score) float64 { return s.rate }
	cpu := func(s score) float64 { return s.cpu }
	for _, c := range []struct {
		contender
		scores []score
	}{{a, as}, {b, bs}} {
		tw.AppendRow(table.Row{c.name, spread(c.scores, rate, "%.0f"), spread(c.scores, cpu, "%.1f")})
	}
	tw.AppendRow(table.Row{"ratio, pair by pair", ratios(as, bs, rate), ratios(as, bs, cpu)})
	tw.Render()
}

// spread is the median with the least and the most.
func spread(scores []score, of func(score) float64, format string) string {
	var vs []float64
	for _, s := range scores {
		vs = append(vs, of(s))
	}
	return describe(vs, format)
}

func ratios(as, bs []score, of func(score) float64) string {
	var vs []float64
	for i := range as {
		vs = append(vs, of(as[i])/of(bs[i]))
	}
	return describe(vs, "%.2f")
}

func describe(vs []float64, format string) string {
	slices.Sort(vs)
	middle := (vs[(len(vs)-1)/2] + vs[len(vs)/2]) / 2
	return fmt.Sprintf(format+" ("+format+" to "+format+")", middle, vs[0], vs[len(vs)-1])
}
