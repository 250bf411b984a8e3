package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// A run of a day is read and drawn like any other: its size does not depend on its length.
func TestTheResultAndThePageOfADayAreSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), results.ResultFile)
	if err := results.Write(path, resultstest.Day()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := results.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	page := write(t, Input{Title: "a day", Runs: []*results.Run{r}})
	t.Logf("the result has %d bytes, the page %d", info.Size(), len(page))
	const most = 6 << 20
	if info.Size() > most || len(page) > most {
		t.Errorf("the result of a day has %d bytes and its page %d, want at most %d", info.Size(), len(page), most)
	}
	for _, want := range []string{"86400 intervals were merged into", "each point is the most of all"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(sweepPage(t), "were merged into") || strings.Contains(sweepPage(t), "the most of all") {
		t.Error("the page of short runs says that intervals were merged")
	}
}

func BenchmarkReportOfADay(b *testing.B) {
	path := filepath.Join(b.TempDir(), results.ResultFile)
	if err := results.Write(path, resultstest.Day()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := results.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		var page bytes.Buffer
		if err := Write(&page, Input{Title: "a day", Runs: []*results.Run{r}}); err != nil {
			b.Fatal(err)
		}
	}
}
