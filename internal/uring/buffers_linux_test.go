package uring_test

import (
	"bytes"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
	"tcpbench/internal/uring"
	"tcpbench/internal/uring/uringtest"
)

// received is one completion of a receive, its bytes copied.
type received struct {
	data []byte
	more bool
	err  int32
}

// takeAll is what arrives at slot 0 while the peer sends each text in turn,
// with so many buffers of 4 bytes; each is returned when it was read, or none.
func takeAll(t *testing.T, n int, giveBack bool, texts ...string) []received {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := uring.New(16, 32, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.ProvideBuffers(n, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := sys.NewAddress(netip.MustParseAddrPort(l.Addr().String()))
	r.Next().Socket(0, unix.AF_INET).Tag(0, uring.SkipOnSuccess)
	r.Next().Connect(0, &to).Tag(0, uring.SkipOnSuccess)
	r.Next().TakeAll(0).Tag(7, 0)
	if e := r.Submit(); e != 0 {
		t.Fatal(e)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	var out []received
	for _, text := range texts {
		if _, err := peer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if e := r.Wait(time.Second); e != 0 {
			t.Fatal(e)
		}
		for c, ok := r.Completion(); ok; c, ok = r.Completion() {
			got := received{more: c.More(), err: min(c.Res, 0)}
			if p, id, ok := b.Taken(c); ok {
				got.data = bytes.Clone(p)
				if giveBack {
					b.Return(id)
				}
			}
			out = append(out, got)
		}
	}
	return out
}

func TestOneReceiveTakesAllThatArrives(t *testing.T) {
	uringtest.Require(t)
	var all []byte
	for i, got := range takeAll(t, 4, true, "abc", "def", "ghi", "jkl", "mno", "pqr") {
		if got.err != 0 || !got.more {
			t.Fatalf("completion %d = %+v, want one of many", i, got)
		}
		all = append(all, got.data...)
	}
	if string(all) != "abcdefghijklmnopqr" {
		t.Errorf("received %q, want the texts in order, in buffers that are used again", all)
	}
}

func TestAReceiveWithoutBuffersEndsWithENOBUFS(t *testing.T) {
	uringtest.Require(t)
	got := takeAll(t, 2, false, "abc", "def", "ghi")
	last := got[len(got)-1]
	if last.err != -int32(unix.ENOBUFS) || last.more {
		t.Errorf("the last of %d completions is %+v, want ENOBUFS and no more", len(got), last)
	}
}
