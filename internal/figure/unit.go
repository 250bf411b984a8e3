package figure

import (
	"math"
	"strconv"
	"strings"
)

// unit is a name, and how many there are of the unit that values are given in.
type unit struct {
	of   float64
	name string
}

// scaled writes v in the first unit of which it is one at least, as the text
// shows it, else in the last.
func scaled(v float64, write func(float64) string, units ...unit) string {
	last := len(units) - 1
	for i, u := range units {
		s := write(v / u.of)
		if s == Unmeasured {
			return s
		}
		if n := parsed(s); i == last || math.Abs(n) >= 1 {
			return s + u.name
		}
	}
	return Unmeasured // there are no units
}

// Seconds writes a time of s seconds: 28.3 s, 1.2 ms, 35 us.
func Seconds(s float64) string { return Micros(s * 1e6) }

// Micros writes a time of us microseconds.
func Micros(us float64) string { return micros(us, Number) }

func micros(us float64, write func(float64) string) string {
	if us == 0 {
		return "0 s"
	}
	return scaled(us, write, unit{1e6, " s"}, unit{1e3, " ms"}, unit{1, " us"})
}

// ExactMicros writes a time of us microseconds as a limit has it, which
// [time.ParseDuration] reads: 1.25ms. It has 15 digits: all that an hour in
// nanoseconds has, and none that dividing by the unit has made up.
func ExactMicros(us float64) string {
	s := micros(us, func(v float64) string { return Exact(Round(v, 15)) })
	return strings.ReplaceAll(s, " ", "")
}

// Span writes a time of s seconds that may be hours: 45 s, 12 min, 5 h.
func Span(s float64) string {
	switch {
	case s < 3*60:
		return Seconds(s)
	case s < 3*3600:
		return scaled(s, About, unit{60, " min"})
	default:
		return scaled(s, About, unit{3600, " h"})
	}
}

// Percent writes a number of hundredths: 99.6 %.
func Percent(v float64) string { return scaled(v, Number, unit{1, " %"}) }

// AboutPercent writes a share from 0 to 1 that is only known roughly: 50 %.
func AboutPercent(share float64) string { return About(100*share) + " %" }

// About writes a number that is only known roughly, whole.
func About(v float64) string {
	return text(v, func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) })
}

// Bytes writes an amount of memory: 3.84 GiB, 512 bytes.
func Bytes(n int64) string {
	if n < 1<<20 {
		return Plural(n, "byte")
	}
	return scaled(float64(n), Number, unit{1 << 30, " GiB"}, unit{1 << 20, " MiB"})
}

// Plural writes n of what noun names, whose plural ends in s.
func Plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(int64(n), 10) + " " + noun + "s"
}

// Counted writes n, which need not be whole, of what noun names.
func Counted(n float64, noun string) string {
	text := Number(n)
	if text == "1" {
		return "1 " + noun
	}
	return text + " " + noun + "s"
}

// Tick writes a number as it stands along an axis, to three digits: 500, 1.5k.
func Tick(v float64) string {
	short := func(v float64) string { return Exact(Round(v, digits)) }
	return scaled(v, short, unit{1e9, "G"}, unit{1e6, "M"}, unit{1e3, "k"}, unit{1, ""})
}
