package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"

	"tcpbench/lab"
	"tcpbench/scenario"
)

// The names of a lab's processes.
const (
	clientRole = "tcpbench-bench"
	serverRole = "tcpbench-bench-server"
)

// serverPort is the port that a lab's server listens on.
const serverPort = 7000

// place is a lab, seen from its client.
//
// Note: cell.Open makes the same lab with one server for its whole life. Here
// each turn has its own, so that what it saw belongs to one contender.
type place struct {
	peer  *exec.Cmd // holds the server's namespace
	stdin io.WriteCloser
	said  *json.Decoder
}

// openPlace makes a lab around this process, which must be in a fresh network
// namespace.
func openPlace() (*place, error) {
	p := &place{peer: exec.Command("/proc/self/exe")}
	p.peer.Args = []string{serverRole}
	p.peer.Stderr = os.Stderr
	var err error
	if p.stdin, err = p.peer.StdinPipe(); err != nil {
		return nil, fmt.Errorf("open lab: %w", err)
	}
	out, err := p.peer.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("open lab: %w", err)
	}
	p.said = json.NewDecoder(out)
	if err := lab.StartPeer(p.peer); err != nil {
		return nil, err
	}
	if err := p.furnish(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// furnish joins the two ends and gives each its addresses.
func (p *place) furnish() error {
	clients := lab.OfFamily(lab.ClientAddrs(1), scenario.IPv4)
	server := lab.ServerAddr(scenario.IPv4)
	if err := lab.Join(p.peer.Process.Pid); err != nil {
		return err
	}
	far := lab.Host{
		Links: []lab.Link{{Name: lab.LinkName, Addrs: []netip.Addr{server}, Gateway: clients[0],
			GatewayMAC: lab.NearMAC}},
		Sysctls: map[string]string{
			"net.core.somaxconn":           "65535",
			"net.ipv4.tcp_max_syn_backlog": "65535",
		},
	}
	near := lab.Host{Links: []lab.Link{{Name: lab.LinkName, Addrs: clients, Gateway: server, GatewayMAC: lab.FarMAC}}}
	if err := json.NewEncoder(p.stdin).Encode(order{Host: &far}); err != nil {
		return fmt.Errorf("open lab: %w", err)
	}
	if err := lab.Up(near); err != nil {
		return err
	}
	if _, err := p.answer(); err != nil {
		return err
	}
	return lab.Await(near)
}

// labAddress is where a server of a lab listens.
func labAddress() netip.AddrPort {
	return netip.AddrPortFrom(lab.ServerAddr(scenario.IPv4), serverPort)
}

// tell gives the server's process an order and waits until it is done.
func (p *place) tell(o order) (answer, error) {
	if err := json.NewEncoder(p.stdin).Encode(o); err != nil {
		return answer{}, fmt.Errorf("server: %w", err)
	}
	return p.answer()
}

func (p *place) answer() (answer, error) {
	var a answer
	if err := p.said.Decode(&a); err != nil {
		return a, fmt.Errorf("server: its process ended: %w", err)
	}
	if a.Error != "" {
		return a, errors.New("server: " + a.Error)
	}
	return a, nil
}

// close ends the server's process, and with it whatever it started.
func (p *place) close() {
	_ = p.stdin.Close()
	_ = p.peer.Process.Kill() // it has nothing left to say
	_ = p.peer.Wait()         // it was killed
}
