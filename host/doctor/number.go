package doctor

import (
	"fmt"
	"math"
)

// rate prints connections a second: with three significant digits below 100,
// and never more than there are, since what is sustained ends there.
func rate(cps float64) string {
	if cps < 100 {
		return fmt.Sprintf("%.3g", cps)
	}
	return fmt.Sprintf("%.0f", math.Floor(cps))
}
