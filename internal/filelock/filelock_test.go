package filelock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// Whatever is in the file, the name of its holder is one short line that moves no cursor.
func FuzzHolder(f *testing.F) {
	for _, s := range []string{`{"pid":7,"command":["tcpbench","run"]}`,
		`{"pid":7,"host":"\u001b[2J","command":["a\nb"]}`, "", "{", `{"pid":-1}`, "\x00"} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), "held")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		said := readHolder(path).String()
		odd := func(r rune) bool { return !unicode.IsPrint(r) }
		if strings.ContainsFunc(said, odd) || len(said) > 4096 {
			t.Errorf("the holder of %q is %q", data, said)
		}
	})
}
