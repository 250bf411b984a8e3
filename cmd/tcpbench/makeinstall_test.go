package main

import (
	"os"
	"strings"
	"testing"
)

// stubGo answers what an installation asks of Go, from where it runs.
const stubGo = `#!/bin/sh
case $1 in
build) while [ "$1" != -o ]; do shift; done; mkdir -p "${2%/*}"; echo program >"$2"; echo built ;;
env) echo "$PWD/goroot" ;;
run) case $* in *completion*) echo complete ;; *) for dir; do :; done; echo page >"$dir/tcpbench.1" ;; esac ;;
esac
`

// newClone is a clone of this repository, with what an installation needs, of a user whose umask is 077.
func newClone(t *testing.T) folder {
	t.Helper()
	c := folder{t: t, dir: t.TempDir() + "/a clone"}
	for _, script := range []string{"put.sh", "tree.sh", "licences.sh", "stamp.sh"} {
		c.script(script)
	}
	for _, name := range []string{"Makefile", "README.md", "CHANGELOG.md", "LICENSE", "docs/fleet.md",
		"examples/systemd/tcpbench-agent.service", "report/web/dist/page.js"} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		c.write(name, string(text))
	}
	c.write("goroot/LICENSE", "terms")
	c.write("stub/go", "#!/bin/sh\necho not this go >&2\nexit 1\n")
	c.write("stub/mine", stubGo)
	c.run("chmod", "-R", "go=", ".")
	c.env = []string{"PATH=" + c.dir + "/stub:" + os.Getenv("PATH"), "GO=mine", "STAMP=", "MAKEFLAGS="}
	return c
}

// A PREFIX and a DESTDIR may have spaces, Go another name, and the clone modes of its own.
func TestMakeInstallsWhereItIsTold(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	args := []string{"PREFIX=/opt/my dir", "DESTDIR=" + c.dir + "/de st"}
	c.run("make", append(args, "install")...)
	const prefix = "de st/opt/my dir"
	if got := c.run("cat", prefix+"/bin/tcpbench"); got != "program" {
		t.Errorf("bin/tcpbench is %q", got)
	}
	const doc = prefix + "/share/doc/tcpbench-go"
	for _, unit := range []string{prefix + "/lib/systemd/system", doc + "/examples/systemd"} {
		text := c.run("cat", unit+"/tcpbench-agent.service")
		if want := `ExecStart=/opt/my\x20dir/bin/tcpbench agent `; !strings.Contains(text, want) {
			t.Errorf("the unit in %s has no %s:\n%s", unit, want, text)
		}
	}
	for _, page := range []string{"README.md", "CHANGELOG.md", "docs/fleet.md"} {
		if c.run("cat", doc+"/"+page) != c.run("cat", page) {
			t.Errorf("%s, which others link to, is another", page)
		}
	}
	if got := c.run("find", prefix, "-not", "-perm", "-go=r", "-o", "-type", "d", "-not", "-perm", "-go=x"); got != "" {
		t.Errorf("only their owner may read:\n%s", got)
	}
	if got := c.run("find", "bin/install/tree", "-not", "-perm", "-go=r"); got != "" {
		t.Errorf("only their owner may read what is packed:\n%s", got)
	}
	c.run("make", append(args, "uninstall")...)
	if got := c.run("find", "de st", "-type", "f"); got != "" {
		t.Errorf("left after uninstalling:\n%s", got)
	}
}

// A PREFIX that is no absolute path is refused before anything is built.
func TestMakeRefusesARelativePrefix(t *testing.T) {
	t.Parallel()
	c := newClone(t)
	for _, prefix := range []string{"", "usr local", "./here"} {
		for _, target := range []string{"install", "uninstall"} {
			out, err := c.try("make", target, "PREFIX="+prefix, "DESTDIR=dest")
			want := `PREFIX is "` + prefix + `": want an absolute path, as /usr/local`
			if err == nil || !strings.Contains(out, want) || strings.Contains(out, "built") {
				t.Errorf("make %s PREFIX=%s: %v, want %s alone\n%s", target, prefix, err, want, out)
			}
		}
	}
}
