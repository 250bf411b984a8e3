package claim

import (
	"tcpbench/scenario"
)

// keepalive judges whether connections that carry many requests end the
// exhaustion of ports.
func keepalive() Rule {
	requests := Requests()
	perSecond, cpu := Measured("requests/s", "requests_per_second"), Measured("CPU a request", "cpu_per_request")
	return Rule{
		Figures: []Figure{perSecond, requests, UntilExhausted(), cpu, Outcome()},
		Judge: func(e *Evidence) Verdict {
			const one, ten, hundred, unlimited = "1 request a connection", "10 requests a connection",
				"100 requests a connection", "unlimited"
			ports := float64(e.Run(one).Prediction.Ports)
			stretched := true
			for _, c := range []struct {
				name string
				n    float64
			}{{one, 1}, {ten, 10}, {hundred, 100}} {
				served := e.Of(c.name, requests)
				// What is in flight when the ports end was not served in full.
				ok := e.Exhausted(c.name) && e.Of(c.name, UntilExhausted()) == ports && served <= c.n*ports &&
					served > 0.8*c.n*ports
				stretched = e.Check(ok, "%s: %v ports lasted for %v requests", c.name, ports, served) && stretched
			}
			held := e.Run(unlimited)
			stayed := e.Check(held.Totals.Attempted <= int64(held.Options.Concurrency),
				"unlimited: %v requests on %d connections, of %d at a time", e.Of(unlimited, requests),
				held.Totals.Attempted, held.Options.Concurrency)
			cheaper := e.Of(one, cpu) / e.Of(unlimited, cpu)
			e.Check(cheaper > 1, "a request costs the client %v us of CPU without keepalive and %v us with it, %v "+
				"times less", e.Of(one, cpu), e.Of(unlimited, cpu), cheaper)
			switch {
			case e.Exhausted(unlimited):
				return verdict(scenario.Refuted, "ports ran out with unlimited keepalive too, after %v connections.",
					e.Of(unlimited, UntilExhausted()))
			case !stayed:
				return verdict(scenario.Unclear,
					"connections were lost: %d were opened for %d at a time, so nothing was kept alive.",
					held.Totals.Attempted, held.Options.Concurrency)
			case stretched:
				return verdict(scenario.Depends,
					"N requests on a connection make the ports last N times as long; only connections that are never "+
						"closed end it. A request then costs %v times less CPU.", cheaper)
			case e.Exhausted(one) && !e.Exhausted(ten) && !e.Exhausted(hundred):
				return verdict(scenario.Confirmed,
					"with keepalive ports did not run out: %v requests with 10 on a connection, %v with 100.",
					e.Of(ten, requests), e.Of(hundred, requests))
			default:
				return verdict(scenario.Unclear,
					"%v ports lasted for %v, %v and %v requests with 1, 10 and 100 on a connection, which is neither "+
						"in proportion nor without end.", ports, e.Of(one, requests), e.Of(ten, requests),
					e.Of(hundred, requests))
			}
		},
	}
}
