package main

import (
	"os/exec"
	"strings"
	"testing"

	"tcpbench/lab/labtest"
)

// keyedFleet starts an agent on each host, with keys, and returns the flags of the fleet run
// that is theirs.
func keyedFleet(t *testing.T, program string, hosts []testHost) []string {
	t.Helper()
	const hub = coordinatorAddr + ":4222"
	keys, names := t.TempDir()+"/keys", []string{"a", "b", "c"}
	makeKeys(t, program, keys, names)
	for i, h := range hosts {
		background(t, h.inside(program, "agent", "--nats", "tls://"+hub, "--creds", keys+"/agents/"+names[i]+".creds",
			"--name", names[i], "--dir", t.TempDir(), "--allow-target", "10.77.0.0/24"))
	}
	return []string{"--listen", hub, "--keys", keys, "--names", strings.Join(names, ",")}
}

// makeKeys makes the keys of a hub on the coordinator's host, and of agents.
func makeKeys(t *testing.T, program, dir string, agents []string) {
	t.Helper()
	words := append([]string{"fleet", "keys", "--dir", dir, "--host", coordinatorAddr}, agents...)
	if out, err := exec.Command(program, words...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
}

// Three agents on hosts of their own are one client: what they count is what the target's
// kernel does, to the connection.
func TestThreeAgentsCountWhatTheTargetDoes(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	program := namedTcpbench(t)
	target, hosts := hostsWithTarget(t, program)
	fleet := keyedFleet(t, program, hosts)
	before := target.counter(t, "Tcp", "PassiveOpens")
	r := fleetRun(t, program, append(fleet, "-c=7", "-n=2000", targetAddr+":"+targetPort)...)
	accepted := target.counter(t, "Tcp", "PassiveOpens") - before
	if r.Totals.Attempted != 2000 || r.Totals.Succeeded != 2000 || accepted != 2000 {
		t.Errorf("%d begun, %d succeeded, the target accepted %d; want 2000 each", r.Totals.Attempted,
			r.Totals.Succeeded, accepted)
	}
	var sum int64
	for i, a := range r.Agents {
		if a.Name != string("abc"[i]) || a.Totals == nil || a.StartErrorUS == nil || a.Lost != nil {
			t.Fatalf("agent %d is %+v", i, a)
		}
		sum += a.Totals.Succeeded
	}
	if len(r.Agents) != 3 || sum != 2000 || r.Degraded {
		t.Errorf("%d agents have %d connections, degraded %v; want 3 with 2000", len(r.Agents), sum, r.Degraded)
	}
	if got := r.Latency.Connect.Count; got != 2000 {
		t.Errorf("%d connects are in the histogram, want 2000", got)
	}
}

// Of three agents with 1000 ports each, the fleet has 3000, and runs out after exactly so many.
func TestAFleetRunsOutAfterAllPortsOfItsAgents(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	program := namedTcpbench(t)
	target, hosts := hostsWithTarget(t, program)
	for _, h := range hosts {
		h.set(t, "net.ipv4.ip_local_port_range", "40000 40999")
	}
	fleet := keyedFleet(t, program, hosts)
	before := target.counter(t, "Tcp", "PassiveOpens")
	r := fleetRun(t, program, append(fleet, "-c=6", "-z=2s", "--until=exhausted", "--on-exhausted=continue",
		targetAddr+":"+targetPort)...)
	if accepted := target.counter(t, "Tcp", "PassiveOpens") - before; r.Totals.Succeeded != 3000 || accepted != 3000 {
		t.Errorf("%d succeeded, the target accepted %d; want 3000", r.Totals.Succeeded, accepted)
	}
	for _, a := range r.Agents {
		if a.Exhaustion == nil || a.Exhaustion.AfterConnections == nil || *a.Exhaustion.AfterConnections != 1000 {
			t.Errorf("agent %s: %+v, want exhausted after 1000", a.Name, a.Exhaustion)
		}
	}
	if r.Exhaustion == nil || !r.Exhaustion.Exhausted {
		t.Fatalf("the fleet's verdict is %+v, want exhausted", r.Exhaustion)
	}
	if r.Prediction.ConnectionsUntilExhaustion != 3000 {
		t.Errorf("the law says %+v of the fleet, want 3000 ports", r.Prediction)
	}
	if e := r.Exhaustion; e.AfterConnections == nil || *e.AfterConnections != 3000 {
		t.Errorf("the fleet's verdict is after %v connections, want 3000", e.AfterConnections)
	}
}
