package lawtest

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/host/doctor"
	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// hostLaw is what the program makes of a host's settings, for one source and one
// destination, as package host reads them.
func hostLaw(t *rapid.T, s Setup) capacity.Settings {
	sysctls := capacity.DefaultSysctls()
	sysctls["net.ipv4.tcp_max_tw_buckets"] = "131072"
	for name, value := range s.Sysctls {
		sysctls["net.ipv4."+name] = value
	}
	local, reserved, err := capacity.PortsFromSysctls(sysctls)
	if err != nil {
		t.Fatal(err)
	}
	set, ports := capacity.FromSysctls(sysctls), capacity.Ports(local, capacity.Range{}, reserved)
	set.OddRange, set.HZ, set.Ports = local.Misses(ports), s.HZ, len(ports)
	for _, p := range ports {
		for _, l := range s.Listeners {
			if p == l {
				set.Ports--
			}
		}
	}
	return set
}

// drawWatched draws a host whose connections one can watch: what programs say to
// their sockets, no other sees.
func drawWatched(t *rapid.T) Setup {
	s := drawSetup(t)
	s.SourcePorts, s.Walk, s.BindNoPort, s.ServerSysctls, s.Linger0 = [2]int{}, false, true, nil, false
	s.Close, s.ServerClose = "client", "eof"
	delete(s.Sysctls, "tcp_fin_timeout")
	s.Concurrency = 1 << 20
	return s
}

// reading is what sock_diag shows, for each pair.
func reading(s Setup, set capacity.Settings, at time.Duration, seen []Seen) headroom.Reading {
	uses := make([]headroom.Use, max(s.Source, 1)*s.Destinations)
	for i := range uses {
		source, to := netip.AddrFrom4([4]byte{10, 0, 0, byte(i%max(s.Source, 1) + 1)}), "10.0.1.1"
		if s.Loopback {
			to = "127.0.0.1"
		}
		uses[i].Source = source
		uses[i].Destination = netip.AddrPortFrom(netip.MustParseAddr(to), uint16(7000+i/max(s.Source, 1)))
	}
	for _, x := range seen {
		switch u := &uses[x.Pair]; {
		case x.State == timeWait:
			u.AddTimeWait(x.Left)
		case x.State == finWait2 && x.Bucket:
			u.AddHalf(x.Left, set.FinTimeout)
		case x.State == finWait2:
			u.AddHalf(x.Left+set.FinTimeout/2, set.FinTimeout)
		default:
			u.Open++
		}
	}
	return headroom.Reading{At: time.Unix(1000, 0).Add(at), Law: set, Uses: uses}
}

// What a watch forecasts of a load that goes on as it does comes no later than it
// was said, and what it calls balanced lasts. From counts of whole connections in
// whole seconds a rate is known to some percent, and that of random starts to less.
func TestForecasts(t *testing.T) {
	type said struct {
		at time.Duration
		headroom.Status
	}
	check(t, 16, func(t *rapid.T) {
		s := drawWatched(t)
		s.Sysctls["ip_local_port_range"] = fmt.Sprintf("40000 %d", 40000+rapid.IntRange(30, 120).Draw(t, "more ports"))
		delete(s.Sysctls, "ip_local_reserved_ports")
		delete(s.Sysctls, "tcp_max_tw_buckets") // no one sees connections whose TIME_WAITs are dropped
		if one(t, 4, "server keeps open") {
			s.ServerClose = "never"
			s.Sysctls["tcp_fin_timeout"] = fmt.Sprint(rapid.IntRange(1, 90).Draw(t, "fin timeout"))
		}
		set := hostLaw(t, s)
		law := set
		law.Sources, law.Destinations, law.Loopback, law.ServerOpen = 1, 1, s.Loopback, s.ServerClose == "never"
		p := capacity.Predict(law)
		pairs := float64(s.Pairs())
		l := Load{Seed: drawSeed(t), Boot: drawBoot(t), Each: time.Second}
		rate := rapid.Float64Range(0.4, 2).Draw(t, "share") * max(p.SustainableCPS, float64(set.Ports)/60)
		if rate > 400 {
			return // and more: readings a second apart see nothing of it
		}
		l.Rate = rate * pairs
		l.Random = one(t, 4, "random")
		hold := max(law.HoldMax(), time.Second)
		if rapid.Bool().Draw(t, "open for a while") {
			l.Answer = seconds(hold.Seconds() * rapid.Float64Range(0, 0.5).Draw(t, "open"))
		}
		l.For = 3*hold + 2*l.Answer + 10*time.Second
		watch := headroom.NewWatch(1)
		var all []said
		l.Watch = func(at time.Duration, _ History, seen []Seen) {
			v := watch.Observe(reading(s, set, at, seen))
			all = append(all, said{at, v.Pairs[0]})
		}
		h := Play(s, l)
		for i, x := range all {
			if i < 5 || x.at.Seconds()*rate < 25 || l.Answer > 0 && x.at < l.Answer+15*time.Second {
				continue // readings of a load that is not what it will be
			}
			rough := 1.15
			if l.Random {
				rough /= lowest(rate * min(x.at.Seconds(), 10))
			}
			world := func() string {
				return fmt.Sprintf("%+v\n%+v\nat %v: %s (%+v)\nended %v: %+v", s, l, x.at, x.Outlook(), x.Forecast,
					h.Ended, h.Failed)
			}
			ends := x.ExhaustedSeconds
			switch {
			case h.Failed != nil && ends == nil && rate > rough*p.SafeCPS:
				t.Fatalf("%s\nsaid to last", world())
			case h.Failed != nil && ends != nil && rate > rough*p.SafeCPS &&
				x.at.Seconds()+*ends > h.Failed.At.Seconds()*rough+1.5+2/rate:
				t.Fatalf("%s\nsaid to end later than it does", world())
			case h.Failed == nil && rough*rate < p.SafeCPS && x.Outcome == headroom.RunningOut && l.Answer == 0:
				t.Fatalf("%s\nsaid to run out", world())
			}
		}
	})
}

// lowest is the share of so many random starts, on average, that come at least: four
// standard deviations fewer, in the ten readings at most that a forecast is from.
func lowest(starts float64) float64 { return max(1-4/math.Sqrt(starts), 0.05) }

// The limit that a doctor names first is the one that comes first, and no other comes
// before it was said.
func TestTheFirstLimit(t *testing.T) {
	check(t, 2, func(t *rapid.T) {
		s := drawWatched(t)
		s.Source, s.Destinations, s.Loopback = 0, 1, false
		set := hostLaw(t, s)
		q := doctor.Question{Open: time.Duration(rapid.IntRange(0, 20).Draw(t, "open")) * time.Second}
		q.Rate = float64(max(set.Ports, 1)) / max(set.Hold()+q.Open, time.Second).Seconds() *
			rapid.Float64Range(0.5, 1.5).Draw(t, "rate")
		f := doctor.Facts{Law: set, Files: &doctor.Files{Soft: 1 << 20},
			View: headroom.View{Capacity: set.Ports, CapacitySafe: set.SafePorts()}}
		if rapid.Bool().Draw(t, "few files") {
			f.Files.Soft = uint64(rapid.IntRange(1, 40).Draw(t, "files"))
		}
		if open := q.Rate * q.Open.Seconds(); math.Abs(open-math.Round(open)) < 1e-6 && q.Open > 0 {
			return // where a nanosecond decides
		}
		first := doctor.Examine(f, q).First()
		for _, timers := range []Timers{Wheel, Sharp, Latest} {
			l := Load{Rate: q.Rate, Answer: q.Open, Seed: drawSeed(t), Boot: drawBoot(t), Timers: timers}
			l.For = 2*(set.HoldMax()+q.Open) + 2*time.Second
			h := Play(s, l)
			world := fmt.Sprintf("%+v\n%+v\n%+v\nfirst: %+v\n%d open, ended %v: %+v", s, l, f.Files, first, h.Open,
				h.Ended, h.Failed)
			full := h.Open > int(f.Files.Soft)
			switch {
			case first == nil && (h.Failed != nil || full):
				t.Fatalf("%s\nsaid to reach none", world)
			case first == nil:
			case h.Failed != nil && h.Failed.At.Seconds() < *first.ReachedSeconds-1/q.Rate:
				t.Fatalf("%s\nsaid to be reached later", world)
			case first.Name == "local ports" && !first.Uncertain && h.Failed == nil && !set.OddRange:
				t.Fatalf("%s\nports last", world)
			case first.Name == "open files" && !first.Uncertain && !full && h.Failed == nil:
				t.Fatalf("%s\nfiles suffice", world)
			}
		}
	})
}
