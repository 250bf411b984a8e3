package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

// over are n values of f, at equal distances.
func over(n int, f func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func TestWhatGrowsIsNotFlat(t *testing.T) {
	const mib = 1 << 20
	tests := []struct {
		name   string
		of     quantity
		values []float64
		flat   bool
	}{
		{"nothing changes", rss(), over(300, func(int) float64 { return 30 * mib }), true},
		{"memory fills during warm-up, and then no more", rss(),
			over(300, func(i int) float64 { return float64(min(i, 90)) * mib }), true},
		{"memory goes on filling", rss(), over(300, func(i int) float64 { return (30 + float64(i)/20) * mib }), false},
		{"memory shrinks", rss(), over(300, func(i int) float64 { return (90 - float64(i)/20) * mib }), true},
		{"a heap is collected again and again", heap(),
			over(300, func(i int) float64 { return (4 + float64(i*7%40)/10) * mib }), true},
		{"each collection leaves more", heap(),
			over(300, func(i int) float64 { return (4 + float64(i*7%40)/10 + float64(i)/50) * mib }), false},
		{"a descriptor a minute stays open", descriptors(),
			over(300, func(i int) float64 { return 9 + math.Floor(float64(i)/30) }), false},
		{"connections in flight come and go", descriptors(),
			over(300, func(i int) float64 { return 9 + float64(i*i%50) }), true},
		{"one goroutine more is one that runs just then", goroutines(),
			over(300, func(i int) float64 { return 9 + math.Floor(float64(i)/150) }), true},
		{"a goroutine for each scrape stays", goroutines(),
			over(300, func(i int) float64 { return float64(i) }), false},
		{"two threads more on a busy machine", threads(),
			over(300, func(i int) float64 { return 8 + math.Floor(float64(i)/120) }), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := series{"run", tt.of, tt.values}.judge(10 * time.Minute)
			if err != nil || v.flat != tt.flat {
				t.Errorf("judge() = %s, %v, want flat %v", v, err, tt.flat)
			}
			if strings.Contains(v.String(), "GROWS") == tt.flat {
				t.Errorf("the line is %q, want it to say so", v)
			}
		})
	}
}

// The growth of an hour is that of the line.
func TestTheGrowthIsPerHour(t *testing.T) {
	v, err := series{"run", goroutines(), over(1200, func(i int) float64 { return float64(i) })}.judge(time.Hour)
	if err != nil || math.Abs(v.perHour-1200) > 15 {
		t.Errorf("1200 in an hour are %v an hour, %v", v.perHour, err)
	}
}

func TestAShortSoakSaysNothing(t *testing.T) {
	if v, err := (series{"run", rss(), make([]float64, 10)}).judge(time.Minute); err == nil {
		t.Errorf("judge() = %v of 10 samples, want an error", v)
	}
}

func TestFiguresAreReadByTheirNames(t *testing.T) {
	const text = "# TYPE go_goroutines gauge\ngo_goroutines 12\ngo_goroutines_x 99\n" +
		"process_resident_memory_bytes 2.097152e+07\nprocess_open_fds 9\ngo_memstats_heap_alloc_bytes 1048576\n"
	got, err := exported(strings.NewReader(text))
	if err != nil || got[goroutines()] != 12 || got[rss()] != 20<<20 || got[descriptors()] != 9 ||
		got[heap()] != 1<<20 {
		t.Errorf("exported() = %v, %v", got, err)
	}
	if got, err := exported(strings.NewReader("go_goroutines 12\n")); err == nil {
		t.Errorf("exported() = %v of one figure alone, want an error", got)
	}
}
