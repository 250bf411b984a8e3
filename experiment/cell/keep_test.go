package cell

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpbench/metrics"
	"tcpbench/results"
)

func TestPacketsThatCannotBeWrittenLeaveTheResult(t *testing.T) {
	tests := []struct {
		name    string
		packets []byte
		want    string
	}{
		{"a capture", []byte("packets"), "move "},
		{"no capture, and something in its place", nil, "remove the packets of an earlier run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.json")
			if err := os.MkdirAll(filepath.Join(results.PcapPath(path), "full"), 0o755); err != nil {
				t.Fatal(err)
			}
			measure := func(context.Context, Spec, func(metrics.Interval)) (*results.Run, error) {
				return &results.Run{Schema: results.Schema, Pcap: tt.packets}, nil
			}
			_, err := Keep(t.Context(), Spec{}, path, measure, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) ||
				!strings.Contains(err.Error(), "the result itself is in "+path) {
				t.Errorf("Keep() = %v, want %q, and that the result itself is in %s", err, tt.want, path)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the result: %v, want it there", err)
			}
		})
	}
}

// A result for which there is no place anywhere is lost, which is said, and where its intervals
// are, if they are anywhere.
func TestAResultThatNothingTakesIsLost(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(dir, "no", "such"))
	for _, tt := range []struct {
		name  string
		spoil func(path string) error
		wants []string
	}{
		{"something is in its place", func(path string) error { return os.Mkdir(path, 0o755) },
			[]string{"the result is lost: make room", "its 1 intervals are in "}},
		{"its directory is gone", func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
			[]string{"the result is lost: make room", "its 1 intervals are lost with the journal: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, tt.name, "r.json")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			r, err := Keep(t.Context(), Spec{}, path, func(_ context.Context, _ Spec, observe func(metrics.Interval)) (
				*results.Run, error) {
				observe(metrics.Interval{TS: 1, LengthS: 1})
				return &results.Run{Schema: results.Schema}, tt.spoil(path)
			}, nil)
			for _, want := range tt.wants {
				if r == nil || err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Keep() = %v, %v, want the result to show, and it to say %q", r, err, want)
				}
			}
		})
	}
}

// A journal has the targets as a result has them: without a password.
func TestAJournalHasNoPassword(t *testing.T) {
	got := head(Spec{Targets: []string{"http://me:secret@10.0.0.1/x", "tcp://10.0.0.1:80"}}).Targets
	if want := []string{"http://...@10.0.0.1/x", "tcp://10.0.0.1:80"}; !slices.Equal(got, want) {
		t.Errorf("head(..).Targets = %q, want %q", got, want)
	}
}
