package launch

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpbench/lab"
)

// sshd is a server of OpenSSH on loopback, and the program ssh as it reaches it: whatever
// the host is called, it is this one.
type sshd struct {
	home string // of those who log in
	bin  string // the first directory of their PATH
	log  string
}

// startSSHD starts one, of the test's user and with keys of its own. Where that is root it
// has a /run of its own, in which sshd wants a directory.
func startSSHD(t *testing.T) sshd {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Skipf("who runs the test cannot log in: %v", err)
	}
	dir := t.TempDir()
	d := sshd{home: dir + "/home", bin: dir + "/bin", log: dir + "/log"}
	for _, sub := range []string{d.home, d.bin, dir + "/local"} {
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"host", "user"} {
		run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/"+key)
	}
	run(t, "cp", dir+"/user.pub", dir+"/authorized_keys")
	port := freePort(t)
	write(t, dir+"/sshd_config", fmt.Sprintf(`ListenAddress 127.0.0.1:%d
HostKey %s/host
AuthorizedKeysFile %[2]s/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
ForceCommand cd %s && exec env HOME=%[3]s PATH=%s:/usr/bin:/bin sh -c "$SSH_ORIGINAL_COMMAND"
`, port, dir, d.home, d.bin), 0o644)
	write(t, dir+"/known_hosts", "* "+read(t, dir+"/host.pub"), 0o644)
	write(t, dir+"/local/ssh", fmt.Sprintf("#!/bin/sh\nexec /usr/bin/ssh -F none -o HostName=127.0.0.1 -o Port=%d "+
		"-o User=%s -i %s/user -o UserKnownHostsFile=%[3]s/known_hosts \"$@\"\n", port, me.Username, dir), 0o755)
	t.Setenv("PATH", dir+"/local:"+os.Getenv("PATH"))
	d.serve(t, port, me.Uid == "0", dir+"/sshd_config")
	return d
}

// serve runs sshd until the test ends.
func (d sshd) serve(t *testing.T, port int, root bool, config string) {
	t.Helper()
	words := []string{"/usr/sbin/sshd", "-D", "-e", "-f", config}
	if root {
		words = append([]string{"unshare", "-m", "sh", "-c",
			`mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$0" "$@"`}, words...)
	}
	out, err := os.Create(d.log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := lab.StartDying(cmd, &syscall.SysProcAttr{Setpgid: true}); err != nil {
		t.Fatalf("%v; make deps installs it", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
		if t.Failed() {
			t.Log(read(t, d.log))
		}
	})
	for range 500 {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("sshd does not listen")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func run(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// reporter is a tcpbench that says how it was called, or a version.
const reporter = "#!/bin/sh\nif [ \"$1\" = version ]; then echo %s; else echo \"$@\"; fi\n"

func TestSSHStartsAnAgentThere(t *testing.T) {
	d := startSSHD(t)
	write(t, d.bin+"/tcpbench", fmt.Sprintf(reporter, "other"), 0o755)
	var lines told
	l, err := Start(Options{Hosts: []string{"web-1"}, Port: freePort(t), Targets: []string{"10.0.0.9/32"},
		Tell: lines.tell})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(time.Minute); err != nil {
		t.Error(err)
	}
	got := strings.Join(lines.all(), "\n")
	if !strings.HasPrefix(got, "web-1: agent --once --nats nats://127.0.0.1:") ||
		!strings.HasSuffix(got, " --name web-1 --allow-target 10.0.0.9/32") {
		t.Errorf("there was started, as it says: %s", got)
	}
}

func TestSSHThatCannotForwardThePortFails(t *testing.T) {
	d := startSSHD(t)
	write(t, d.bin+"/tcpbench", fmt.Sprintf(reporter, "other"), 0o755)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	l, err := Start(Options{Hosts: []string{"web-1"}, Port: taken.Addr().(*net.TCPAddr).Port,
		Targets: []string{"10.0.0.9/32"}})
	if err != nil {
		t.Fatal(err)
	}
	got := failure(t, l)
	if !strings.HasPrefix(got, "the command for web-1 ended with exit status 255: ") ||
		!strings.Contains(got, "remote port forwarding failed") {
		t.Errorf("Failed() has %q", got)
	}
	if err := l.Close(time.Minute); err != nil {
		t.Error(err)
	}
}

// TestCopy: the program goes to a host that has none or another one, and only once.
func TestCopy(t *testing.T) {
	if testing.Short() {
		t.Skip("it copies this program, and what runs at once is tested by the others")
	}
	d := startSSHD(t)
	var lines told
	copyTo := func() string {
		t.Helper()
		called, err := Copy(t.Context(), []string{"web-1"}, lines.tell)
		if err != nil {
			t.Fatal(err)
		}
		return called["web-1"]
	}
	first := copyTo()
	if !strings.HasPrefix(first, ".cache/tcpbench/") || len(lines.all()) != 1 {
		t.Fatalf("where there is none it is called %q, and told %q", first, lines.all())
	}
	run(t, "cmp", os.Args[0], filepath.Join(d.home, first))
	if again := copyTo(); again != first || len(lines.all()) != 1 {
		t.Errorf("again it is called %q, and told %q, want %q and nothing more", again, lines.all(), first)
	}
	write(t, d.bin+"/tcpbench", fmt.Sprintf(reporter, "tcpbench devel, revision unknown"), 0o755)
	if other := copyTo(); other != first {
		t.Errorf("where there is another build of a version that says nothing it is called %q, want %q", other, first)
	}
	write(t, filepath.Join(d.home, first), "half", 0o755)
	if mended := copyTo(); mended != first || len(lines.all()) != 2 {
		t.Errorf("a spoiled copy is called %q, and told %q, want it copied again", mended, lines.all())
	}
	run(t, "cp", os.Args[0], d.bin+"/tcpbench")
	if own := copyTo(); own != "tcpbench" {
		t.Errorf("where this program is installed it is called %q, want tcpbench", own)
	}
}

func TestCopyRefusesAnotherMachine(t *testing.T) {
	d := startSSHD(t)
	write(t, d.bin+"/uname", "#!/bin/sh\necho Linux m68k\n", 0o755)
	_, err := Copy(t.Context(), []string{"web-1"}, nil)
	if err == nil || !strings.HasPrefix(err.Error(),
		"copy tcpbench to web-1: it is Linux m68k, and this program was built for linux/") {
		t.Errorf("Copy() = %v", err)
	}
	if left, _ := os.ReadDir(d.home); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func TestCopySaysWhatSSHSays(t *testing.T) {
	startSSHD(t)
	run(t, "sh", "-c", "p=${PATH%%:*}/ssh; sed -i 's/-i [^ ]*/-i none/' $p")
	_, err := Copy(t.Context(), []string{"web-1"}, nil)
	if err == nil || !strings.Contains(err.Error(), "copy tcpbench to web-1: ssh: exit status 255: ") ||
		!strings.Contains(err.Error(), "Permission denied") {
		t.Errorf("Copy() = %v", err)
	}
}

func TestSameVersionIsOfARevision(t *testing.T) {
	const version = "tcpbench v1.2.0, revision 1234 of 2026-11-29T08:09:41Z, clean, go1.26, linux/amd64"
	c := &copier{version: version, sum: "aa"}
	devel := &copier{version: "tcpbench devel, revision unknown (it was built outside a git clone), go1.26, " +
		"linux/amd64", sum: "aa"}
	dirty := &copier{version: strings.Replace(version, "clean", "dirty", 1), sum: "aa"}
	tests := []struct {
		name string
		c    *copier
		p    presence
		want bool
	}{
		{"the same file", devel, presence{version: devel.version, sum: "aa"}, true},
		{"the same revision, built elsewhere", c, presence{version: c.version, sum: "bb"}, true},
		{"another revision", c, presence{version: strings.Replace(version, "1234", "1235", 1), sum: "bb"}, false},
		{"versions that say nothing", devel, presence{version: devel.version, sum: "bb"}, false},
		{"the same revision, from which files differed", dirty, presence{version: dirty.version, sum: "bb"}, false},
		{"nothing there", c, presence{}, false},
	}
	for _, tt := range tests {
		if got := tt.p.same(tt.c); got != tt.want {
			t.Errorf("%s: same() = %v, want %v", tt.name, got, tt.want)
		}
	}
}
