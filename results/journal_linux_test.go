package results_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpbench/internal/filelock"
	"tcpbench/lab/labtest"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// journal returns what a journal with the full run's intervals has on disk.
func journal(t testing.TB) []byte {
	t.Helper()
	path := results.JournalPath(filepath.Join(t.TempDir(), "run.json"))
	j, err := results.OpenJournal(path, results.JournalHead{Cell: map[string]string{"linger": "off"}, Repeat: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, iv := range resultstest.Full().Intervals {
		j.Add(iv)
	}
	if err := errors.Join(j.Err(), j.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJournalIsReadBack(t *testing.T) {
	head, intervals, err := results.ReadJournal(bytes.NewReader(journal(t)))
	if err != nil {
		t.Fatalf("ReadJournal() = %v, want no error", err)
	}
	want := results.JournalHead{Schema: results.JournalSchema, Holder: filelock.Self(),
		Cell: map[string]string{"linger": "off"}, Repeat: 2}
	if diff := cmp.Diff(want, head); diff != "" {
		t.Errorf("ReadJournal() head (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(resultstest.Full().Intervals, intervals); diff != "" {
		t.Errorf("ReadJournal() intervals (-want +got):\n%s", diff)
	}
}

// A killed run may leave its last line cut at any byte.
func TestJournalSurvivesALastLineThatIsCut(t *testing.T) {
	data := journal(t)
	head := bytes.IndexByte(data, '\n') + 1
	first := head + bytes.IndexByte(data[head:], '\n') + 1
	for n := head; n <= len(data); n++ {
		_, intervals, err := results.ReadJournal(bytes.NewReader(data[:n]))
		want := 0
		if n >= first-1 { // its end of line may be missing
			want = 1
		}
		if n >= len(data)-1 {
			want = 2
		}
		if err != nil || len(intervals) != want {
			t.Fatalf("ReadJournal(the first %d of %d bytes) = %d intervals, %v, want %d", n, len(data),
				len(intervals), err, want)
		}
	}
}

func TestReadJournalRefuses(t *testing.T) {
	tests := []struct{ name, text string }{
		{"an empty file", ""},
		{"a head that is cut", `{"schema":"tcpbench.jour`},
		{"a later schema", `{"schema":"tcpbench.journal/v2"}`},
		{"a result file", string(encode(t, resultstest.Full()))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := results.ReadJournal(strings.NewReader(tt.text)); !errors.Is(err, results.ErrSchema) {
				t.Errorf("ReadJournal(%.40q) = %v, want ErrSchema", tt.text, err)
			}
		})
	}
}

func TestReadJournalTellsALineThatIsTooLong(t *testing.T) {
	text := `{"schema":"` + results.JournalSchema + `"}` + "\n" + strings.Repeat("x", 2<<20)
	if _, _, err := results.ReadJournal(strings.NewReader(text)); err == nil {
		t.Error("ReadJournal(a line of 2 MiB) = nil, want an error")
	}
}

func TestOpenJournalReplacesAnOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json.journal")
	for range 2 {
		j, err := results.OpenJournal(path, results.JournalHead{})
		if err != nil {
			t.Fatal(err)
		}
		j.Add(results.Interval{TS: 1})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if n := bytes.Count(data, []byte("\n")); err != nil || n != 2 {
		t.Errorf("a journal that was opened again has %d lines, %v, want 2", n, err)
	}
}

func TestJournalIsRemovedWhenTheResultIsSafe(t *testing.T) {
	dir := t.TempDir()
	j, err := results.OpenJournal(filepath.Join(dir, "run.json.journal"), results.JournalHead{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Remove(); err != nil {
		t.Errorf("Remove() = %v, want nil", err)
	}
	only(t, dir)
}

// What a full disk did not take is written when there is room again, and no line is half there.
func TestJournalGoesOnWhenThereIsRoomAgain(t *testing.T) {
	if !labtest.Isolated(t, time.Minute) {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=12k"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Unmount(dir, 0) }()
	fill, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer fill.Close()
	for _, tt := range []struct {
		name string
		free int64 // bytes for the journal until there is room again
	}{{"nothing, not even its head", 0}, {"some of its lines", 4096}} {
		if err := errors.Join(fill.Truncate(0), unix.Fallocate(int(fill.Fd()), 0, 0, 12<<10-tt.free)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "journal")
		j, err := results.OpenJournal(path, results.JournalHead{Repeat: 2})
		if err != nil {
			t.Fatal(err)
		}
		const each = 30
		for i := range 2 * each {
			if i == each {
				if j.Unwritten() == 0 || !errors.Is(j.Err(), unix.ENOSPC) {
					t.Fatalf("%s: %d wait, %v, want some, and a full disk", tt.name, j.Unwritten(), j.Err())
				}
				if err := fill.Truncate(0); err != nil {
					t.Fatal(err)
				}
			}
			j.Add(results.Interval{TS: float64(i + 1), LengthS: 1, Succeeded: 1, Attempted: 1})
		}
		if err := j.Close(); err != nil || j.Unwritten() != 0 {
			t.Errorf("%s: Close() = %v, and %d are not written, want none", tt.name, err, j.Unwritten())
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, intervals, err := results.ReadJournal(bytes.NewReader(data))
		sum := int64(0)
		for _, iv := range intervals {
			sum += iv.Succeeded
		}
		if err != nil || head.Repeat != 2 || sum != 2*each {
			t.Errorf("%s: ReadJournal() = %d connections, repeat %d, %v, want %d", tt.name, sum, head.Repeat, err,
				2*each)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// A full disk must not end the run, and must not go unsaid. A pipe that nobody
// reads any more stands for it.
func TestJournalKeepsItsFirstFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	j, err := results.OpenJournal(path, results.JournalHead{})
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	j.Add(results.Interval{})
	first := j.Err()
	if !errors.Is(first, unix.EPIPE) || !strings.HasPrefix(first.Error(), "write journal: ") {
		t.Errorf("Err() = %v, want what write(2) says", first)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j.Add(results.Interval{}); j.Err() != first {
		t.Errorf("Err() after another failure = %v, want the first, %v", j.Err(), first)
	}
}

func FuzzReadJournal(f *testing.F) {
	f.Add(journal(f))
	f.Add([]byte(`{"schema":"tcpbench.journal/v1"}`))
	f.Add([]byte("{\"schema\":\"tcpbench.journal/v1\"}\nnull\n{\"t_s\":1e999}\n{\"t_s\":"))
	f.Fuzz(func(t *testing.T, data []byte) {
		head, intervals, err := results.ReadJournal(bytes.NewReader(data))
		if err == nil && head.Schema != results.JournalSchema {
			t.Errorf("ReadJournal(%q) = schema %q, want %q or an error", data, head.Schema, results.JournalSchema)
		}
		if lines := bytes.Count(data, []byte("\n")); len(intervals) > lines {
			t.Errorf("ReadJournal(%q) = %d intervals of %d lines", data, len(intervals), lines)
		}
	})
}

// A journal's lines become longer as a run goes on, and lose nothing.
func TestAJournalOfADayIsBounded(t *testing.T) {
	path := results.JournalPath(filepath.Join(t.TempDir(), "run.json"))
	j, err := results.OpenJournal(path, results.JournalHead{})
	if err != nil {
		t.Fatal(err)
	}
	var want int64
	for _, iv := range resultstest.DayOfIntervals() {
		j.Add(iv)
		want += iv.Succeeded
	}
	if err := errors.Join(j.Err(), j.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(data, []byte("\n")); lines > 30_000 || len(data) > 40<<20 {
		t.Errorf("after a day there are %d lines and %d bytes, want at most 30000 and 40 MiB", lines, len(data))
	}
	_, intervals, err := results.ReadJournal(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got int64
	for _, iv := range intervals {
		got += iv.Succeeded
	}
	last := intervals[len(intervals)-1]
	if got != want || last.TS != 86400 || len(intervals) > metrics.TimelineMost {
		t.Errorf("ReadJournal() = %d intervals up to %v s with %d connections, want at most %d, 86400 and %d",
			len(intervals), last.TS, got, metrics.TimelineMost, want)
	}
}

// What a run has is on disk up to a small part of the time that it has taken.
func TestAKilledRunLosesLittle(t *testing.T) {
	path := results.JournalPath(filepath.Join(t.TempDir(), "run.json"))
	j, err := results.OpenJournal(path, results.JournalHead{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i, iv := range resultstest.DayOfIntervals()[:20_000] {
		j.Add(iv)
		if i%5000 != 4999 {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, intervals, err := results.ReadJournal(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if lost := iv.TS - intervals[len(intervals)-1].TS; lost > 1+iv.TS/8192 {
			t.Errorf("killed at %v s, a run would lose the last %v s", iv.TS, lost)
		}
	}
}

func TestIntervalsOfEarlierVersionsGetTheirLength(t *testing.T) {
	const lines = `{"schema": "tcpbench.journal/v1"}
{"t_s": 0.5, "requests_per_second": 10}
{"t_s": 2.5, "requests_per_second": 10}
`
	_, intervals, err := results.ReadJournal(strings.NewReader(lines))
	if err != nil || len(intervals) != 2 || intervals[0].LengthS != 0.5 || intervals[1].LengthS != 2 {
		t.Errorf("ReadJournal() = %+v, %v, want intervals of 0.5 s and 2 s", intervals, err)
	}
}
