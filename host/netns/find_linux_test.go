package netns

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/lab/labtest"
)

// inside marks the process that is alone in namespaces of its own.
const inside = "TCPBENCH_TEST_NAMESPACES"

// alone runs the calling test again in a process with namespaces of its own, user, network and
// others; it reports false in that process, which does the test.
func alone(t *testing.T, others ...string) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		return false
	}
	command := append([]string{"unshare", "--user", "--map-root-user", "--net"}, others...)
	labtest.Again(t, time.Minute, inside+"="+t.Name(), command...)
	return true
}

// What a process, its host or a file is called is anybody's choice, and reaches labels of
// Prometheus, which are UTF-8, and terminals.
func TestNamesArePrintable(t *testing.T) {
	if alone(t, "--mount") {
		return
	}
	tid := make(chan int)
	over := make(chan struct{})
	defer close(over)
	go func() { // ends, and its thread, with the test
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
			t.Error(err)
		}
		if err := unix.Sethostname([]byte("pod\xff\x1b[31m")); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile("/proc/thread-self/comm", []byte("\xffX\n1 ok"), 0); err != nil {
			t.Error(err)
		}
		tid <- unix.Gettid()
		<-over
	}()
	n := Identify(Namespace{PID: <-tid})
	if n.Host != "pod??[31m" || n.Process != "?X 1 ok" {
		t.Errorf("Identify() = host %q, process %q, want no control and UTF-8", n.Host, n.Process)
	}
	got := ParseOwner("0::/a\xff\x1b/b\x07.service\n").printable()
	if want := (Owner{Cgroup: "/a??/b?.service", Unit: "b?.service"}); got != want {
		t.Errorf("printable() = %+v, want %+v", got, want)
	}
	own := calledByIP(t, "pod\xff\x1b")
	if own.Name != "pod??" || own.File != NamedIn+"/pod\xff\x1b" {
		t.Errorf("Find() = %q of the file %q, want no control in the name and the file as it is", own.Name, own.File)
	}
}

// calledByIP is what is found of the own network namespace once `ip netns` has given it a name; it
// takes a mount namespace of its own.
func calledByIP(t *testing.T, name string) Namespace {
	t.Helper()
	if err := unix.Mount("none", "/run", "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	file := NamedIn + "/" + name
	if err := os.Mkdir(NamedIn, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("/proc/self/ns/net", file, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	return foundOf(t, os.Getpid(), nil)
}

// Process 1 of a container is not the host's.
func TestAContainersProcess1IsNotTheHosts(t *testing.T) {
	if alone(t, "--pid", "--fork", "--mount-proc") {
		return
	}
	found, err := Find(nil)
	if err != nil {
		t.Fatal(err)
	}
	if all := found.Namespaces; len(all) != 1 || all[0].PID != 1 || all[0].First {
		t.Errorf("Find() = %+v, want one of process 1 that is not the host's", all)
	}
}

// Process 1 of the host is found where this test sees it.
func TestTheHostsProcess1IsTheHosts(t *testing.T) {
	link, err := os.Readlink("/proc/1/ns/pid")
	if got, want := HostInit(), err == nil && link == "pid:[4026531836]"; got != want {
		t.Errorf("HostInit() = %v, want %v of %q, %v", got, want, link, err)
	}
}
