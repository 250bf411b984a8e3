package scenario

import (
	"fmt"
	"strings"
	"time"

	"tcpbench/internal/figure"
)

// MinRate and MaxRate bound a rate, in starts per second: less is a start in
// 100 seconds, and more than any machine this tool runs on can begin.
const (
	MinRate = 0.01
	MaxRate = 10_000_000
)

// Rate is how many starts per second an open loop plans, from the beginning
// to the end of a run. The zero value is none: a closed loop.
type Rate struct{ From, To float64 }

// ParseRate reads a rate such as 500, 1.5k, 50/1s or 30/1m, a ramp between
// two such as 100..10k, or "none".
func ParseRate(s string) (Rate, error) {
	if s == None || s == "" {
		return Rate{}, nil
	}
	from, to, ramp := strings.Cut(s, "..")
	var r Rate
	var err error
	if r.From, err = parseSteady(from); err != nil {
		return Rate{}, err
	}
	r.To = r.From
	if ramp {
		if r.To, err = parseSteady(to); err != nil {
			return Rate{}, err
		}
	}
	return r, nil
}

// parseSteady reads one end of a rate, per second.
func parseSteady(s string) (float64, error) {
	number, period, per := strings.Cut(s, "/")
	n, err := ParseNumber(strings.TrimSpace(number))
	if err != nil {
		return 0, fmt.Errorf("%q is not a rate such as 500, 10k, 50/1s, or 100..10k for a ramp", s)
	}
	if per {
		d, err := parsePeriod(strings.TrimSpace(period))
		if err != nil {
			return 0, err
		}
		n /= d.Seconds()
	}
	if n == 0 {
		return 0, fmt.Errorf("a rate of 0 starts nothing; use %s for a closed loop", None)
	}
	if n < MinRate || n > MaxRate {
		return 0, fmt.Errorf("%s/s is outside %s/s to %s/s", figure.Exact(n), figure.Exact(MinRate),
			figure.Exact(MaxRate))
	}
	return n, nil
}

// parsePeriod reads what a rate is per: a duration, or a unit for one of it.
func parsePeriod(s string) (time.Duration, error) {
	switch s {
	case "ms", "s", "m", "h":
		s = "1" + s
	}
	d, err := parseDuration(s)
	if err != nil {
		return 0, err
	}
	if d <= 0 {
		return 0, fmt.Errorf("a rate per %v has no meaning; use a longer time, such as 1s", d)
	}
	return d, nil
}

// IsZero reports whether no rate was given.
func (r Rate) IsZero() bool { return r == Rate{} }

// Ramp reports whether the rate changes over the run.
func (r Rate) Ramp() bool { return r.From != r.To }

// String returns the form that [ParseRate] reads as the same rate.
func (r Rate) String() string {
	switch {
	case r.IsZero():
		return None
	case r.Ramp():
		return figure.Exact(r.From) + ".." + figure.Exact(r.To)
	default:
		return figure.Exact(r.From)
	}
}

// MarshalText writes what UnmarshalText reads, as String and [ParseRate].
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is [ParseRate].
func (r *Rate) UnmarshalText(text []byte) error {
	parsed, err := ParseRate(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}
