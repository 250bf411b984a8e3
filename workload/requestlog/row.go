package requestlog

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpbench/metrics"
)

// None is a time that was not measured: its field is empty.
const None = time.Duration(math.MinInt64)

// Row is what is known of one request, or of the failure in its place. A time that was not
// measured is [None].
type Row struct {
	// Start is when it began, from when counting began: with connect(2), or on a connection
	// that was held with the request. Planned is when it was to, in an open loop.
	Start, Planned time.Duration
	// Connect, TLS, FirstByte and Request are the phases of the same names in a result.
	Connect, TLS, FirstByte, Request time.Duration
	// Total runs from Start to the answer's last byte, or to the failure.
	Total time.Duration
	// Connection is the number of its connection, from 0; -1 is not known.
	Connection int64
	// Destination is the place of its target among the run's.
	Destination int32
	// Port is its local port; 0 is not known.
	Port uint16
	// Status is that of an HTTP answer; 0 for none.
	Status uint16
	// Reused tells that the connection had been held before.
	Reused bool
	// Failure is what failed; an errno of 0 is nothing.
	metrics.Failure
}

// Begun is a row of which is known when it began, and nothing else.
func Begun(start time.Duration) Row {
	return Row{Start: start, Planned: None, Connect: None, TLS: None, FirstByte: None, Request: None}
}

// header is the first line.
const header = "start_s,planned_s,connection,destination,source_port,reused,connect_us,tls_us,first_byte_us," +
	"request_us,total_us,status,outcome\n"

// lines makes lines of rows. It keeps the words that come again.
type lines struct {
	destinations []string
	failures     map[metrics.Failure]string
}

// line appends a row as a line of CSV (RFC 4180). No field has anything to quote.
func (w *lines) line(b []byte, r *Row) []byte {
	b = append(seconds(b, r.Start), ',')
	b = append(seconds(b, r.Planned), ',')
	if r.Connection >= 0 {
		b = strconv.AppendInt(b, r.Connection, 10)
	}
	b = append(b, ',')
	b = append(append(b, w.destinations[r.Destination]...), ',')
	if r.Port != 0 {
		b = strconv.AppendUint(b, uint64(r.Port), 10)
	}
	reused := byte('0')
	if r.Reused {
		reused = '1'
	}
	b = append(b, ',', reused, ',')
	for _, d := range [...]time.Duration{r.Connect, r.TLS, r.FirstByte, r.Request, r.Total} {
		b = append(micros(b, d), ',')
	}
	if r.Status != 0 {
		b = strconv.AppendUint(b, uint64(r.Status), 10)
	}
	return append(append(append(b, ','), w.outcome(r.Failure)...), '\n')
}

// outcome is "ok", or the name under which a result counts the failure.
func (w *lines) outcome(f metrics.Failure) string {
	if f.Errno == 0 {
		return "ok"
	}
	text, ok := w.failures[f]
	if !ok {
		text = f.String()
		w.failures[f] = text
	}
	return text
}

// seconds appends a time in seconds, to the microsecond.
func seconds(b []byte, d time.Duration) []byte {
	if d == None {
		return b
	}
	us := d.Round(time.Microsecond).Microseconds()
	if us < 0 {
		b, us = append(b, '-'), -us
	}
	return fraction(append(strconv.AppendInt(b, us/1e6, 10), '.'), us%1e6, 1e5)
}

// micros appends a time in microseconds, to a tenth.
func micros(b []byte, d time.Duration) []byte {
	if d == None {
		return b
	}
	tenths := (max(d, 0) + 50*time.Nanosecond) / (100 * time.Nanosecond)
	return fraction(append(strconv.AppendInt(b, int64(tenths/10), 10), '.'), int64(tenths%10), 1)
}

// fraction appends the digits of n, of which the first stands for so many.
func fraction(b []byte, n, first int64) []byte {
	for ; first > 0; first /= 10 {
		b = append(b, '0'+byte(n/first%10))
	}
	return b
}

// fields are texts as fields of CSV, in quotes where they have a comma, a quote or a line's
// end, as the name of a file may.
func fields(texts []string) []string {
	out := slices.Clone(texts)
	for i, s := range texts {
		if strings.ContainsAny(s, ",\"\r\n") {
			out[i] = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
	}
	return out
}
