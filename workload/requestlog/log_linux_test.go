package requestlog

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tcpbench/metrics"
)

func TestALineSaysWhatIsKnown(t *testing.T) {
	w := lines{[]string{"10.0.0.1:80", "[::1]:81"}, map[metrics.Failure]string{}}
	none := Row{Start: 1500 * time.Millisecond, Planned: None, Connect: None, TLS: None, FirstByte: None, Request: None,
		Total: None, Connection: -1}
	full := Row{Start: -1500 * time.Microsecond, Planned: 61*time.Second + 499*time.Nanosecond,
		Connect: 40 * time.Microsecond, TLS: 1234567 * time.Nanosecond, FirstByte: 49 * time.Nanosecond,
		Request: 50 * time.Nanosecond, Total: 3 * time.Second,
		Connection: 77, Destination: 1, Port: 40999, Status: 503, Reused: true,
		Failure: metrics.Failure{Call: metrics.CallConnect, Errno: syscall.EADDRNOTAVAIL}}
	for _, tt := range []struct {
		name string
		row  Row
		want string
	}{
		{"nothing but that it was", none, "1.500000,,,10.0.0.1:80,,0,,,,,,,ok\n"},
		{"all", full, "-0.001500,61.000000,77,[::1]:81,40999,1,40.0,1234.6,0.0,0.1,3000000.0,503," +
			"connect: EADDRNOTAVAIL\n"},
	} {
		if got := string(w.line(nil, &tt.row)); got != tt.want {
			t.Errorf("%s: line = %q, want %q", tt.name, got, tt.want)
		}
		if f, h := strings.Count(tt.want, ","), strings.Count(header, ","); f != h {
			t.Errorf("%s: %d commas under a header with %d", tt.name, f, h)
		}
	}
}

// pushed is what becomes of so many rows of each of several workers.
func pushed(t *testing.T, o Options, each int) (Stats, [][]string) {
	t.Helper()
	o.Path, o.Destinations = filepath.Join(t.TempDir(), "log.csv"), []string{"a:1"}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for i := range o.Workers {
		workers.Go(func() {
			ring := l.Ring(i)
			for n := range each {
				ring.Push(&Row{Connection: int64(n), Request: time.Duration(i) * time.Microsecond})
				if n%1000 == 999 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	workers.Wait()
	s := l.Close()
	data, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != s.Bytes {
		t.Errorf("the file has %d bytes, and %d were counted", len(data), s.Bytes)
	}
	lines, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil || int64(len(lines)) != s.Rows+1 {
		t.Errorf("%d lines, %v; want the first and %d", len(lines), err, s.Rows)
	}
	if s.Rows+s.Lost+s.Beyond != int64(each*o.Workers) {
		t.Errorf("stats = %+v, want %d rows in all", s, each*o.Workers)
	}
	return s, lines
}

func TestEveryRowIsInTheFileInItsOrder(t *testing.T) {
	s, lines := pushed(t, Options{Rows: 1e9, Workers: 3}, 20_000)
	if s.Rows+s.Lost != 60_000 || s.Beyond != 0 || s.Err != nil || s.CPU <= 0 {
		t.Errorf("stats = %+v, want 60,000 rows", s)
	}
	last := map[string]string{}
	for _, l := range lines[1:] {
		if before, ok := last[l[9]]; ok && len(before) >= len(l[2]) && before >= l[2] {
			t.Fatalf("row %s of worker %s comes after %s", l[2], l[9], before)
		}
		last[l[9]] = l[2]
	}
}

func TestRowsBeyondTheBoundAreCounted(t *testing.T) {
	s, _ := pushed(t, Options{Rows: 1234, Workers: 2}, 5000)
	if s.Rows != 1234 || s.Beyond+s.Lost != 10_000-1234 || s.Err != nil {
		t.Errorf("stats = %+v, want 1234 rows and the others beyond", s)
	}
}

// A worker is not held up by a writer that stands still: the rows are lost, and counted.
func TestRowsThatComeTooFastAreCounted(t *testing.T) {
	r := newRing(8, new(atomic.Bool))
	for i := range 11 {
		r.Push(&Row{Connection: int64(i)})
	}
	var got []int64
	if !r.take(func(row *Row) { got = append(got, row.Connection) }) || len(got) != 8 || got[0] != 0 || got[7] != 7 ||
		r.lost.Load() != 3 {
		t.Errorf("took %v with %d lost, want 0 to 7 and 3", got, r.lost.Load())
	}
	if r.Push(&Row{}); r.lost.Load() != 3 || r.take(func(*Row) {}) != true || r.take(func(*Row) {}) {
		t.Errorf("%d lost, want a row to have room again, once", r.lost.Load())
	}
}

func TestAFileThatCannotBeWritten(t *testing.T) {
	for path, want := range map[string]string{"/no/such/file": "no such file", t.TempDir(): "is a directory",
		"/dev/null": "is not a regular file"} {
		if _, err := Open(Options{Path: path, Workers: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, want %q", path, err, want)
		}
	}
	l, err := Open(Options{Path: filepath.Join(t.TempDir(), "log"), Rows: 100, Workers: 1, Destinations: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	l.file.Close() // as a disk that is full
	l.Ring(0).Push(&Row{})
	if s := l.Close(); s.Err == nil || s.Rows != 0 || s.Lost != 1 {
		t.Errorf("stats = %+v, want one row lost and why", s)
	}
}

// A worker's part takes no memory.
func TestAPushAllocatesNothing(t *testing.T) {
	r := newRing(1<<12, new(atomic.Bool))
	row := Row{Start: time.Second}
	if n := testing.AllocsPerRun(1000, func() { r.Push(&row) }); n != 0 {
		t.Errorf("Push allocates %v times, want none", n)
	}
}

func BenchmarkPush(b *testing.B) {
	l, err := Open(Options{Path: filepath.Join(b.TempDir(), "log"), Rows: 1 << 60, Workers: 1,
		Destinations: []string{"a:1"}})
	if err != nil {
		b.Fatal(err)
	}
	ring, row := l.Ring(0), Row{Start: time.Second, Connect: 40 * time.Microsecond, TLS: None, Planned: None}
	for b.Loop() {
		ring.Push(&row)
	}
	s := l.Close()
	b.ReportMetric(float64(s.Lost)/float64(b.N), "lost/op")
	b.ReportMetric(float64(s.CPU.Nanoseconds())/float64(max(s.Rows, 1)), "writer-ns/row")
}
