package results_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// realFile is a result of Linux 6.18, made shorter.
func realFile(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/run.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRealFileIsReadAndWrittenUnchanged(t *testing.T) {
	data := realFile(t)
	r, err := results.Decode(data)
	if err != nil {
		t.Fatalf("Decode(testdata/run.json) = %v, want no error", err)
	}
	if diff := cmp.Diff(string(data), string(encode(t, r))); diff != "" {
		t.Errorf("Encode(Decode(testdata/run.json)) differs (-file +now):\n%s", diff)
	}
}

func TestRoundTripKeepsEveryField(t *testing.T) {
	for _, want := range []*results.Run{resultstest.Full(), everyField(t)} {
		got, err := results.Decode(encode(t, want))
		if err != nil {
			t.Fatalf("Decode(Encode(run)) = %v, want no error", err)
		}
		if diff := cmp.Diff(want, got,
			cmp.Comparer(func(a, b scenario.Workload) bool { return cmp.Equal(text(a), text(b)) })); diff != "" {
			t.Errorf("Decode(Encode(run)) differs (-want +got):\n%s", diff)
		}
	}
}

// text is a workload as a result file has it.
func text(w scenario.Workload) string {
	b, err := w.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestEncodeLeavesTheRunAlone(t *testing.T) {
	r := resultstest.Minimal()
	encode(t, r)
	if r.Intervals != nil || r.Totals.Errors != nil {
		t.Errorf("Encode(run) changed the run: intervals %v, errors %v, want nil", r.Intervals, r.Totals.Errors)
	}
}

func TestEncodeRefusesWhatJSONCannotHold(t *testing.T) {
	r := resultstest.Minimal()
	r.DurationS = math.NaN()
	var b bytes.Buffer
	if err := results.Encode(&b, r); err == nil || b.Len() > 0 {
		t.Errorf("Encode(a duration that is not a number) = %v and %d bytes, want an error and none", err, b.Len())
	}
}

func TestDecodeRefusesAFileThatIsCutShort(t *testing.T) {
	data := bytes.TrimRight(realFile(t), "\n")
	for n := 0; n < len(data); n += 1 + n/37 {
		r, err := results.Decode(data[:n])
		if err == nil || !strings.Contains(err.Error(), "cut short after") {
			t.Fatalf("Decode(the first %d of %d bytes) = %v, %v, want it to be cut short", n, len(data), r, err)
		}
	}
	if _, err := results.Decode(data[:len(data)-1]); err == nil {
		t.Error("Decode(all but the last byte) = nil, want an error")
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := string(encode(t, resultstest.Full()))
	tests := []struct {
		name, data, want string
	}{
		{"an empty file", "", "the file is cut short after 0 bytes: unexpected end of JSON input"},
		{"what is not JSON", "PK\x03\x04", "not JSON at byte 1: invalid character 'P' looking for beginning of value"},
		{"a later schema", strings.Replace(whole, "result/v1", "result/v2", 1),
			`unknown schema "tcpbench.result/v2", want "tcpbench.result/v1"; a newer tcpbench may read it`},
		{"no schema", "{}", `unknown schema "", want "tcpbench.result/v1"; a newer tcpbench may read it`},
		{"the index of a sweep", `{"schema":"tcpbench.sweep/v1"}`,
			`unknown schema "tcpbench.sweep/v1", want "tcpbench.result/v1"; a newer tcpbench may read it`},
		{"two results in a row", whole + whole, "not JSON at byte"},
		{"a single brace too many", whole + "}", "invalid character '}' after top-level value"},
		{"a list", "[]", "not a result: json: cannot unmarshal array"},
		{"a schema that is a number", `{"schema":1}`, "not a result: json: cannot unmarshal number"},
		{"a text for a number", string(with(t, []byte(whole), "duration_s", "x")),
			"not a result: json: cannot unmarshal string"},
		{"an object for a list", string(with(t, []byte(whole), "intervals", map[string]int{})),
			"not a result: json: cannot unmarshal object"},
		{"an exhaustion without its moment", string(with(t, []byte(whole), "exhaustion/after_seconds", missing)),
			"not a result: exhaustion has no after_connections or after_seconds"},
		{"a knee without its place", string(with(t, []byte(whole), "exhaustion/knee/after_connections", missing)),
			"not a result: exhaustion.knee is found but not described"},
		{"an option with an impossible value", string(with(t, []byte(whole), "options/threads", 0)),
			"threads: 0 is outside 1 to 256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := results.Decode([]byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Decode(%.40q) = %v, %v, want %q", tt.data, r, err, tt.want)
			}
		})
	}
	_, err := results.Decode([]byte(`{"schema":"tcpbench.result/v2"}`))
	if !errors.Is(err, results.ErrSchema) {
		t.Errorf("Decode(a later schema) = %v, want ErrSchema", err)
	}
}

// A result of a later tool with the same schema may have more fields.
func TestDecodeBearsFieldsThatItDoesNotKnow(t *testing.T) {
	if _, err := results.Decode(with(t, encode(t, resultstest.Full()), "environment/colour", "red")); err != nil {
		t.Errorf("Decode(a result with one more field) = %v, want nil", err)
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(path, []byte(`{"schema":`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := results.Read(path)
	if want := "read result " + path +
		": the file is cut short after 10 bytes: unexpected end of JSON input"; err == nil || err.Error() != want {
		t.Errorf("Read(%s) = %v, want %s", path, err, want)
	}
	if _, err := results.Read(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Read(no file) = %v, want ErrNotExist", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, resultstest.Full()))
	f.Add(encode(f, resultstest.Minimal()))
	f.Add([]byte(`{"schema":"tcpbench.result/v1","options":{"sysctl":{}},"intervals":null}`))
	f.Add([]byte(`{"schema":"tcpbench.result/v1","latency":{"connect":{"hdr":"HISTFAAAAAA="}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := results.Decode(data)
		if err != nil {
			return
		}
		// What is read can be written, shown and read again.
		again, err := results.Decode(encode(t, r))
		if err != nil {
			t.Fatalf("Decode(Encode(Decode(%q))) = %v, want no error", data, err)
		}
		if !bytes.Equal(encode(t, again), encode(t, r)) {
			t.Fatalf("Encode(Decode(%q)) is not stable", data)
		}
		var b bytes.Buffer
		if err := view.WriteText(&b, r, 100); err != nil {
			t.Fatalf("WriteText() = %v, want no error", err)
		}
		if err := view.WriteTable(&b, []*results.Run{r}, 100); err != nil {
			t.Fatalf("WriteTable() = %v, want no error", err)
		}
		for _, p := range r.Latency.Phases() {
			_, _ = p.Summary.Histogram() // an error, never a panic
		}
	})
}

// full refuses everything.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestEncodeReportsAWriterThatIsFull(t *testing.T) {
	if err := results.Encode(full{}, resultstest.Full()); err == nil {
		t.Error("Encode(no room) = nil, want an error")
	}
}
