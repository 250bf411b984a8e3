package results_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// cellStatus is one cell of a made-up sweep, and whether it has a result file.
type cellStatus struct {
	status  results.Status
	written bool
}

// sweepDir makes a sweep's directory.
func sweepDir(t *testing.T, cells ...cellStatus) (string, *results.Sweep) {
	t.Helper()
	dir := t.TempDir()
	s := &results.Sweep{
		Schema: results.SweepSchema, Name: "made-up", Scenario: "name: made-up\n",
		StartedAt: time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC),
	}
	for i, c := range cells {
		entry := results.SweepCell{Dir: filepath.Join("cells", string(rune('a'+i))), Labels: map[string]string{},
			Repeat: 1, Status: c.status}
		if c.status == results.Failed {
			entry.Error = "the host went away"
		}
		s.Cells = append(s.Cells, entry)
		if !c.written {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, entry.Dir), 0o755); err != nil {
			t.Fatal(err)
		}
		r := resultstest.Full()
		r.Repeat = i
		if err := results.Write(filepath.Join(dir, entry.Dir, results.ResultFile), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := results.WriteSweep(dir, s); err != nil {
		t.Fatal(err)
	}
	return dir, s
}

func TestLoadASweep(t *testing.T) {
	tests := []struct {
		name  string
		cells []cellStatus
		want  []int // the cells whose results are loaded
		err   string
	}{
		{"every cell is done", []cellStatus{{results.Done, true}, {results.Done, true}}, []int{0, 1}, ""},
		{"failed and pending cells are left out", []cellStatus{{results.Failed, false}, {results.Done, true},
			{results.Pending, false}}, []int{1}, ""},
		{"a failed cell's old result is not used", []cellStatus{{results.Failed, true}, {results.Done, true}},
			[]int{1}, ""},
		{"an interrupted cell has the result of what there was",
			[]cellStatus{{results.Done, true}, {results.Interrupted, true}}, []int{0, 1}, ""},
		{"a done cell has lost its result", []cellStatus{{results.Done, true}, {results.Done, false}}, nil,
			"cells/b/result.json: no such file or directory"},
		{"no cell is done", []cellStatus{{results.Failed, false}, {results.Pending, false}}, nil,
			"no cell has a result yet; continue with tcpbench sweep --resume DIR"},
		{"no cell at all", nil, nil, "no cell has a result yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, index := sweepDir(t, tt.cells...)
			set, err := results.Load(dir)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(tt.err, "DIR", dir)) {
					t.Errorf("Load(%s) = %v, want %q", dir, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("Load(%s) = %v, want no error", dir, err)
			}
			if diff := cmp.Diff(index, set.Sweep); diff != "" {
				t.Errorf("Load(%s) index (-want +got):\n%s", dir, diff)
			}
			var got []int
			for _, r := range set.Runs {
				got = append(got, r.Repeat)
			}
			if !cmp.Equal(got, tt.want) {
				t.Errorf("Load(%s) = the results of cells %v, want %v", dir, got, tt.want)
			}
		})
	}
}

func TestLoadAResultFile(t *testing.T) {
	set, err := results.Load("testdata/run.json")
	if err != nil || len(set.Runs) != 1 || set.Sweep != nil {
		t.Errorf("Load(testdata/run.json) = %+v, %v, want one run of no sweep", set, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	write := func(t *testing.T, text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, results.SweepFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	tests := []struct {
		name, path, want string
	}{
		{"what is not there", "testdata/none", "no such file or directory"},
		{"a directory that no sweep wrote", t.TempDir(), "has no sweep.json, so no sweep wrote it"},
		{"an index that is cut short", write(t, `{"schema":"tcpbench.swe`), "the file is cut short after 23 bytes"},
		{"an index of a later tool", write(t, `{"schema":"tcpbench.sweep/v2"}`),
			`unknown schema "tcpbench.sweep/v2", want "tcpbench.sweep/v1"; a newer tcpbench may read it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := results.Load(tt.path); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load(%s) = %v, want %q", tt.path, err, tt.want)
			}
		})
	}
	if _, err := results.ReadSweep(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadSweep(an empty directory) = %v, want ErrNotExist", err)
	}
}

func TestADirectoryOfResultFilesIsRepeats(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"2.json", "1.json"} {
		r := resultstest.Minimal()
		r.Targets = []string{name}
		if err := results.Write(filepath.Join(dir, name), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "1.json.journal"), []byte("not a result"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := results.Load(dir)
	if err != nil {
		t.Fatalf("Load() = %v, want no error", err)
	}
	if len(set.Runs) != 2 || set.Runs[0].Targets[0] != "1.json" || set.Dir != dir || set.Sweep != nil {
		t.Errorf("Load() = %+v, want 1.json, then 2.json, of no sweep", set)
	}
	if err := os.WriteFile(filepath.Join(dir, "3.json"), []byte(`{"schema": "other"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := results.Load(dir); !errors.Is(err, results.ErrSchema) || !strings.Contains(err.Error(), "3.json") {
		t.Errorf("Load() with a file of another kind = %v, want %v and the file's name", err, results.ErrSchema)
	}
}

// An index is refused, or names files inside of its directory alone.
func FuzzReadSweep(f *testing.F) {
	dir := f.TempDir()
	for _, s := range []string{`{"schema":"tcpbench.sweep/v1","cells":[{"dir":"cells/001","status":"done"}]}`,
		`{"schema":"tcpbench.sweep/v1","cells":[{"dir":"../x","status":"done"}]}`, "{}", "", "[]",
		`{"schema":"tcpbench.sweep/v1","name":"a\u001b[2Jb","cells":[{"dir":"/etc"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, results.SweepFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := results.ReadSweep(dir)
		if err != nil {
			return
		}
		for _, c := range s.Cells {
			if !filepath.IsLocal(c.Dir) {
				t.Errorf("ReadSweep(%q) takes a cell in %q", data, c.Dir)
			}
		}
		if strings.ContainsAny(s.Name+s.About, "\x1b\n\r\x00") {
			t.Errorf("ReadSweep(%q) leaves controls in %q", data, s.Name+s.About)
		}
	})
}
