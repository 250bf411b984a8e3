package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload"
)

const (
	// plannedRate is the rate in starts per second that every generator should
	// keep to, whatever the machine.
	plannedRate = 10_000
	// rateGoal is how far from the plan the rate may be, and lateGoal how late
	// 99 of 100 starts may be at plannedRate.
	rateGoal = 0.001
	lateGoal = 250 * time.Microsecond
)

// paced is how one workload kept to a plan, in each round.
type paced struct {
	Name string    `json:"name"`
	Rate []float64 `json:"rate"` // planned, in starts per second
	Off  []float64 `json:"off"`  // by how much the rate missed it, in percent
	P50  []float64 `json:"p50"`  // lateness in microseconds
	P99  []float64 `json:"p99"`
}

// openLoop measures how well plans are kept to: at a fixed rate, and at half
// of what the same workload does in a closed loop.
func openLoop(ctx context.Context, p *place, t task) ([]paced, error) {
	var out []paced
	for _, c := range []struct {
		name   string
		server service
		change func(*scenario.Workload)
	}{
		{"short connections", echoServer(), short(1)},
		{"keepalive HTTP", httpServer(), web(scenario.EngineIOUring, held)},
	} {
		fixed, half := paced{Name: c.name}, paced{Name: c.name + ", half the maximum"}
		for range t.Rounds {
			closed, err := runPlanned(ctx, p, c.server, c.change, 0, t.Turn)
			if err != nil {
				return nil, err
			}
			most := float64(closed.Requests) / t.Turn.Seconds()
			for _, one := range []struct {
				*paced
				rate float64
			}{{&fixed, plannedRate}, {&half, most / 2}} {
				r, err := runPlanned(ctx, p, c.server, c.change, one.rate, t.Turn)
				if err != nil {
					return nil, err
				}
				one.add(one.rate, r)
			}
		}
		out = append(out, fixed, half)
	}
	return out, nil
}

func (p *paced) add(rate float64, r *metrics.Recorder) {
	l := r.Lateness
	us := func(percentile float64) float64 { return float64(l.Late.Percentile(percentile)) / 1e3 }
	p.Rate = append(p.Rate, rate)
	p.Off = append(p.Off, 100*float64(l.Planned-l.Started)/float64(l.Planned))
	p.P50, p.P99 = append(p.P50, us(50)), append(p.P99, us(99))
}

// runPlanned drives the lab's server for a turn; rate 0 is a closed loop.
func runPlanned(ctx context.Context, p *place, server service, change func(*scenario.Workload), rate float64,
	turn time.Duration) (*metrics.Recorder, error) {
	if _, err := p.tell(order{Serve: &server}); err != nil {
		return nil, err
	}
	w := scenario.DefaultWorkload()
	change(&w)
	w.Concurrency, w.Duration = inFlight, turn
	w.Rate = scenario.Rate{From: rate, To: rate}
	o := workload.Options{Workload: w, Destinations: []netip.AddrPort{labAddress()}, Capacity: defaultPorts}
	if server.Protocol != "" && w.Mode == scenario.ModeKeepalive {
		o.Scheme, o.Path = scenario.SchemeHTTP, "/"
	}
	m, err := workload.Run(ctx, o, workload.Observer{})
	if err != nil {
		return nil, err
	}
	if m.Recorder.Failed > 0 {
		return nil, fmt.Errorf("%d connections failed: %v", m.Recorder.Failed, m.Recorder.Outcomes.Errors())
	}
	_, err = p.tell(order{Stop: true})
	return m.Recorder, err
}

// pacedTable says how the plans were kept to.
func pacedTable(all []paced) table.Writer {
	tw := table.NewWriter()
	tw.AppendHeader(table.Row{"", "planned starts/s", "missed by, %", "lateness p50, us", "lateness p99, us", "goal"})
	for _, p := range all {
		verdict := goalText("rate within 0.1 %", figure.Median(p.Off) <= 100*rateGoal)
		if figure.Median(p.Rate) == plannedRate {
			verdict += "; " + goalText(fmt.Sprintf("p99 < %v", lateGoal),
				figure.Median(p.P99) < float64(lateGoal.Microseconds()))
		}
		tw.AppendRow(table.Row{p.Name, describe(p.Rate), describe(p.Off), describe(p.P50), describe(p.P99), verdict})
	}
	return tw
}

func goalText(what string, met bool) string {
	if met {
		return what + ": met"
	}
	return what + ": missed"
}
