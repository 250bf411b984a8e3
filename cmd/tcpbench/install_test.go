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
	c := folder{t: t, dir: t.TempDir()}
	c.script("licences.sh")
	c.write("go.mod", "module m\n\ngo 1.26\n\nrequire example.com/bare v1.0.0\n\nreplace example.com/bare => ./bare\n")
	c.write("main.go", "package main\n\nimport _ \"example.com/bare\"\n\nfunc main() {}\n")
	c.write("bare/go.mod", "module example.com/bare\n")
	c.write("bare/bare.go", "package bare\n")
	out, err := c.try("sh", "scripts/licences.sh", "licences", ".")
	if err == nil || !strings.Contains(out, "no licence in: example.com/bare@v1.0.0") {
		t.Errorf("licences.sh of a module without one: %v, %s", err, out)
	}
}

// What install puts below DESTDIR, uninstall takes away, and nothing else.
func TestInstalledTreeIsRemoved(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	before := c.run("find", "dest")
	for _, file := range []string{"tcpbench.1.gz", "tcpbench-new.1.gz"} { // of two versions
		c.run("find", "tree", "-name", "tcpbench*.gz", "-delete")
		c.write("tree/usr/local/share/man/man1/"+file, "page")
		c.run("sh", c.put, "install", "tree", "dest", "/usr/local")
		if got := c.run("ls", "dest/usr/local/share/man/man1"); got != file {
			t.Errorf("man pages after an installation: %q, want %q alone", got, file)
		}
	}
	if got := c.run("cat", "dest/usr/local/bin/tcpbench"); got != "program" {
		t.Errorf("bin/tcpbench is %q", got)
	}
	c.run("sh", c.put, "remove", "dest", "/usr/local")
	if got := c.run("find", "dest"); got != before {
		t.Errorf("after uninstalling:\n%s\nwant what was there before:\n%s", got, before)
	}
}

// A file of somebody else, as of a program of the same name, is named, and stays with all else.
func TestFilesOfOthersAreNotTakenByAnInstallation(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	c.write("dest/usr/local/bin/tcpbench", "theirs")
	before := c.run("find", "dest")
	out, err := c.try("sh", c.put, "install", "tree", "dest", "/usr/local")
	if err == nil || !strings.Contains(out, "/usr/local/bin/tcpbench is there") {
		t.Errorf("put.sh: %v, %s; want the file that is there named", err, out)
	}
	if got := c.run("find", "dest") + c.run("cat", "dest/usr/local/bin/tcpbench"); got != before+"theirs" {
		t.Errorf("after it was refused: %s", got)
	}
}

// What fails half-way leaves the program that was there, and can be removed.
func TestAnUpgradeThatFailsIsRemovedAsAWhole(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	before := c.run("find", "dest")
	c.run("sh", c.put, "install", "tree", "dest", "/usr/local")
	c.write("tree/usr/local/share/zsh/site-functions/_tcpbench", "completion")
	c.write("dest/usr/local/share/zsh", "a file where a directory is to be")
	if out, err := c.try("sh", c.put, "install", "tree", "dest", "/usr/local"); err == nil {
		t.Errorf("an installation over a file went well: %s", out)
	}
	if got := c.run("cat", "dest/usr/local/bin/tcpbench"); got != "program" {
		t.Errorf("bin/tcpbench is %q", got)
	}
	c.run("rm", "dest/usr/local/share/zsh")
	c.run("sh", c.put, "remove", "dest", "/usr/local")
	if got := c.run("find", "dest"); got != before {
		t.Errorf("after uninstalling:\n%s\nwant what was there before:\n%s", got, before)
	}
}

// What cannot be packed ends the making of an image, which would be no image without it.
func TestAnImageThatCannotBeMadeIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command("../../scripts/package/oci.sh", filepath.Join(dir, "image.tar"), "1", "revision", dir, dir)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=0")
	out, err := cmd.CombinedOutput()
	if _, found := os.Stat(filepath.Join(dir, "image.tar")); err == nil || !os.IsNotExist(found) {
		t.Errorf("oci.sh of a tree without a program: %v, the image: %v\n%s", err, found, out)
	}
}

// putTree is a tree to install, and where.
type putTree struct {
	folder
	put string // the script
}

func newPut(t *testing.T) putTree {
	t.Helper()
	script, err := filepath.Abs("../../scripts/put.sh")
	if err != nil {
		t.Fatal(err)
	}
	c := putTree{folder{t: t, dir: t.TempDir()}, script}
	c.write("tree/usr/local/bin/tcpbench", "program")
	c.write("tree/usr/local/share/doc/tcpbench-go/copyright", "terms")
	c.write("tree/usr/local/share/man/man1/tcpbench.1.gz", "page")
	c.write("dest/usr/local/bin/other", "theirs")
	return c
}
