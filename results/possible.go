package results

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"tcpbench/metrics"
)

// The most that a number can be, by the end of its name. Nothing is slower than
// what a histogram holds, runs for 30 years, or has a billion connections a second.
const (
	mostTime    = float64(metrics.MaxLatency) / 1e3 * 1.01 // in us; percentiles are rounded up to their bucket
	mostSeconds = 1e9
	mostRate    = 1e9
	mostOther   = 1 << 53 // JSON numbers are exact up to here
)

func limitOf(name string) float64 {
	switch {
	case strings.HasSuffix(name, "_us"):
		return mostTime
	case strings.HasSuffix(name, "_s"), strings.HasSuffix(name, "_seconds"):
		return mostSeconds
	case strings.HasSuffix(name, "_per_second"):
		return mostRate
	default:
		return mostOther
	}
}

// possible refuses a number that no run can have measured. What was asked for,
// the host's own settings and captured packets are not measured.
func possible(r *Run) error {
	m := *r
	m.Options, m.Environment, m.Packets = (Run{}).Options, Environment{}, nil
	return possibleIn("", "", reflect.ValueOf(m))
}

// possibleIn checks v, the field of a name at a path, and all that it holds.
func possibleIn(path, name string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return possibleIn(path, name, v.Elem())
	case reflect.Struct:
		return possibleFields(path, v)
	case reflect.Slice:
		for i := range v.Len() {
			if err := possibleIn(fmt.Sprintf("%s[%d]", path, i), name, v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			at := key.String()
			if err := possibleIn(path+"."+at, at, v.MapIndex(key)); err != nil {
				return err
			}
		}
	case reflect.Int, reflect.Int64:
		return possibleNumber(path, name, float64(v.Int()))
	case reflect.Float64:
		return possibleNumber(path, name, v.Float())
	}
	return nil
}

func possibleFields(path string, v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path
		if name != "" && path != "" {
			at += "."
		}
		if err := possibleIn(at+name, name, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func possibleNumber(path, name string, n float64) error {
	least, most := 0.0, limitOf(name)
	switch {
	case name == "lost_bytes" || strings.HasPrefix(path, "kernel."):
		least = -mostOther // what an older connection sent; counters that fall
	case strings.HasSuffix(path, "exhaustion.after_seconds"):
		least = -mostSeconds // within the warm-up
	case name == "first_s":
		least = -mostSeconds // what a server says while it starts
	case name == "offset_us" || name == "drift_us" || name == "start_error_us":
		least, most = -mostOther, mostOther // between the clocks of two hosts
	}
	if !(n >= least && n <= most) || math.IsInf(n, 0) {
		return fmt.Errorf("not a result: %s is %v, which no run has", path, n)
	}
	return nil
}
