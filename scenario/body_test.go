package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// On the command line and in a scenario @FILE stands for a file's content, whatever it is.
func TestABodyIsReadFromAFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, content := range []string{"", "text\nof two lines\n", "\xff\x00binary", "@base64:YQ==", "@name"} {
		path := file("body", content)
		w := DefaultWorkload()
		if err := option(t, &w, "body").AsFlags()[0].Set("@" + path); err != nil || w.Body != content {
			t.Errorf("--body @FILE of %q has %q, %v", content, w.Body, err)
		}
		s, err := Parse("f.yaml", []byte("name: a\ntarget: {server: http}\nworkload: {body: '@"+path+"'}\n"))
		if err != nil || s.Workload.Body != content {
			t.Errorf("body: @FILE of %q has %+v, %v", content, s, err)
		}
		cases, err := Parse("f.yaml",
			[]byte("name: a\ntarget: {server: http}\ncases: [{name: b, body: '@"+path+"'}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if cells, err := cases.Cells(); err != nil || cells[0].Workload.Body != content {
			t.Errorf("a case's body: @FILE of %q, %v", content, err)
		}
	}
	for _, tt := range []struct{ name, path, want string }{
		{"no such file", "/no/such/body", "stat /no/such/body: no such file or directory"},
		{"a directory", dir, dir + " is not a regular file"},
		{"a file too large", file("large", strings.Repeat("x", MaxMessage+1)),
			"has 16777217 bytes, more than 16777216"},
	} {
		w := DefaultWorkload()
		if err := option(t, &w, "body").AsFlags()[0].Set("@" + tt.path); !strings.Contains(message(err), tt.want) ||
			w.Body != "" {
			t.Errorf("%s: --body @%s = %v, want %q in it", tt.name, tt.path, err, tt.want)
		}
		_, err := Parse("f.yaml", []byte("name: a\nworkload: {body: '@"+tt.path+"'}\n"))
		if !strings.HasPrefix(message(err), "f.yaml:2:18: body: ") || !strings.Contains(message(err), tt.want) {
			t.Errorf("%s: Parse = %v, want %q in it", tt.name, err, tt.want)
		}
	}
}

// Nothing but a user's own words opens a file: not a result.
func TestABodyInAResultOpensNoFile(t *testing.T) {
	w := DefaultWorkload()
	if err := w.Set("body", "@/etc/hostname"); err != nil || w.Body != "@/etc/hostname" {
		t.Errorf("Set(body, @/etc/hostname) = %q, %v, want the text itself", w.Body, err)
	}
}
