package capacity

// Remedy is one change that lets more connections be opened.
type Remedy struct {
	// Change is what to do, as a user would type or write it.
	Change string `json:"change"`

	// Sysctls are the lines of a sysctl.conf(5) that do it; absent where it is
	// no sysctl.
	Sysctls []string `json:"sysctls,omitempty"`

	// SustainableCPS is the rate it would sustain; absent when ports would
	// no longer be the limit.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// Price is what it takes.
	Price string `json:"price"`

	// Risk is what can go wrong; absent where no risk is known.
	Risk string `json:"risk,omitempty"`
}

// Remedies returns the changes that would help a client with these settings,
// the cheapest first.
func Remedies(s Settings) []Remedy {
	now := Predict(s)
	if now.SustainableCPS == 0 {
		return nil
	}
	var out []Remedy
	for _, c := range Changes() {
		step, ok := c.Apply(Ask{Target: c.times * now.SustainableCPS, Widest: Widest().Len()}, s)
		if !ok {
			continue
		}
		p := Predict(step.Settings)
		if !step.Kept && p.Exhausts() && p.SustainableCPS <= now.SustainableCPS {
			continue
		}
		r := Remedy{Change: step.Do, Price: step.Price, Risk: step.Risk}
		for _, l := range step.Sysctls {
			r.Sysctls = append(r.Sysctls, l.String())
		}
		if !step.Kept {
			r.SustainableCPS = p.SustainableCPS
		}
		out = append(out, r)
	}
	return out
}
