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
	law capacity.Settings
	// leaves: a connection of the run that is over holds its port here.
	leaves bool
	ended  []ended // of those whose ports may be held, the oldest first
	// before is how many ports were held when the run began: an interval does not say since
	// when, nor whose they are. gone is the watch to which none of them is held any more.
	before      int
	watch, gone *headroom.Watch
	seenTo      float64 // when the last reading was, in seconds; negative before the first
	last        headroom.Forecast
}

// ended are connections that were over in an interval, evenly.
type ended struct {
	from, to float64 // seconds
	n        int
}

func newForecaster(law capacity.Settings) *forecaster {
	f := &forecaster{law: law, leaves: !law.Reset && !law.ServerCloses, watch: headroom.NewWatch(1),
		gone: headroom.NewWatch(1), seenTo: -1}
	f.law.Reset, f.law.ServerCloses = false, false // those of others are held all the same
	return f
}

// see takes in what ended in an interval.
func (f *forecaster) see(iv metrics.Interval) {
	if n := int(iv.Succeeded); n > 0 && f.leaves {
		f.ended = append(f.ended, ended{iv.TS - iv.LengthS, iv.TS, n})
	}
	oldest := iv.TS - f.longest().Seconds()
	f.ended = slices.DeleteFunc(f.ended, func(e ended) bool { return e.to < oldest })
}

// takesOver reports whether the run has the port of any connection that is over: it binds the
// next one itself.
func (f *forecaster) takesOver() bool { return f.law.Walk && f.law.Timestamps }

// longest is for how long a connection that is over may hold its port.
func (f *forecaster) longest() time.Duration {
	half := capacity.Settings{ServerOpen: true, FinTimeout: f.law.FinTimeout, FinTwice: f.law.FinTwice, HZ: f.law.HZ}
	return max(capacity.Settings{HZ: f.law.HZ}.HoldMax(), half.HoldMax())
}

// of is what becomes of the ports of the last interval, if there are any.
func (f *forecaster) of(iv metrics.Interval) (headroom.Forecast, bool) {
	if iv.PortsInUse == nil || iv.PortsCapacity == nil || *iv.PortsCapacity <= 0 {
		return headroom.Forecast{}, false
	}
	if iv.TS > f.seenTo {
		f.others(iv)
		f.seenTo = iv.TS
		all := over(iv)
		f.last = f.watch.Observe(f.reading(iv, all)).Pairs[0].Forecast
		if f.before > 0 { // else all that are held are known
			f.last = doubted(f.last, f.gone.Observe(f.reading(iv, min(all, f.own()))).Pairs[0].Forecast)
		}
	}
	return f.last, true
}

// doubted is a forecast that is sure of what is so too if the ports of before are free by now.
func doubted(f, gone headroom.Forecast) headroom.Forecast {
	switch {
	case f.Outcome != headroom.RunningOut:
	case gone.ExhaustedSecondsMax == nil:
		f.Outcome, f.ExhaustedSecondsMax = headroom.Uncertain, nil
	default:
		f.ExhaustedSecondsMax = new(max(*f.ExhaustedSecondsMax, *gone.ExhaustedSecondsMax))
	}
	return f
}

// over is how many ports connections hold that are over. Of those in use that are not open by
// the interval's end some were opened since.
func over(iv metrics.Interval) int {
	n := max(*iv.PortsInUse-iv.InFlight, 0)
	if iv.TimeWait == nil {
		return n
	}
	kept := *iv.TimeWait // of all targets
	if iv.FinWait2 != nil {
		kept += *iv.FinWait2
	}
	return min(n, kept)
}

// own is how many connections are known to be over, whose ports may be held.
func (f *forecaster) own() int {
	n := 0
	for _, e := range f.ended {
		n += e.n
	}
	return n
}

// others takes in the ports that connections hold of which the intervals do not tell: at the
// first reading those of before, and what is more later has come since, from other programs.
func (f *forecaster) others(iv metrics.Interval) {
	rest := over(iv) - f.own()
	if f.seenTo < 0 {
		f.before = max(rest, 0)
	} else if rest > f.before {
		f.ended = append(f.ended, ended{f.seenTo, iv.TS, rest - f.before})
	}
}

// reading is what [headroom] would have read, with so many ports of connections that are over.
// All pairs of source and destination are one: they fill alike. It has 65536 ports at most, so
// that of more it stands for a part.
func (f *forecaster) reading(iv metrics.Interval, n int) headroom.Reading {
	parts := 1 + *iv.PortsCapacity/(1<<16)
	law := f.law
	law.Ports = *iv.PortsCapacity / parts
	if law.MaxTimeWaits > 0 { // else it is not known, or none
		law.MaxTimeWaits = max(law.MaxTimeWaits/parts, 1)
	}
	u := headroom.Use{Pair: headroom.Pair{Source: netip.AddrFrom4([4]byte{192, 0, 2, 1})}}
	reusable := 0
	if law.Reuse = 0; iv.PortsReusable != nil {
		law.Reuse, law.Timestamps, reusable = 1, true, *iv.PortsReusable
		if iv.Live != nil && iv.Live.HoldS > 0 { // which may be of another host
			law.ReuseDelay, law.FixedDelay = time.Duration(iv.Live.HoldS*float64(time.Second)), false
		}
	}
	u.Open = (*iv.PortsInUse - over(iv)) / parts
	halved := 0
	if iv.FinWait2 != nil {
		halved = min(*iv.FinWait2, n)
	}
	f.ages(iv.TS, n, n-reusable, parts, func(age time.Duration) {
		if halved -= parts; halved >= 0 {
			u.AddHalf(law.FinTimeout-age, law.FinTimeout)
			return
		}
		u.AddTimeWait(capacity.TimeWait - age)
	})
	at := time.Unix(0, 0).Add(time.Duration(iv.TS * float64(time.Second)))
	return headroom.Reading{At: at, Law: law, Uses: []headroom.Use{u}}
}

// ages gives the age of each of n connections that are over, or of a part of them: the
// youngest are still there. Those of before the first interval are as young as can be, but
// all except so many can be taken over.
func (f *forecaster) ages(now float64, n, young, parts int, add func(age time.Duration)) {
	rest := n
	for _, e := range slices.Backward(f.ended) {
		some := min(e.n, rest)
		for i := 0; i < some; i += parts {
			at := e.to - (e.to-e.from)*float64(i)/float64(e.n)
			add(time.Duration((now - at) * float64(time.Second)))
		}
		rest -= some
	}
	since := time.Duration(now * float64(time.Second))
	reusable := (f.law.ReuseDelay + time.Second - 1).Truncate(time.Second) // as ages are counted
	for i := 0; i < rest; i += parts {
		if n-rest+i < young {
			add(min(since, capacity.TimeWait))
		} else {
			add(min(max(since, reusable), capacity.TimeWait))
		}
	}
}
