package capacity

import "time"

// Room returns the changes that give more connections a port, whatever state
// they are in, the cheapest first: each one holds its port for a time, or for as
// long as it is open where that is 0. Those that take over or avoid TIME_WAITs
// are not among them.
func Room(s Settings, held time.Duration) []Remedy {
	// What closes when does not matter: the law of TIME_WAITs counts the ports.
	law := Settings{Ports: s.Ports, OddRange: s.OddRange, Barred: s.Barred, Limited: s.Limited, InTurn: s.InTurn,
		Sources: s.Sources, Destinations: s.Destinations, BindReserves: s.BindReserves,
		Timestamps: s.Timestamps, Program: s.Program}
	rate := Predict(law).SustainableCPS
	var out []Remedy
	for _, c := range Changes() {
		if !c.room {
			continue
		}
		step, ok := c.Apply(c.times*rate, law)
		if n := step.Settings.AtLeast(); ok && n > s.AtLeast() {
			out = append(out, step.remedy().gives(n, held))
		}
	}
	return out
}

// gives fills in what so many ports give, each held for a time.
func (r Remedy) gives(ports int64, held time.Duration) Remedy {
	if held == 0 {
		r.Connections = ports
		return r
	}
	r.SustainableCPS = float64(ports) / held.Seconds()
	return r
}

// remedy is the step as it is offered.
func (s Step) remedy() Remedy {
	r := Remedy{Change: s.Do, Price: s.Price, Risk: s.Risk, Host: s.Host}
	if p := s.Settings.Program; p != nil && r.Host == "" {
		r.Host, r.Change = p.Host, "on the "+p.Host+" "+r.Change
	}
	for _, l := range s.Sysctls {
		r.Sysctls = append(r.Sysctls, l.String())
	}
	return r
}
