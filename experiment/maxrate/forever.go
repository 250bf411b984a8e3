package maxrate

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/results"
)

// exhausts says that a rate which holds for as long as a trial lasts does not
// do so for ever; "" when it does.
func exhausts(r *results.Run) string {
	p, rate := r.Prediction, connectionRate(r)
	if p.SustainableCPS == 0 || !p.ExhaustsAt(rate) {
		return ""
	}
	if r.Exhaustion != nil && r.Exhaustion.Exhausted {
		return fmt.Sprintf("It holds for %s although ports ran out in that time (%s)", seconds(r.Options.Duration), law(p))
	}
	return fmt.Sprintf("It holds for %s, but ports run out after %s at this rate (%s)", seconds(r.Options.Duration), seconds(p.TimeToExhaustion(rate)), law(p))
}

// law is the sum behind a prediction.
func law(p capacity.Prediction) string {
	rate := math.Floor(p.SustainableCPS)
	if rate < 100 {
		rate = threeDigits(p.SustainableCPS)
	}
	hold := time.Duration(p.HoldSeconds * float64(time.Second))
	return fmt.Sprintf("%d ports / %s = %s", p.ConnectionsUntilExhaustion, seconds(hold), perSecond(rate))
}

// connectionRate is how many connections per second a trial's rate amounts to
// in the long run: where they carry many requests, those that were replaced.
func connectionRate(r *results.Run) float64 {
	if r.Keepalive == nil {
		return r.Options.Rate.From
	}
	return float64(r.Keepalive.Reconnects) / cmp.Or(r.DurationS, 1)
}

// seconds prints a time with three digits at most.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(threeDigits(d.Seconds()), 'f', -1, 64) + " s"
}

func threeDigits(f float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 3, 64), 64) // its own output
	return rounded
}
