package netns

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// foundOf is what is found of the network namespace of a process, by whom the last one was
// found.
func foundOf(t *testing.T, pid int, known map[uint64]Namespace) Namespace {
	t.Helper()
	inode, err := OfProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Find(known)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range found.Namespaces {
		if n.Inode == inode {
			return n
		}
	}
	t.Fatalf("Find() = %+v, want %d of process %d", found.Namespaces, inode, pid)
	return Namespace{}
}

// rename gives the host of a process a name, as a container's runtime does after it has made
// its namespaces.
func rename(t *testing.T, pid int, name string) {
	t.Helper()
	done := make(chan error)
	go func() { // ends, and its thread
		runtime.LockOSThread()
		done <- func() error {
			f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/ns/uts")
			if err != nil {
				return err
			}
			defer f.Close()
			if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWUTS); err != nil {
				return err
			}
			return unix.Sethostname([]byte(name))
		}()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Whose a namespace is changes after it was found: its process becomes another program, and its
// host gets a name.
func TestWhoseItIsIsReadAgain(t *testing.T) {
	if alone(t) {
		return
	}
	cmd := exec.Command("sh", "-c", "echo ready; read line; exec sleep 60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWUTS,
		Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // whose end would be that of the process
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	before := foundOf(t, cmd.Process.Pid, nil)
	if before.Process != "sh" || before.PID != cmd.Process.Pid || before.Start == 0 {
		t.Fatalf("Find() = %+v, want it of sh, process %d", before, cmd.Process.Pid)
	}
	rename(t, cmd.Process.Pid, "my-pod")
	if _, err := io.WriteString(stdin, "go on\n"); err != nil {
		t.Fatal(err)
	}
	var after Namespace
	for end := time.Now().Add(10 * time.Second); after.Process != "sleep" && time.Now().Before(end); {
		after = foundOf(t, cmd.Process.Pid, map[uint64]Namespace{before.Inode: before})
	}
	if after.Process != "sleep" || after.Host != "my-pod" || after.PID != before.PID {
		t.Errorf("Find() = %+v later, want it of sleep in my-pod", after)
	}
}
