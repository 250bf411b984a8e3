package labtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A snapshot that misses something passes for a program that leaves it behind.
func TestASnapshotHasWhatIsLeftBehind(t *testing.T) {
	if !Isolated(t, time.Minute) {
		return
	}
	dir := t.TempDir()
	before := Take(t, dir)
	if again := Take(t, dir).Since(before); len(again) != 0 {
		t.Fatalf("nothing happened, and the snapshot has other lines: %q", again)
	}
	leave := exec.Command("unshare", "--net", "sleep", "60")
	if err := leave.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = leave.Process.Kill(); _ = leave.Wait() })
	device := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "left"}, PeerName: "right"}
	if err := netlink.LinkAdd(device); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_fin_timeout", []byte("17"), 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	if err := os.WriteFile(filepath.Join(dir, "left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wants := []string{"+ namespace net:", "(sleep)", "+ device left", "+ mount none " + dir,
		`+ sysctl net/ipv4/tcp_fin_timeout = "17"`, "+ file " + dir + "/left"}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		since := Take(t, dir).Since(before)
		missing := slices.DeleteFunc(slices.Clone(wants), func(want string) bool {
			return slices.ContainsFunc(since, func(line string) bool { return strings.Contains(line, want) })
		})
		if len(missing) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the snapshot does not have %q: %q", missing, since)
		}
	}
}
