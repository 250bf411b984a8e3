package main

import (
	"cmp"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/experiment/fleet"
	"tcpbench/experiment/fleet/launch"
	"tcpbench/lab/labtest"
	"tcpbench/results"
)

// A coordinator starts the agents itself, with whatever command, and ends nothing but them.
func TestAFleetStartsItsAgents(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	program := namedTcpbench(t)
	_, hosts := hostsWithTarget(t, program)
	// Through a namespace of hosts there is no way to the coordinator's loopback: the hub has keys.
	keys := t.TempDir() + "/keys"
	names := []string{hosts[0].name(), hosts[1].name()}
	makeKeys(t, program, keys, names)
	launch := "nsenter --net=/proc/{host}/ns/net " + program + " agent --once --nats {nats} --creds " + keys +
		"/agents/{name}.creds --name {name} --dir " + t.TempDir() + "/{name} --allow-target {targets}"
	r := fleetRun(t, program, "--hosts", strings.Join(names, ","), "--launch", launch, "--listen",
		coordinatorAddr+":4222", "--keys", keys, "-n=100", targetAddr+":"+targetPort)
	if len(r.Agents) != 2 || r.Totals.Succeeded != 100 {
		t.Errorf("%d agents opened %d connections, want 2 and 100", len(r.Agents), r.Totals.Succeeded)
	}
	// So does a sweep, of which the targets are in the scenario.
	dir := t.TempDir()
	file := filepath.Join(dir, "two.yaml")
	text := "name: two\ntarget: {address: \"" + targetAddr + ":" + targetPort + "\"}\n" +
		"workload: {count: 20, linger: 0}\nmatrix: {concurrency: [2, 4]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "fleet", "sweep", "--hosts", strings.Join(names, ","), "--launch", launch, "--listen",
		coordinatorAddr+":4222", "--keys", keys, "--dir", dir+"/fleet", "-o", dir+"/out", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	set, err := results.Load(dir + "/out")
	if err != nil || len(set.Runs) != 2 || len(set.Runs[0].Agents) != 2 || set.Runs[1].Totals.Succeeded != 20 {
		t.Errorf("the sweep has %d results, %v, want two, of two agents and 20 connections", len(set.Runs), err)
	}
}

// How agents are started by default goes by where the hub is; where it asks for credentials,
// what is to be given is said.
func TestHostsAreStartedAsTheirHubIsReached(t *testing.T) {
	tests := []struct {
		name string
		hub  hubFlags
		at   string // where the hub is
		want string // the command, or the error
	}{
		{"the own hub", hubFlags{}, "nats://127.0.0.1:5000", launch.Default},
		{"a hub on this host", hubFlags{nats: "nats://localhost"}, "nats://localhost", launch.Default},
		{"a hub elsewhere", hubFlags{nats: "nats://10.0.0.5:4222"}, "nats://10.0.0.5:4222", launch.Direct},
		{"own keys", hubFlags{keys: "keys"}, "", "its file of keys/agents: copy it to its host, and say where it is " +
			"there with --launch '" + launch.Direct + " --creds FILE'"},
		{"credentials", hubFlags{nats: "tls://10.0.0.5", creds: "c"}, "", "--launch '" + launch.Direct +
			" --creds FILE'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got launch.Options
			s := streams{kernel: &kernel{launcher: launcher{start: func(o launch.Options) (launched, error) {
				got = o
				return nil, nil
			}}}}
			f := launchFlags{hosts: []string{"web-1"}}
			if err := f.check(&tt.hub); err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("check() = %v, want %q", err, tt.want)
				}
				return
			}
			_, _, err := f.launch(t.Context(), s, tt.at, []string{"127.0.0.1:9"})
			if command := cmp.Or(got.Command, launch.Default); err != nil || command != tt.want || got.Port < 4222 {
				t.Errorf("launched %+v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// An agent that cannot be started ends the run at once, with what its command says.
func TestAFleetWhoseAgentCannotBeStartedSaysWhy(t *testing.T) {
	t.Parallel()
	cmd := subprocess("fleet", "run", "--hosts=web-1", "--launch=sh -c 'echo no route to {host} >&2; exit 255'",
		"--dir", t.TempDir(), "127.0.0.1:9")
	out, err := cmd.CombinedOutput()
	const want = "the command for web-1 ended with exit status 255: no route to web-1"
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "tcpbench: "+want) {
		t.Errorf("%v: %s, want exit status 1 and %q", err, out, want)
	}
}

// TestSSHStartsAFleet: over ssh, with a program that is copied first, the hub is on loopback
// and needs no keys. Only root can be a server of ssh for root in a namespace.
func TestSSHStartsAFleet(t *testing.T) {
	if os.Getuid() != 0 && os.Getenv("TCPBENCH_TEST_NAMESPACE") == "" {
		t.Skip("an sshd in another network namespace takes root; package launch tests one as an ordinary user")
	}
	if !labtest.Inside(t) {
		return
	}
	program := namedTcpbench(t)
	target, hosts := hostsWithTarget(t, program)
	homes := sshHosts(t, hosts[:2])
	before := target.counter(t, "Tcp", "PassiveOpens")
	r := fleetRun(t, program, "--hosts", hosts[0].addr+","+hosts[1].addr, "--copy", "-n=100", "-c=4",
		targetAddr+":"+targetPort)
	accepted := target.counter(t, "Tcp", "PassiveOpens") - before
	if len(r.Agents) != 2 || r.Totals.Succeeded != 100 || accepted != 100 {
		t.Errorf("%d agents opened %d connections, the target accepted %d; want 2 and 100", len(r.Agents),
			r.Totals.Succeeded, accepted)
	}
	if got := r.Agents[0].Name; got != "10-77-0-1" {
		t.Errorf("the first agent is %q, want 10-77-0-1", got)
	}
	for _, home := range homes {
		if copied, err := filepath.Glob(home + "/.cache/tcpbench/*/tcpbench"); err != nil || len(copied) != 1 {
			t.Errorf("in %s there are %v, want one copy", home, copied)
		}
	}
}

// sshHosts starts an sshd on each host, and makes ssh reach it by the host's address; it
// returns the home directories of those who log in.
func sshHosts(t *testing.T, hosts []testHost) []string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, key := range []string{"host", "user"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/"+key).
			CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	known := "* " + readText(t, dir+"/host.pub")
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(dir+"/known_hosts", []byte(known), 0o600))
	must(os.Mkdir(dir+"/bin", 0o755))
	must(os.WriteFile(dir+"/bin/ssh", []byte("#!/bin/sh\nexec /usr/bin/ssh -F none -o User="+me.Username+" -i "+dir+
		"/user -o UserKnownHostsFile="+dir+"/known_hosts \"$@\"\n"), 0o755))
	t.Setenv("PATH", dir+"/bin:"+os.Getenv("PATH"))
	var homes []string
	for _, h := range hosts {
		home := dir + "/home-" + h.addr
		must(os.Mkdir(home, 0o755))
		config := dir + "/sshd-" + h.addr
		must(os.WriteFile(config, []byte("ListenAddress "+h.addr+"\nHostKey "+dir+"/host\nAuthorizedKeysFile "+dir+
			"/user.pub\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nForceCommand cd "+home+
			" && exec env HOME="+home+" sh -c \"$SSH_ORIGINAL_COMMAND\"\n"), 0o600))
		// A /run of its own, in which it wants a directory.
		background(t, h.inside("unshare", "-m", "sh", "-c",
			`mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f "$0"`, config))
		awaitListener(t, h.addr+":22")
		homes = append(homes, home)
	}
	return homes
}

// A plan ends with its last line.
func TestAPlanIsWholeLines(t *testing.T) {
	var b strings.Builder
	if err := writePlan(&b, []fleet.Planned{{Name: "a"}, {Name: "b"}}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "\n") != 3 || !strings.HasSuffix(text, "\n") {
		t.Errorf("the plan is %q, want a heading and two lines", text)
	}
}

// A hub on all addresses is known to this host by a loopback one, which leads others to themselves.
func TestAgentsAreToldAnAddressThatLeadsToTheHub(t *testing.T) {
	for _, tt := range []struct {
		hub  hubFlags
		want string
	}{
		{hubFlags{listen: "127.0.0.1:0", own: "nats://127.0.0.1:5000"}, "nats://127.0.0.1:5000"},
		{hubFlags{listen: "10.0.0.5:4222", own: "tls://10.0.0.5:4222"}, "tls://10.0.0.5:4222"},
		{hubFlags{listen: "0.0.0.0:4222", own: "tls://127.0.0.1:4222"}, "tls://HOST:4222"},
		{hubFlags{listen: "[::]:0", own: "tls://[::1]:5000"}, "tls://HOST:5000"},
		{hubFlags{listen: ":4222", own: "tls://[::1]:4222"}, "tls://HOST:4222"},
	} {
		if got := tt.hub.fromElsewhere(); got != tt.want {
			t.Errorf("--listen %s: agents are told %q, want %q", tt.hub.listen, got, tt.want)
		}
	}
}

// What gets results later reaches the agents where the run did.
func TestTheCommandThatCollectsHasTheFlagsOfTheRun(t *testing.T) {
	for _, tt := range []struct {
		name string
		hub  hubFlags
		want string
	}{
		{"the own hub", hubFlags{listen: "127.0.0.1:0", own: "nats://127.0.0.1:5000"}, "--listen 127.0.0.1:5000"},
		{"with keys", hubFlags{listen: "0.0.0.0:4222", own: "tls://10.0.0.5:4222", keys: "keys"},
			"--listen 0.0.0.0:4222 --keys keys"},
		{"a path with a space", hubFlags{listen: "127.0.0.1:4222", keys: "my keys"},
			"--listen 127.0.0.1:4222 --keys 'my keys'"},
		{"another hub", hubFlags{nats: "nats://10.0.0.5", listen: "127.0.0.1:0"}, "--nats nats://10.0.0.5"},
		{"a cluster that lets users in", hubFlags{nats: "tls://u:secret@a,tls://b", creds: "c"},
			"--nats tls://u:xxxxx@a,tls://b --creds c"},
		{"a user without a scheme", hubFlags{nats: "u:secret@a:4222, b:4222"},
			"--nats nats://u:xxxxx@a:4222,b:4222"},
		{"a token", hubFlags{nats: "nats://secret@a:4222"}, "--nats nats://xxxxx@a:4222"},
	} {
		if got, want := tt.hub.collect("d"), "`tcpbench fleet collect --dir d "+tt.want+"`"; got != want {
			t.Errorf("%s: collect() = %s, want %s", tt.name, got, want)
		}
	}
	start := func(launch.Options) (launched, error) { return nil, nil }
	s := streams{kernel: &kernel{launcher: launcher{start: start}}}
	f := launchFlags{hosts: []string{"u@web-1", "web-2"},
		command: "ssh {host} {tcpbench} agent --nats {nats} --name {name}"}
	_, _, err := f.launch(t.Context(), s, "nats://me:secret@127.0.0.1:5000", []string{"127.0.0.1:9"})
	const want = "of u@web-1 with `ssh u@web-1 tcpbench agent --nats nats://me:xxxxx@127.0.0.1:5000 --name web-1`"
	if err != nil || !strings.HasSuffix(f.again, want) {
		t.Errorf("agents are started again: %q, %v, want %q", f.again, err, want)
	}
}

// Results of two runs have no room in one file.
func TestTwoRunsAreNotCollectedIntoOneFile(t *testing.T) {
	dir := t.TempDir()
	for _, run := range []string{"r-1", "r-2"} {
		err := os.Mkdir(filepath.Join(dir, run), 0o700)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, run, "fleet.state.json"), []byte(`{"run": "`+run+`"}`), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := subprocess("fleet", "collect", "--wait=1s", "--dir", dir, "--force", "-o", dir+"/all.json")
	out, _ := cmd.CombinedOutput()
	want := "all.json is one file, and " + dir + " has 2 runs"
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), want) {
		t.Errorf("%v, want that it is refused\n%s", cmd.ProcessState, out)
	}
}
