package host

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"

	"github.com/vishvananda/netlink"

	"tcpbench/lab"
)

// inLab marks the process whose network namespace is nobody else's.
const inLab = "TCPBENCH_TEST_IN_LAB"

// The tests run in a network namespace of their own: sockets of others would
// be counted, and 100,000 TIME_WAITs are not to be left on the host.
func TestMain(m *testing.M) {
	if os.Getenv(inLab) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inLab+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := lab.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func loopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}

// peer is a server that accepts and waits for the client's end.
func peer(t testing.TB, network, addr string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ended by the listener's end
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ended by the client's end
				_, _ = c.Read(make([]byte, 1)) // the end, or the reset: either way
				c.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func dial(t testing.TB, to netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
