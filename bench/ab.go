package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// abLimit is more requests than a turn can have; ab keeps a record for each.
const abLimit = "1000000"

// ab is ApacheBench, which speaks HTTP/1.0.
func ab(t tools) contender {
	return external("ab", t.AB, httpServer(), func(l load) []string {
		return []string{"-q", "-c", l.flight(), "-t", l.seconds(), "-n", abLimit, l.url()}
	}, parseAB)
}

// parseAB reads ab's report: lines of a name, a colon, a number and a unit.
func parseAB(out []byte) (tally, error) {
	fields := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if name, rest, ok := strings.Cut(line, ":"); ok {
			if values := strings.Fields(rest); len(values) > 0 {
				fields[name] = values[0]
			}
		}
	}
	var errs []error
	number := func(name string) float64 {
		v, err := strconv.ParseFloat(fields[name], 64)
		if err != nil || !(v >= 0 && v < 1<<53) {
			errs = append(errs, fmt.Errorf("%s: %q is no number of ab's", name, fields[name]))
		}
		return v
	}
	seconds, requests, bytes := number("Time taken for tests"), number("Complete requests"), number("Total transferred")
	bad := number("Failed requests")
	if _, ok := fields["Non-2xx responses"]; ok { // ab says so only when there are any
		bad += number("Non-2xx responses")
	}
	if err := errors.Join(errs...); err != nil {
		return tally{}, err
	}
	d, err := elapsed(seconds)
	n, b := int64(requests), int64(bytes)
	return tally{Elapsed: d, Requests: &n, Bytes: &b, Bad: int64(bad)}, err
}
