package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// keepalive judges whether connections that carry many requests end the
// exhaustion of ports.
func keepalive() Rule {
	return Rule{
		Figures: []Figure{Measured("requests/s", "requests_per_second"), Requests(), UntilExhausted(), requestCPU(),
			Outcome()},
		Judge: judgeKeepalive,
	}
}

func requestCPU() Figure { return Measured("CPU a request", "cpu_per_request") }

func judgeKeepalive(e *Evidence) Verdict {
	const one, ten, hundred, unlimited = "1 request a connection", "10 requests a connection",
		"100 requests a connection", "unlimited"
	ports := e.Of(one, ports())
	e.Needs(e.stretches(one, 1, ports), "with 1 request a connection ports run out", "%s", e.requestsOn(one))
	byTen, byHundred := e.stretches(ten, 10, ports), e.stretches(hundred, 100, ports)
	held, served := e.Run(unlimited), e.Of(unlimited, Requests())
	e.Needs(e.Exhausted(unlimited) || served > 100*ports, "unlimited requests are enough to run out of ports",
		"%v on %v ports, where 100 a connection last for %v", served, ports, 100*ports)
	stayed := e.Check(held.Totals.Attempted <= int64(held.Options.Concurrency),
		"unlimited: %v requests on %d connections, of %d at a time", served, held.Totals.Attempted,
		held.Options.Concurrency)
	dear, cheap := e.Of(one, requestCPU()), e.Of(unlimited, requestCPU())
	cost := figure.Sprintf("a request costs the client %v us of CPU without keepalive and %v us with it", dear, cheap)
	e.Check(dear > cheap, "%s", cost)
	lasts := figure.Sprintf("%v ports lasted for %v, %v and %v requests with 1, 10 and 100 on a connection", ports,
		e.Of(one, Requests()), e.Of(ten, Requests()), e.Of(hundred, Requests()))
	switch {
	case e.Exhausted(unlimited) && e.Of(unlimited, requestsEach()) > 100:
		return verdict(scenario.Refuted, "ports ran out with unlimited keepalive too, after %v connections and %v "+
			"requests.", e.Of(unlimited, UntilExhausted()), served).
			practice("find out who closes the connections: keepalive alone did not save the ports.")
	case !stayed:
		return verdict(scenario.Unclear, "connections were lost: %d were opened for %d at a time, so nothing was "+
			"kept alive.", held.Totals.Attempted, held.Options.Concurrency)
	case byTen && byHundred:
		return verdict(scenario.Depends, "N requests on a connection make the ports last N times as long: %s. Only "+
			"connections that are never closed end it: %v requests on %d. And %s.", lasts, served,
			held.Totals.Attempted, cost).
			practice("raise every limit of requests on a connection, of clients, proxies and servers: at a limit of "+
				"100, %v ports lasted for %v requests, and without one they were not used up.", ports,
				e.Of(hundred, Requests()))
	case e.outlasts(ten, 10, ports) && e.outlasts(hundred, 100, ports):
		return verdict(scenario.Confirmed, "with keepalive ports did not run out: %v requests with 10 on a "+
			"connection, %v with 100, on %v ports. And %s.", e.Of(ten, Requests()), e.Of(hundred, Requests()), ports,
			cost).practice("keep connections open for at least 10 requests: %v ports were enough for %v.", ports,
			e.Of(ten, Requests()))
	default:
		return verdict(scenario.Unclear, "%s, which is neither in proportion nor without end.", lasts)
	}
}

// stretches checks that ports ran out, after so many requests on each. What is
// in flight when they end was not served in full.
func (e *Evidence) stretches(name string, each, ports float64) bool {
	served := e.Of(name, Requests())
	return e.Check(e.Exhausted(name) && e.Of(name, UntilExhausted()) == ports && served <= each*ports &&
		served > 0.8*each*ports, "%s: %v ports lasted for %v requests", name, ports, served)
}

// outlasts reports whether more requests were served than so many on each port,
// and ports did not run out.
func (e *Evidence) outlasts(name string, each, ports float64) bool {
	return !e.Exhausted(name) && e.Of(name, Requests()) > each*ports
}
