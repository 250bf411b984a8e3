package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every module that is built in has its licence among those of an installation, as have Go and
// the script of the report.
func TestLicencesAreOfEveryModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("../../scripts/licences.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("licences.sh: %v\n%s", err, out)
	}
	const module = "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}"
	list := exec.Command("go", "list", "-deps", "-f", module, ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	modules, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := append(strings.Fields(string(modules)), "go", "uPlot")
	for _, m := range want {
		if files, _ := filepath.Glob(filepath.Join(dir, m, "LICEN*")); len(files) == 0 {
			t.Errorf("%s has no licence", m)
		}
	}
}

// A module without a licence is an error that names it.
func TestLicencesFailWithoutOne(t *testing.T) {
	t.Parallel()
	c := stampClone{t, t.TempDir()}
	for _, name := range []string{"licences.sh", "stamp.sh"} {
		text, err := os.ReadFile("../../scripts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c.write("scripts/"+name, string(text))
	}
	c.write("go.mod", "module m\n\ngo 1.26\n\nrequire example.com/bare v1.0.0\n\nreplace example.com/bare => ./bare\n")
	c.write("main.go", "package main\n\nimport _ \"example.com/bare\"\n\nfunc main() {}\n")
	c.write("bare/go.mod", "module example.com/bare\n")
	c.write("bare/bare.go", "package bare\n")
	cmd := exec.Command("sh", "scripts/licences.sh", "licences", ".")
	cmd.Dir = c.dir
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no licence in: example.com/bare@v1.0.0") {
		t.Errorf("licences.sh of a module without one: %v, %s", err, out)
	}
}

// What install puts below DESTDIR, uninstall takes away, and nothing else.
func TestInstalledTreeIsRemoved(t *testing.T) {
	t.Parallel()
	c := stampClone{t, t.TempDir()}
	script, err := filepath.Abs("../../scripts/put.sh")
	if err != nil {
		t.Fatal(err)
	}
	c.write("tree/usr/local/bin/tcpbench", "program")
	c.write("tree/usr/local/share/doc/tcpbench-go/copyright", "terms")
	c.write("tree/usr/local/share/man/man1/tcpbench.1.gz", "page")
	c.write("dest/usr/local/bin/other", "theirs")
	before := c.run("find", "dest")
	for _, file := range []string{"tcpbench.1.gz", "tcpbench-new.1.gz"} { // of two versions
		c.run("find", "tree", "-name", "tcpbench*.gz", "-delete")
		c.write("tree/usr/local/share/man/man1/"+file, "page")
		c.run("sh", script, "install", "tree", "dest", "/usr/local")
		if got := c.run("ls", "dest/usr/local/share/man/man1"); got != file {
			t.Errorf("man pages after an installation: %q, want %q alone", got, file)
		}
	}
	if got := c.run("cat", "dest/usr/local/bin/tcpbench"); got != "program" {
		t.Errorf("bin/tcpbench is %q", got)
	}
	c.run("sh", script, "remove", "dest", "/usr/local")
	if got := c.run("find", "dest"); got != before {
		t.Errorf("after uninstalling:\n%s\nwant what was there before:\n%s", got, before)
	}
}
