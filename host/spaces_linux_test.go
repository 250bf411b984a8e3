package host

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/host/netns"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
)

// inhabited is a network namespace with a process in it and so many connections that are
// open; it ends with the process.
func inhabited(t testing.TB, open int) (pid int, inode uint64, end func()) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "echo up; exec cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = lab.StartPeer(cmd)
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	var conns []io.Closer
	end = func() {
		for _, c := range conns {
			c.Close()
		}
		conns = nil
		stdin.Close()
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	err = lab.Inside(cmd.Process.Pid, func() error {
		if err := labtest.LoopbackUp(); err != nil {
			return err
		}
		l, err := net.Listen("tcp4", "127.0.0.1:80")
		if err != nil {
			return err
		}
		conns = append(conns, l)
		for range open {
			fd, err := connected(l.Addr().(*net.TCPAddr).Port)
			if err != nil {
				return err
			}
			conns = append(conns, fd)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	inode, err = netns.OfProcess(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid, inode, end
}

// connected is a connection that the calling thread makes, where it is.
func connected(port int) (io.Closer, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "socket")
	return f, unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
}

// seenIn is what is seen of a namespace; nil where it is not watched.
func seenIn(v netns.View, inode uint64) *netns.Space {
	for i := range v.Spaces {
		if v.Spaces[i].Namespace.Inode == inode {
			return &v.Spaces[i]
		}
	}
	return nil
}

// spacesAt reads namespaces at times that go by as the test wants.
func spacesAt(t testing.TB, most int) (s *Spaces, at *time.Time) {
	t.Helper()
	now := time.Unix(1000, 0)
	s = OpenSpaces(most, 3)
	s.now = func() time.Time { return now }
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &now
}

func read(t testing.TB, s *Spaces) netns.View {
	t.Helper()
	v, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// everyone is more namespaces than there are, those of other tests included.
const everyone = 10_000

func TestEveryNamespaceIsCountedExactly(t *testing.T) {
	s, at := spacesAt(t, everyone)
	var inodes []uint64
	var pids []int
	var ends []func()
	for i := range 3 {
		pid, inode, end := inhabited(t, 3+i)
		pids, inodes, ends = append(pids, pid), append(inodes, inode), append(ends, end)
	}
	v := read(t, s)
	for i, inode := range inodes {
		sp := seenIn(v, inode)
		if sp == nil {
			t.Fatalf("namespace %d of process %d is not watched", inode, pids[i])
		}
		// A connection is two sockets on loopback, and there is a listener.
		if p := sp.Urgent(); p == nil || p.InUse != 3+i || sp.Headroom.InUse != 3+i || sp.Sockets != 2*(3+i)+1 {
			t.Errorf("namespace %d: %+v, want %d ports in use, %d sockets", i, sp, 3+i, 2*(3+i)+1)
		}
		if sp.Namespace.PID != pids[i] || sp.Namespace.Process == "" || sp.Namespace.Processes != 1 {
			t.Errorf("namespace %d: %+v, want it of process %d alone", i, sp.Namespace, pids[i])
		}
	}
	ends[1]()
	*at = at.Add(walkEvery)
	v = read(t, s)
	if seenIn(v, inodes[1]) != nil || seenIn(v, inodes[0]) == nil || seenIn(v, inodes[2]) == nil {
		t.Errorf("after the end of the second namespace: %v, %v, %v, want the others alone", seenIn(v, inodes[0]),
			seenIn(v, inodes[1]), seenIn(v, inodes[2]))
	}
}

// What changes little is listed now and then, and all else is counted at each reading.
func TestSocketsAreListedWhenTheyChange(t *testing.T) {
	s, at := spacesAt(t, everyone)
	pid, inode, _ := inhabited(t, 3)
	read(t, s)
	more := func(n int) {
		t.Helper()
		err := lab.Inside(pid, func() error {
			for range n {
				c, err := connected(80)
				if err != nil {
					return err
				}
				t.Cleanup(func() { c.Close() })
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	see := func(after time.Duration, sockets, inUse int) {
		t.Helper()
		*at = at.Add(after)
		if sp := seenIn(read(t, s), inode); sp == nil || sp.Sockets != sockets || sp.Headroom.InUse != inUse {
			t.Errorf("%v later: %+v, want %d sockets and %d ports", after, sp, sockets, inUse)
		}
	}
	more(1)
	see(time.Second, 9, 3) // counted, and not listed
	*at = at.Add(quiet)
	for range everyone { // others' turns come first
		*at = at.Add(time.Second)
		if sp := seenIn(read(t, s), inode); sp != nil && sp.Headroom.InUse == 4 {
			break
		}
	}
	see(time.Second, 9, 4)
	more(200) // 400 sockets are more than a hundredth of 28232
	see(time.Second, 409, 204)
}

func TestMoreNamespacesThanWantedAreCounted(t *testing.T) {
	inhabited(t, 0)
	inhabited(t, 0)
	s, _ := spacesAt(t, 1)
	v := read(t, s)
	if len(v.Spaces) != 1 || v.Beyond < 1 {
		t.Errorf("Read() = %d namespaces and %d more, want 1 and the others", len(v.Spaces), v.Beyond)
	}
}

// withoutPrivilege marks the process that has given up privileges, and says which namespace
// is not its own.
const withoutPrivilege = "TCPBENCH_TEST_OTHER_NAMESPACE"

// Who has no privilege in a namespace is told so, and sees the own one; of processes that
// have more privileges one may not even see the namespace.
func TestANamespaceThatIsNotPermitted(t *testing.T) {
	if inode := os.Getenv(withoutPrivilege); inode != "" {
		checkWithoutPrivilege(t, inode)
		return
	}
	_, inode, _ := inhabited(t, 1)
	for _, gone := range []string{"-sys_admin", "-sys_admin,-sys_ptrace"} {
		labtest.Again(t, time.Minute, fmt.Sprintf("%s=%d%s", withoutPrivilege, inode, gone),
			"setpriv", "--bounding-set="+gone, "--inh-caps="+gone)
	}
}

func checkWithoutPrivilege(t *testing.T, other string) {
	other, gone, _ := strings.Cut(other, "-")
	inode, err := strconv.ParseUint(other, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	own, err := netns.OfProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := spacesAt(t, everyone)
	v := read(t, s)
	if seenIn(v, own) == nil || seenIn(v, inode) != nil {
		t.Errorf("Read() has %v and %v, want the own namespace, and not %d", seenIn(v, own), seenIn(v, inode), inode)
	}
	if strings.Contains(gone, "ptrace") {
		if v.Hidden == 0 {
			t.Error("Read() has no hidden processes")
		}
		return
	}
	for _, u := range v.Unwatched {
		if u.Namespace.Inode == inode && strings.Contains(u.Why, "CAP_SYS_ADMIN") {
			return
		}
	}
	t.Errorf("Unwatched = %+v, want %d for lack of CAP_SYS_ADMIN", v.Unwatched, inode)
}

func TestOpenInNamesWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/proc/999999999/ns/net": "no such file or directory",
		file:                     "is no namespace",
	} {
		if s, err := OpenIn(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenIn(%s) = %v, %v, want %q", path, s, err, want)
		}
	}
	own, err := OpenIn("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if own.network != nil {
		t.Error("the namespace that one is in is entered, which takes a privilege")
	}
	own.Close()
}

// A round of `tcpbench watch --all-netns` with 100 namespaces and 100,000 TIME_WAITs in all,
// as many of which begin as end: what it costs of a core at an interval of 1 s.
func BenchmarkSpaces(b *testing.B) {
	var pids []string
	for range 100 {
		pid, _, _ := inhabited(b, 0)
		pids = append(pids, strconv.Itoa(pid))
	}
	loader := exec.Command("/proc/self/exe", "-test.run=^TestLoader$", "-test.timeout=1h")
	loader.Env = append(os.Environ(), loads+"="+strings.Join(pids, " "))
	if err := loader.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = loader.Process.Kill(); _ = loader.Wait() }()
	time.Sleep(70 * time.Second) // until as many end as begin
	s := OpenSpaces(everyone, 3)
	defer s.Close()
	v := read(b, s) // which lists all
	began, before := time.Now(), cpuTime()
	rounds := 0
	for b.Loop() {
		rounds++
		v = read(b, s)
		time.Sleep(time.Until(began.Add(time.Duration(rounds) * time.Second)))
	}
	n := 0
	for _, sp := range v.Spaces {
		n += sp.TimeWaits
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(rounds)/float64(time.Second)*100, "%core-at-1s")
	b.ReportMetric(float64(n), "time_waits")
	b.ReportMetric(float64(len(v.Spaces)), "namespaces")
}

// loads names the processes in whose namespaces a loader is to leave TIME_WAITs.
const loads = "TCPBENCH_TEST_LOADS"

// TestLoader is no test: a process that leaves 16 TIME_WAITs a second in each namespace.
func TestLoader(t *testing.T) {
	pids := strings.Fields(os.Getenv(loads))
	if len(pids) == 0 {
		return
	}
	for i := 0; ; i++ {
		began := time.Now()
		for _, pid := range pids {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			err = lab.Inside(n, func() error {
				if i == 0 {
					if err := lab.Sysctls(map[string]string{"net.ipv4.tcp_tw_reuse": "0"}); err != nil {
						return err
					}
				}
				return leave(16)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Until(began.Add(time.Second)))
	}
}

// leave leaves so many TIME_WAITs in the namespace that the calling thread is in.
func leave(n int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: 81, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if err := unix.Listen(fd, 16); err != nil {
		return err
	}
	for range n {
		c, err := connected(81)
		if err != nil {
			return err
		}
		server, _, err := unix.Accept(fd)
		if err != nil {
			return err
		}
		c.Close()
		unix.Close(server)
	}
	return nil
}
