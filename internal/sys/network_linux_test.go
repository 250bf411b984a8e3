package sys_test

import (
	"errors"
	"net"
	"os"
	"slices"
	"testing"

	"tcpbench/internal/sys"
	"tcpbench/lab/labtest"
)

// network is the network namespace of the calling thread.
func network(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAThreadIsInOtherNetworksAndBack(t *testing.T) {
	if !labtest.Bare(t) {
		return
	}
	var networks sys.Networks
	for range 2 {
		f, err := sys.NewNetwork()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		networks = append(networks, int(f.Fd()))
	}
	here := network(t)
	var seen []string
	visit := func() error {
		seen = append(seen, network(t))
		all, err := net.Interfaces()
		if len(all) != 1 {
			t.Errorf("%d interfaces, want loopback alone", len(all))
		}
		return err
	}
	if err := networks.Each(visit); err != nil {
		t.Fatal(err)
	}
	if err := networks.In(3, visit); err != nil { // over again: the second
		t.Fatal(err)
	}
	if len(seen) != 3 || seen[0] == seen[1] || seen[1] != seen[2] || slices.Contains(seen, here) {
		t.Errorf("visited %v from %s, want two others, and the second of them again", seen, here)
	}
	failed := errors.New("failed")
	if err := networks.Each(func() error { seen = append(seen, ""); return failed }); err != failed || len(seen) != 4 {
		t.Errorf("Each = %v after %d calls, want the first error", err, len(seen)-3)
	}
	if now := network(t); now != here {
		t.Errorf("in %s afterwards, want %s", now, here)
	}
	var none sys.Networks
	if err := none.Each(visit); err != nil || seen[4] != here {
		t.Errorf("without any: %v in %s, want %s", err, seen[4], here)
	}
}
