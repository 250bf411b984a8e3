package figure

import "github.com/aclements/go-moremath/stats"

// Median is the middle of vs, the mean of the middle two; not a number where
// there are none.
func Median(vs []float64) float64 { return stats.Sample{Xs: vs}.Quantile(0.5) }
