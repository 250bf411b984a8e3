package metrics

import "strconv"

// Statuses counts HTTP answers by their status code, 0 to 999: three digits
// (RFC 9110, 15).
type Statuses [1000]int64

// Add counts one answer.
func (s *Statuses) Add(code int) { s[code]++ }

// ServerErrors counts answers of 500 and above: those of a server, or of a proxy,
// that cannot serve.
func (s *Statuses) ServerErrors() int64 {
	var n int64
	for _, count := range s[500:] {
		n += count
	}
	return n
}

func (s *Statuses) merge(o *Statuses) {
	for code, n := range o {
		s[code] += n
	}
}

// Map returns the counts that are not 0 by their code; nil when there are none.
func (s *Statuses) Map() map[string]int64 {
	var m map[string]int64
	for code, n := range s {
		if n == 0 {
			continue
		}
		if m == nil {
			m = map[string]int64{}
		}
		m[strconv.Itoa(code)] = n
	}
	return m
}
