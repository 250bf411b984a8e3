package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpbench/host/doctor"
	"tcpbench/host/netns"
)

func TestAskedReadsTheFilesInTheOrderInWhichTheyAreApplied(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	root := fstest.MapFS{
		"etc/sysctl.conf":        file("net.ipv4.tcp_tw_recycle = 1\n"),
		"etc/sysctl.d/20-b.conf": file("net.ipv4.tcp_fin_timeout = 15\n"),
		"etc/sysctl.d/10-a.conf": file("# none\nnonsense\nnet.ipv4.tcp_timestamps=1\n"),
		"etc/sysctl.d/README":    file("net.core.somaxconn = 1\n"),
	}
	got, errs := asked(root)
	want := []string{"/etc/sysctl.d/10-a.conf:net.ipv4.tcp_timestamps",
		"/etc/sysctl.d/20-b.conf:net.ipv4.tcp_fin_timeout", "/etc/sysctl.conf:net.ipv4.tcp_tw_recycle"}
	var names []string
	for _, a := range got {
		names = append(names, a.File+":"+a.Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), `10-a.conf:2: "nonsense"`) {
		t.Errorf("asked = %v, want line 2 named", errs)
	}
	if !got[0].Exists || got[0].Now == "" || got[2].Exists {
		t.Errorf("asked = %+v, want tcp_timestamps to exist with a value, and tcp_tw_recycle not to", got)
	}
	if _, errs := asked(fstest.MapFS{}); errs != nil {
		t.Errorf("asked of a host without such files = %v, want no error", errs)
	}
}

func TestAFileWithTwoNamesIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "etc/sysctl.d"), 0o700),
		os.WriteFile(filepath.Join(dir, "etc/sysctl.conf"), []byte("net.core.somaxconn = 1\n"), 0o600),
		os.Symlink("../sysctl.conf", filepath.Join(dir, "etc/sysctl.d/99-sysctl.conf")))
	if err != nil {
		t.Fatal(err)
	}
	got, errs := asked(os.DirFS(dir))
	if len(errs) > 0 || len(got) != 1 || got[0].File != "/etc/sysctl.d/99-sysctl.conf" {
		t.Errorf("asked = %+v, %v, want the line once, where the link is", got, errs)
	}
}

func TestProcPathStaysBelowProcSys(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.tcp_tw_reuse":            "/proc/sys/net/ipv4/tcp_tw_reuse",
		"net.ipv4.conf.eth0/100.rp_filter": "/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
		"//.//.etc.passwd":                 "/proc/sys/etc/passwd",
	} {
		if got := procPath(name); got != want {
			t.Errorf("procPath(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFactsOfThisHost(t *testing.T) {
	f, err := Facts(fstest.MapFS{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if f.Law.Ports == 0 || f.Range.Len() < f.Law.Ports || f.View.Capacity != f.Law.Ports ||
		!strings.HasPrefix(f.Kernel, "Linux ") || f.Unread != nil {
		t.Errorf("Facts = %+v", f)
	}
	if f.Counters == nil || f.Sysctls["net.ipv4.ip_local_port_range"] == "" {
		t.Errorf("Facts has no counters or no settings: %+v", f)
	}
	if f.Files == nil {
		t.Error("Facts has no limits of open files")
	}
}

func TestFactsOfAnotherNamespace(t *testing.T) {
	pid, inode, end := inhabited(t, 1)
	path := fmt.Sprintf("/proc/%d/ns/net", pid)
	look := func(path string, pid int) doctor.Facts {
		t.Helper()
		f, err := FactsIn(path, pid, 10)
		if err != nil {
			t.Fatal(err)
		}
		if f.Subject.Inode != inode || f.Subject.First || f.Subject.Uncertain || f.View.InUse != 1 {
			t.Errorf("FactsIn(%s) = %+v with %d ports, want 1, of %d alone", path, f.Subject, f.View.InUse, inode)
		}
		return f
	}
	const line, write = "net.ipv4.tcp_tw_reuse = 1", ` sysctl -w net.ipv4.tcp_tw_reuse="1"`
	f := look(path, pid)
	if want := fmt.Sprintf("nsenter -t %d -n%s", pid, write); !strings.HasSuffix(f.Subject.Where(line), want) {
		t.Errorf("Where = %q, want %q", f.Subject.Where(line), want)
	}
	if f.Files == nil || f.Unread != nil {
		t.Errorf("FactsIn of process %d: no limits of open files, %v", pid, f.Unread)
	}
	f = look(path, 0)
	if got := f.Subject.Where(line); !strings.HasSuffix(got, "nsenter --net="+path+write) ||
		!strings.HasPrefix(f.Subject.Sentence(), "namespace "+path) {
		t.Errorf("Where = %q of %q, want it by the path", got, f.Subject.Sentence())
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	end()
	kept := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	if f, err := FactsIn(kept, pid, 10); err != nil || f.Files != nil || len(f.Unread) != 1 {
		t.Errorf("FactsIn of a process that has ended = %+v, %v, %v, want one thing unread", f.Files, f.Unread, err)
	}
}

// The namespace of the process that started the tests is the host's, where it is not that of a container.
func TestFactsOfTheHostsNamespace(t *testing.T) {
	// The number of the kernel's first (NET_NS_INIT_INO of linux/nsfs.h, since 6.18).
	const first = 0xEFFFFFF9
	parent := os.Getppid()
	inode, err := netns.OfProcess(parent)
	if err != nil || inode != first {
		t.Skipf("process %d is in network namespace %d, %v, which is not known to be the first", parent, inode, err)
	}
	f, err := FactsIn(fmt.Sprintf("/proc/%d/ns/net", parent), parent, 10)
	if errors.Is(err, unix.EPERM) {
		t.Skip("the tests are in a user namespace of their own, which the host's network is not in")
	}
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Subject; !s.First || s.Uncertain || !strings.HasSuffix(s.Where("net.ipv4.tcp_tw_reuse = 1"),
		`: sysctl -w net.ipv4.tcp_tw_reuse="1", and net.ipv4.tcp_tw_reuse = 1 in /etc/sysctl.d to keep it`) {
		t.Errorf("FactsIn(%d) = %+v, want the host's: %s", parent, s, s.Where("net.ipv4.tcp_tw_reuse = 1"))
	}
}

func TestTheNameOfANamespaceThroughALink(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "var")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir + "/blue": "blue", link + "/blue": "blue", "/proc/self/ns/net": "", dir + "/none/blue": "",
	} {
		if got := nameIn(dir, path); got != want {
			t.Errorf("nameIn(%s, %s) = %q, want %q", dir, path, got, want)
		}
	}
}
