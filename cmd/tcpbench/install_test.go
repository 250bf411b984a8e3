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

// A link of somebody else that leads nowhere is a file of theirs too.
func TestDanglingLinksOfOthersAreNotTakenByAnInstallation(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	c.run("ln", "-s", "/nowhere/at/all", "dest/usr/local/bin/tcpbench")
	out, err := c.try("sh", c.put, "install", "tree", "dest", "/usr/local")
	if err == nil || !strings.Contains(out, "/usr/local/bin/tcpbench is there") {
		t.Errorf("put.sh: %v, %s; want the link that is there named", err, out)
	}
	if got := c.run("readlink", "dest/usr/local/bin/tcpbench"); got != "/nowhere/at/all" {
		t.Errorf("after it was refused, the link is to %q", got)
	}
}

// Nothing is removed below a DESTDIR that is not there, nor is it made.
func TestUninstallingMakesNoDirectory(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	out, err := c.try("sh", c.put, "remove", "typo", "/usr/local")
	if err == nil || out != "nothing is installed below typo/usr/local" {
		t.Errorf("put.sh: %v, %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "typo")); !os.IsNotExist(err) {
		t.Errorf("typo: %v, want it not there", err)
	}
}

// CDPATH, with which cd may print and go elsewhere, is the user's shell's alone.
func TestInstallingDoesNotHeedCDPATH(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	c.env = []string{"CDPATH=" + c.dir}
	c.run("sh", c.put, "install", "tree", "dest", "/usr/local")
	if got := c.run("cat", "dest/usr/local/bin/tcpbench"); got != "program" {
		t.Errorf("bin/tcpbench is %q", got)
	}
}

// An archive has files alone: what root unpacks over a machine's directories leaves them as they are.
func TestAnArchiveLeavesDirectoriesAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newPut(t)
	c.env = []string{"SOURCE_DATE_EPOCH=1"}
	script, err := filepath.Abs("../../scripts/package/archive.sh")
	if err != nil {
		t.Fatal(err)
	}
	c.run("sh", script, "one.tar.gz", "tree/usr", "local")
	c.run("touch", "tree/usr/local/bin/tcpbench")
	c.run("sh", script, "two.tar.gz", "tree/usr", "local")
	c.run("cmp", "one.tar.gz", "two.tar.gz")
	c.write("opt/lib/kept", "theirs")
	c.run("ln", "-s", "opt", "usr")
	c.run("mkdir", "-m", "700", "opt/bin")
	c.run("ln", "-s", "lib", "opt/share")
	c.run("tar", "--same-permissions", "-xzf", "one.tar.gz", "--strip-components=1", "-C", "usr")
	if got := c.run("stat", "-c", "%a", "opt/bin"); got != "700" {
		t.Errorf("the mode of a directory that was there is %s, want 700", got)
	}
	got := c.run("cat", "opt/bin/tcpbench", "opt/lib/kept", "opt/lib/man/man1/tcpbench.1.gz")
	if got != "programtheirspage" {
		t.Errorf("files through the links that were there: %q", got)
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
