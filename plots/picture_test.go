package plots

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
)

func TestWritePNG(t *testing.T) {
	var b bytes.Buffer
	if err := forRun(t, sweep()[4])[0].Write(&b, "png"); err != nil {
		t.Fatalf("Write(png) = %v, want no error", err)
	}
	got, err := png.DecodeConfig(&b)
	if err != nil || got.Width != 1600 || got.Height != 900 {
		t.Errorf("PNG is %d x %d, %v; want 1600 x 900", got.Width, got.Height, err)
	}
}

func TestWritePDF(t *testing.T) {
	r := *sweep()[0]
	r.Cell = map[string]string{"target": "grün 漢字"} // beyond what cp1252 has
	for _, p := range forRun(t, &r) {
		var b bytes.Buffer
		if err := p.Write(&b, "pdf"); err != nil {
			t.Fatalf("Write(%s, pdf) = %v, want no error", p.Name, err)
		}
		if !strings.HasPrefix(b.String(), "%PDF-") {
			t.Errorf("%s begins %.10q, want a PDF", p.Name, b.String())
		}
	}
}

func TestLatin1(t *testing.T) {
	if got, want := latin1("a ü 漢 –"), "a \xfc ? ?"; got != want {
		t.Errorf("latin1() = %q, want %q", got, want)
	}
}

func TestWriteRefusesUnknownFormats(t *testing.T) {
	err := forRun(t, sweep()[0])[0].Write(&bytes.Buffer{}, "pgn")
	if want := `unknown picture format "pgn", want png, svg or pdf; did you mean "png"?`; err == nil ||
		err.Error() != want {
		t.Errorf("Write(pgn) = %v, want %v", err, want)
	}
}

func TestWriteAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plots")
	paths, err := WriteAll(dir, forRun(t, sweep()[0])[:2], []string{"svg", "png"})
	if err != nil {
		t.Fatalf("WriteAll() = %v, want no error", err)
	}
	want := []string{
		filepath.Join(dir, "connections-per-second.svg"), filepath.Join(dir, "connections-per-second.png"),
		filepath.Join(dir, "latency.svg"), filepath.Join(dir, "latency.png"),
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, want a file that is not empty", p, err)
		}
	}
}

func TestWriteAllRefuses(t *testing.T) {
	pics := forRun(t, sweep()[0])
	tests := []struct {
		name    string
		pics    []Picture
		formats []string
		want    string
	}{
		{"a format it does not know, before it writes anything", pics, []string{"svg", "gif"},
			"unknown picture format"},
		{"two pictures of one name", append(pics[:1:1], pics[0]), []string{"svg"}, "two are named"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := WriteAll(dir, tt.pics, tt.formats)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("WriteAll() = %v, want an error with %q", err, tt.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("WriteAll() left %v", left)
			}
		})
	}
}

// A run must be drawn to the same bytes each time, so that files can be compared.
func TestSVGIsTheSameEachTime(t *testing.T) {
	for range 3 {
		for i, p := range forSweep(t, []*results.Run{sweep()[0], sweep()[1]}) {
			again := forSweep(t, []*results.Run{sweep()[0], sweep()[1]})[i]
			if svgOf(t, p) != svgOf(t, again) {
				t.Errorf("%s differs from one time to the next", p.Name)
			}
		}
	}
}
