package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"tcpbench/lab"
	"tcpbench/results"
)

// The hosts of a test's fleet are on one bridge: the coordinator's, where the bridge is,
// the target's, and those of agents.
const (
	coordinatorAddr = "10.77.0.254"
	targetAddr      = "10.77.0.200"
	targetPort      = "7000"
)

// testHost is a network namespace, held by a process.
type testHost struct {
	pid  int
	addr string
}

// bridged makes hosts in the test's network namespace, which is to be a new one
// (labtest.Inside), with these addresses.
func bridged(t *testing.T, addrs ...string) []testHost {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs()}
	bridge.Name = "bridge"
	// Without an address of its own it takes on the least of its ports', and who knows it by
	// another sends to nobody.
	bridge.HardwareAddr = net.HardwareAddr{2, 0, 0, 0, 0, 0xfe}
	must(netlink.LinkAdd(bridge))
	must(netlink.AddrAdd(bridge, ipNet(t, coordinatorAddr)))
	must(netlink.LinkSetUp(bridge))
	var hosts []testHost
	for i, addr := range addrs {
		h := testHost{pid: holder(t), addr: addr}
		near := netlink.NewLinkAttrs()
		near.Name = fmt.Sprintf("to%d", i)
		must(netlink.LinkAdd(&netlink.Veth{LinkAttrs: near, PeerName: "eth0", PeerNamespace: netlink.NsPid(h.pid)}))
		link, err := netlink.LinkByName(near.Name)
		must(err)
		must(netlink.LinkSetMaster(link, bridge))
		must(netlink.LinkSetUp(link))
		ns, err := netns.GetFromPid(h.pid)
		must(err)
		there, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
		must(err)
		for _, name := range []string{"lo", "eth0"} {
			link, err := there.LinkByName(name)
			must(err)
			must(there.LinkSetUp(link))
			if name == "eth0" {
				must(there.AddrAdd(link, ipNet(t, addr)))
			}
		}
		there.Close()
		must(ns.Close())
		hosts = append(hosts, h)
	}
	return hosts
}

func ipNet(t *testing.T, addr string) *netlink.Addr {
	t.Helper()
	return &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(addr), Mask: net.CIDRMask(24, 32)}}
}

// holder is the process of a new network namespace, until the test ends.
func holder(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "300")
	if err := lab.StartPeer(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	return cmd.Process.Pid
}

// name is what it is called in a fleet whose hosts are named by the processes that hold them.
func (h testHost) name() string { return strconv.Itoa(h.pid) }

// inside is a command on the host.
func (h testHost) inside(words ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--net=/proc/" + strconv.Itoa(h.pid) + "/ns/net"}, words...)...)
}

// set sets a sysctl of the host's.
func (h testHost) set(t *testing.T, name, value string) {
	t.Helper()
	file := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
	if out, err := h.inside("sh", "-c", "echo '"+value+"' > "+file).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// counter is one of the host's in /proc/net/snmp.
func (h testHost) counter(t *testing.T, group, name string) int64 {
	t.Helper()
	out, err := h.inside("cat", "/proc/net/snmp").Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		switch {
		case fields[0] != group+":":
		case names == nil:
			names = fields
		default:
			for i, n := range names {
				if n == name {
					v, err := strconv.ParseInt(fields[i], 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					return v
				}
			}
		}
	}
	t.Fatalf("there is no counter %s of %s", name, group)
	return 0
}

// background runs a command until the test ends, and returns what it prints.
func background(t *testing.T, cmd *exec.Cmd) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := lab.StartHelper(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		_ = cmd.Wait() // ended
		if t.Failed() {
			t.Logf("%v:\n%s", cmd.Args, &out)
		}
	})
	return &out
}

// hostsWithTarget are a target that listens and three hosts for agents.
func hostsWithTarget(t *testing.T, program string) (target testHost, agents []testHost) {
	t.Helper()
	all := bridged(t, targetAddr, "10.77.0.1", "10.77.0.2", "10.77.0.3")
	target, agents = all[0], all[1:]
	background(t, target.inside(program, "serve", "--listen", targetAddr+":"+targetPort))
	awaitListener(t, targetAddr+":"+targetPort)
	return target, agents
}

// awaitListener waits until somebody listens at an address.
func awaitListener(t *testing.T, addr string) {
	t.Helper()
	eventually(t, "there is a listener at "+addr, func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// namedTcpbench is this test's program under the name by which it is tcpbench.
func namedTcpbench(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tcpbench")
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// fleetRun is the result of `tcpbench fleet run` with these arguments.
func fleetRun(t *testing.T, program string, args ...string) *results.Run {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(program, append([]string{"fleet", "run", "-o", dir + "/r.json", "--format=json",
		"--dir", dir + "/fleet", "--interval=200ms"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("fleet run %v: %v\n%s", args, err, &errs)
	}
	r, err := results.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir + "/fleet"); err == nil {
		t.Errorf("what agents measured is still in %v, though the result is whole", left)
	}
	return r
}
