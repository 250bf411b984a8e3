package live

import (
	"net/netip"
	"slices"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
	"tcpbench/metrics"
)

// forecaster says where a client's ports are going. [headroom] wants to know how long ago
// each TIME_WAIT began, which intervals do not say; but those of a run are its own
// connections, which ended at a rate that they do say.
type forecaster struct {
	law    capacity.Settings
	watch  *headroom.Watch
	ended  []ended // of the last hold time, the oldest first
	seenTo float64 // when the last reading was, in seconds
	last   headroom.Forecast
}

// sampledLate is how many ports may have been taken between the end of an interval and the
// look at them, at any rate.
const sampledLate = 64

// ended are connections that were over in an interval, evenly.
type ended struct {
	from, to float64 // seconds
	n        int
}

func newForecaster(law capacity.Settings) *forecaster {
	return &forecaster{law: law, watch: headroom.NewWatch(1), seenTo: -1}
}

// see takes in what ended in an interval.
func (f *forecaster) see(iv metrics.Interval) {
	if n := int(iv.Succeeded); n > 0 {
		f.ended = append(f.ended, ended{iv.TS - iv.LengthS, iv.TS, n})
	}
	oldest := iv.TS - capacity.TimeWait.Seconds()
	f.ended = slices.DeleteFunc(f.ended, func(e ended) bool { return e.to < oldest })
}

// of is what becomes of the ports of the last interval, if there are any.
func (f *forecaster) of(iv metrics.Interval) (headroom.Forecast, bool) {
	if iv.PortsInUse == nil || iv.PortsCapacity == nil || *iv.PortsCapacity <= 0 {
		return headroom.Forecast{}, false
	}
	if iv.TS > f.seenTo {
		f.seenTo = iv.TS
		v := f.watch.Observe(f.reading(iv))
		f.last = v.Pairs[0].Forecast
	}
	return f.last, true
}

// reading is what [headroom] would have read. All pairs of source and destination are one:
// they fill alike. It has 65536 ports at most, so that of more it stands for a part.
func (f *forecaster) reading(iv metrics.Interval) headroom.Reading {
	parts := 1 + *iv.PortsCapacity/(1<<16)
	law := f.law
	law.Ports, law.MaxTimeWaits = *iv.PortsCapacity/parts, law.MaxTimeWaits/parts
	u := headroom.Use{Pair: headroom.Pair{Source: netip.AddrFrom4([4]byte{192, 0, 2, 1})}}
	law.Reuse = 0
	if iv.PortsReusable != nil {
		law.Reuse, law.Timestamps = 1, true
	}
	over := max(*iv.PortsInUse-iv.InFlight, 0)
	u.Open = (*iv.PortsInUse - over) / parts
	halved := 0
	if iv.FinWait2 != nil {
		halved = min(*iv.FinWait2, over)
	}
	f.ages(iv.TS, over, parts, func(age time.Duration) {
		if halved -= parts; halved >= 0 {
			u.AddHalf(law.FinTimeout-age, law.FinTimeout)
			return
		}
		u.AddTimeWait(capacity.TimeWait - age)
	})
	at := time.Unix(0, 0).Add(time.Duration(iv.TS * float64(time.Second)))
	return headroom.Reading{At: at, Law: law, Uses: []headroom.Use{u}}
}

// ages gives the age of each of so many of the connections that are over, or of a part of
// them: the youngest are still there. Some ended since the interval did, and those from
// before the first one are as old as can be.
func (f *forecaster) ages(now float64, over, parts int, add func(age time.Duration)) {
	since := over
	for _, e := range f.ended {
		since -= e.n
	}
	if n := len(f.ended); n > 0 {
		since = min(since, f.ended[n-1].n/4+sampledLate)
	}
	for i := 0; i < since; i += parts {
		add(0)
	}
	over -= max(since, 0)
	for _, e := range slices.Backward(f.ended) {
		n := min(e.n, over)
		for i := 0; i < n; i += parts {
			at := e.to - (e.to-e.from)*float64(i)/float64(e.n)
			add(time.Duration((now - at) * float64(time.Second)))
		}
		over -= n
	}
	for i := 0; i < over; i += parts {
		add(capacity.TimeWait)
	}
}
