package sys

import (
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// open opens so many files and returns how many were to be had.
func open(t *testing.T, n int) int {
	for i := range n {
		if _, err := unix.Open("/dev/null", unix.O_CLOEXEC, 0); err == unix.EMFILE {
			return i
		} else if err != nil {
			t.Error(err)
			return i
		}
	}
	return n
}

// lowered has the process's limit of open files at n until the test ends.
func lowered(t *testing.T, n uint64) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Error(err)
		}
	})
}

func TestEachThreadApartHasTheWholeLimitOfFiles(t *testing.T) {
	const limit, each, threads = 256, 200, 4
	lowered(t, limit)
	var all sync.WaitGroup
	got := make([]int, threads)
	var ready, done sync.WaitGroup
	ready.Add(threads)
	done.Add(1)
	for i := range threads {
		all.Go(func() {
			err := Apart(func() {
				got[i] = open(t, each)
				ready.Done()
				done.Wait() // all are open at a time
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	done.Done()
	all.Wait()
	for i, n := range got {
		if n != each {
			t.Errorf("thread %d of %d had %d files with a limit of %d, want %d each", i, threads, n, limit, each)
		}
	}
}

func TestFilesApartAreOfTheirThreadAndEndWithIt(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	var fd int
	err := Apart(func() {
		if _, err := unix.Write(pipe[1], []byte("x")); err != nil {
			t.Errorf("a file of before: %v, want it open", err)
		}
		fd, _ = unix.Open("/dev/null", unix.O_CLOEXEC, 0)
		unix.Close(pipe[1])
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF && fd != pipe[1] {
		t.Errorf("file %d of the thread is one of the process: %v, want EBADF", fd, err)
	}
	if _, err := unix.Write(pipe[1], []byte("y")); err != nil {
		t.Errorf("a file that the thread has closed: %v, want it open in the process", err)
	}
	unix.Close(pipe[1])
	var b [8]byte
	if n, _ := unix.Read(pipe[0], b[:]); n != 2 {
		t.Errorf("read %d bytes, want 2", n)
	}
	if n, err := unix.Read(pipe[0], b[:]); n != 0 || err != nil {
		t.Errorf("read = %d, %v when the process has closed the other end, want its end: a thread has it open", n, err)
	}
}

// The main thread shows its files in /proc, and does not end: it keeps its table.
func TestTheMainThreadIsNeverApart(t *testing.T) {
	for range 50 {
		if err := Apart(func() {
			if unix.Gettid() == os.Getpid() {
				t.Error("f runs on the main thread")
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}
