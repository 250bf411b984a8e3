package host

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpbench/host/netns"
	"tcpbench/internal/conntrack"
)

// page is how a file of lines is read that is longer than one page: whole lines of at most
// 4096 bytes a call.
func page(text string) func([]byte, int64) (int, error) {
	return func(b []byte, at int64) (int, error) {
		rest := text[at:]
		rest = rest[:min(len(rest), 4096)]
		return copy(b, rest[:strings.LastIndexByte(rest, '\n')+1]), nil
	}
}

// The counters of all processors count, of which a page holds those of 25.
func TestTheCountersOfManyProcessorsAreAdded(t *testing.T) {
	text := "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop " +
		"icmp_error  expect_new expect_create expect_delete search_restart x\n"
	for _, processors := range []int{1, 25, 26, 256} {
		all := text
		for range processors {
			all += fmt.Sprintf(strings.Repeat("%08x ", 18)+"\n", 7, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1, 0, 0, 0, 0, 0, 0)
		}
		b, err := whole(make([]byte, 16<<10), page(all))
		if err != nil || string(b) != all {
			t.Fatalf("whole() of %d processors = %d bytes, %v, want %d", processors, len(b), err, len(all))
		}
		entries, s, err := conntrack.ParseStats(string(b))
		n := int64(processors)
		if err != nil || entries != 7 || s.InsertFailed != 3*n || s.Drop != 2*n || s.EarlyDrop != n {
			t.Errorf("%d processors: %d entries, %+v, %v, want 7 and 3, 2, 1 of each", processors, entries, s, err)
		}
	}
	broken := errors.New("it broke")
	if _, err := whole(nil, func([]byte, int64) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("whole() = %v, want the error of the reading", err)
	}
}

// A process may have left a namespace, or have ended and another one have its number, since it
// was found there.
func TestOnlyTheNamespaceThatWasFoundIsWatched(t *testing.T) {
	pid, inode, _ := inhabited(t, 0)
	sp, err := openSpace(netns.Namespace{Inode: inode, PID: pid}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := sp.close(); err != nil {
		t.Error(err)
	}
	for _, p := range []int{pid, os.Getpid()} {
		if _, err := openSpace(netns.Namespace{Inode: inode + 1, PID: p}, 1); !errors.Is(err, unix.ENOENT) {
			t.Errorf("openSpace of process %d in a namespace that it is not in = %v, want that it has gone", p, err)
		}
	}
}
