package proof

import (
	"errors"
	"fmt"
	"maps"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/plan"
	"tcpbench/scenario"
)

// Case is what is to be proved.
type Case struct {
	// Workload and Sysctls are the settings before the option: of the workload
	// what the law depends on, of the sysctls those in force.
	Workload scenario.Workload
	Sysctls  map[string]string

	// Option is what is changed; one without changes is to prove the settings.
	Option plan.Option

	// Target is the rate that is to be reached; 0 where there is none.
	Target float64

	// part tells that the option's ports are a part of what there would be.
	part bool
}

// firstPort is where a part of the ports begins.
const firstPort = 32768

// with is c on so many ports.
func (c Case) with(ports int) Case {
	c.part = ports != c.Option.Settings.Ports
	c.Option.Settings.Ports = ports
	if c.part {
		c.Option.Settings.OddRange = ports > 1 && ports%2 == 1
	}
	return c
}

// Spec is the cell that has the option's settings, without a rate. A lab that
// would not have them is an error of [fault.StatusHost].
func (c Case) Spec() (cell.Spec, error) {
	if c.Option.Kept {
		return cell.Spec{}, fault.Host(errors.New("verify: no connection of this way is opened again, " +
			"so there is no rate of them to try; verify it with tcpbench run, and the option that it names"))
	}
	s := cell.Spec{Workload: c.workload()}
	got, err := cell.Predict(s)
	if err != nil {
		return cell.Spec{}, err
	}
	want := capacity.Predict(c.Option.Settings)
	if got.NoPort() || got.SustainableCPS != want.SustainableCPS ||
		got.ConnectionsUntilExhaustion != want.ConnectionsUntilExhaustion ||
		got.HoldSeconds != want.HoldSeconds {
		return cell.Spec{}, fault.Host(fmt.Errorf("verify: a lab with these settings would hold %s, "+
			"and the plan says %s; "+
			"verify it on the host itself, with tcpbench run --find-max-rate TARGET", holds(got), holds(want)))
	}
	return s, s.Validate()
}

func holds(p capacity.Prediction) string {
	if p.NoPort() {
		return "nothing"
	}
	if p.SustainableCPS == 0 {
		return "any rate"
	}
	return figure.Limit(p.SustainableCPS) + "/s"
}

// workload is the part of c.Workload that the law depends on, changed as the
// option says.
func (c Case) workload() scenario.Workload {
	from, to := c.Option.Now, c.Option.Settings
	w, base := scenario.DefaultWorkload(), c.Workload
	w.Concurrency, w.Threads, w.IP, w.ServerSysctl = base.Concurrency, base.Threads, base.IP, base.ServerSysctl
	w.Linger, w.Close, w.PortSelect, w.SourcePorts = base.Linger, base.Close, base.PortSelect, base.SourcePorts
	w.BindNoPort = base.BindNoPort && !to.BindReserves || from.BindReserves != to.BindReserves ||
		from.Sources != to.Sources
	w.Source = scenario.Sources{Count: base.Source.Len()}
	if from.Sources != to.Sources {
		w.Source.Count = to.Sources
	}
	w.Destinations = to.Destinations
	c.closes(&w)
	if to.Walk {
		w.PortSelect = scenario.PortSelectWalk
	}
	switch {
	case c.part:
		w.SourcePorts = scenario.PortRange{}
	case from.Ports != to.Ports && from.Limited:
		w.SourcePorts = scenario.PortRange{Lo: uint16(capacity.Widest().Lo), Hi: uint16(capacity.Widest().Hi)}
	}
	w.Sysctl = c.sysctls()
	if n := c.Option.RequestsPerConnection; n > 0 {
		w.Mode, w.RequestsPerConn = scenario.ModeKeepalive, scenario.Span{Min: int32(n), Max: int32(n)}
	}
	return ended(w)
}

// closes sets how connections end, where the option changes it.
func (c Case) closes(w *scenario.Workload) {
	from, to := c.Option.Now, c.Option.Settings
	switch {
	case to.Reset && !from.Reset:
		w.Close, w.Linger = scenario.CloseClient, scenario.Linger{On: true}
	case to.ServerCloses && !from.ServerCloses:
		w.Close, w.Linger = scenario.CloseServer, scenario.Linger{}
	}
}

// sysctls are those of the lab's client that are not as the kernel has them in
// a new namespace: an older one may lack the others.
func (c Case) sysctls() scenario.Sysctls {
	out := scenario.Sysctls(capacity.LawSysctls(c.Sysctls))
	maps.Copy(out, capacity.LawSysctls(c.Workload.Sysctl))
	for _, l := range c.Option.Sysctls {
		out[l.Name] = l.Value
	}
	if to := c.Option.Settings; to.Loopback && to.Reuse == 2 {
		out["net.ipv4.tcp_tw_reuse"] = "1" // a lab is no loopback
	}
	if c.part {
		out["net.ipv4.ip_local_port_range"] = fmt.Sprintf("%d %d", firstPort, firstPort+c.Option.Settings.Ports-1)
		delete(out, "net.ipv4.ip_local_reserved_ports")
	}
	defaults := capacity.DefaultSysctls()
	maps.DeleteFunc(out, func(name, value string) bool { return value == "" || value == defaults[name] })
	return out
}

// ended is w when the first failure ends it, and nothing else before its time.
func ended(w scenario.Workload) scenario.Workload {
	w.Until, w.OnExhausted, w.Steady = scenario.UntilExhausted, scenario.OnExhaustedStop, 0
	return w
}
