package capacity

import (
	"cmp"
	"fmt"
)

// Remedy is one change that lets more connections be opened.
type Remedy struct {
	// Change is what to do, as a user would type or write it.
	Change string `json:"change"`

	// Host is where it is to be done: "client", "proxy" or "server" of a lab;
	// absent where that is the host that ran out of ports, or a choice of both.
	Host string `json:"host,omitempty"`

	// Sysctls are the lines of a sysctl.conf(5) that do it; absent where it is
	// no sysctl.
	Sysctls []string `json:"sysctls,omitempty"`

	// Offer is what it gives; it is empty where connections are then kept.
	Offer

	// Connections is how many can then be open at a time, where it is that, and no
	// rate, which is the limit.
	Connections int64 `json:"connections,omitempty"`

	// Price is what it takes.
	Price string `json:"price"`

	// Risk is what can go wrong; absent where no risk is known.
	Risk string `json:"risk,omitempty"`
}

// Gives says what the change gives, in a few words.
func (r Remedy) Gives() string {
	if r.Connections > 0 {
		return fmt.Sprintf("%d connections at a time", r.Connections)
	}
	return r.Offer.Gives()
}

// Remedies returns the changes that would help a client with these settings,
// the cheapest first.
func Remedies(s Settings, client Client) []Remedy {
	now := Predict(s)
	if now.SustainableCPS == 0 && now.SafeCPS == 0 && !now.NoPort() {
		return nil
	}
	rate := cmp.Or(now.SafeCPS, now.SustainableCPS)
	var out []Remedy
	for _, c := range Changes() {
		step, ok := c.Apply(c.times*rate, s)
		if !ok || !step.helps(now) {
			continue
		}
		r := step.remedy()
		if !step.Kept {
			r.Offer = NewOffer(step.Settings, client)
		}
		out = append(out, r)
	}
	return out
}

// widest is how many ports the widest range has for connections.
func (s Settings) widest() int { return max(Widest().Len()-s.Barred, 0) }

// helps reports whether more can be opened for ever after it than by now: where those in
// flight take all ports still, it is of no use.
func (s Step) helps(now Prediction) bool {
	p := Predict(s.Settings)
	return !p.NoPort() && (s.Kept || !p.Exhausts() || p.SafeCPS > now.SafeCPS)
}
