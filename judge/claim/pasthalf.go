package claim

import (
	"slices"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/results"
)

// connectPastHalf is what a connect(2) costs once half of the ports are in use. A search
// begins there, whether or not a step in the cost shows it: on few ports, or beside other
// load, the rest of a connect hides that.
func connectPastHalf() Figure {
	return Figure{Name: "a connect past half of the ports", Unit: "us", Of: func(r *results.Run) (float64, bool) {
		_, points := pastHalf(r)
		if len(points) == 0 {
			return 0, false
		}
		cost := make([]float64, len(points))
		for i, p := range points {
			cost[i] = p.CallUS
		}
		us := figure.Median(cost)
		return us, us > 0
	}}
}

// rateAtTheEnd is connections per second once half of the ports were in use; where that
// was not so, in the last whole interval.
func rateAtTheEnd() Figure { return Figure{Name: "connections/s at the end", Of: finalRate} }

func finalRate(r *results.Run) (float64, bool) {
	if from, points := pastHalf(r); len(points) > 0 {
		last := points[len(points)-1]
		if span := last.AtSeconds - from.AtSeconds; span > 0 {
			return float64(last.AfterConnections-from.AfterConnections) / span, true
		}
	}
	for i := len(r.Intervals) - 1; i > 0; i-- {
		span := r.Intervals[i].TS - r.Intervals[i-1].TS
		if span > 0.8*r.Options.Interval.Seconds() {
			return r.Intervals[i].ConnectionsPerSecond, true
		}
	}
	return r.Rates.ConnectionsPerSecond, r.DurationS > 0
}

// pastHalf are the stretches of a run that began with half of the ports in use, and the one
// before them. While no port has come free yet, as many are in use as there were connections.
func pastHalf(r *results.Run) (from metrics.Point, points []metrics.Point) {
	half, held := int64(r.Prediction.Ports+1)/2, r.Prediction.HoldSeconds
	points = r.ConnectCost
	if end := slices.IndexFunc(points, func(p metrics.Point) bool { return p.AtSeconds > held }); end >= 0 {
		points = points[:end]
	}
	begin := slices.IndexFunc(points, func(p metrics.Point) bool { return p.AfterConnections >= half })
	if begin < 0 || half == 0 {
		return metrics.Point{}, nil
	}
	return points[begin], points[begin+1:]
}
