package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// galleryMost is the most that a picture of the gallery may have, in bytes: a page of them
// is read over slow lines too.
const galleryMost = 150 << 10

// What the gallery shows is there, and nothing beside it; its commands are looked at with
// those of all pages.
func TestTheGalleryShowsWhatItsCommandsDraw(t *testing.T) {
	page, err := os.ReadFile("../../docs/plots.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, m := range regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`).FindAllStringSubmatch(string(page), -1) {
		shown = append(shown, m[1])
	}
	for _, path := range shown {
		name := strings.TrimSuffix(filepath.Base(path), ".png")
		if !strings.Contains(string(page), "**`"+name+"`**") {
			t.Errorf("the page does not name %s", name)
		}
		info, err := os.Stat(filepath.Join("../../docs", path))
		switch {
		case err != nil:
			t.Errorf("the page shows a picture that is not there; `make gallery` draws it: %v", err)
		case info.Size() > galleryMost:
			t.Errorf("%s has %d bytes, want at most %d", path, info.Size(), galleryMost)
		}
		if dir := filepath.Dir(filepath.Join("docs", path)); !strings.Contains(string(page), "-o "+dir+" ") {
			t.Errorf("no command of the page writes to %s", dir)
		}
	}
	err = filepath.WalkDir("../../docs/plots", func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel("../../docs", path)
		if err == nil && !d.IsDir() && !slices.Contains(shown, filepath.ToSlash(rel)) {
			t.Errorf("%s is not on the page", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
