package results

import (
	"fmt"

	"tcpbench/internal/figure"
)

// FellBehind says how far answers fell behind the plan; "" where they kept up.
func (l *Lateness) FellBehind() string {
	if l.Behind == 0 {
		return ""
	}
	return fmt.Sprintf("%s answers for each 100 starts, and each second %s longer", figure.Number(100/(1+l.Behind)),
		figure.Seconds(l.Behind))
}
