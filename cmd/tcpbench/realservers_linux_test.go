package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/lab"
)

// somebody is who a server runs as that refuses root.
const somebody = 65534

// own makes a directory for a server of Debian's, whose user may write there: that of the
// test, or somebody where that is root.
func own(t *testing.T) daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "tcpbench-server-") // t.TempDir's parent is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var as *syscall.Credential
	if os.Getuid() == 0 {
		as = &syscall.Credential{Uid: somebody, Gid: somebody}
		if err := os.Chown(dir, somebody, somebody); err != nil {
			t.Fatal(err)
		}
	}
	return daemon{dir: dir, as: as, log: journal(filepath.Join(dir, "log"))}
}

// journal is a server's own log, in which words are counted.
type journal string

// count returns how often each word is there, once there are as many more than before as
// are wanted: servers may write after they have answered.
func (j journal) count(t *testing.T, before, more map[string]int) map[string]int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(string(j))
		if err != nil {
			t.Fatal(err)
		}
		got, enough := map[string]int{}, true
		for word, n := range more {
			got[word] = strings.Count(string(b), word)
			enough = enough && (before == nil || got[word] >= before[word]+n)
		}
		if enough || time.Now().After(end) {
			return got
		}
	}
}

// daemon is a server of Debian's that a test starts.
type daemon struct {
	dir string              // its own
	as  *syscall.Credential // nil is the test's user
	log journal             // what it writes to its standard output and error
}

// once runs a program to its end.
func (d daemon) once(t *testing.T, words ...string) {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.SysProcAttr = d.dir, &syscall.SysProcAttr{Credential: d.as}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
}

// start starts a server on a port of 127.0.0.1, and returns its address.
func (d daemon) start(t *testing.T, words func(port string) []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	args := words(strconv.Itoa(addr.Port))
	out, err := os.OpenFile(string(d.log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if d.as != nil {
		if err := out.Chown(somebody, somebody); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, out, out
	if err := lab.StartDying(cmd, &syscall.SysProcAttr{Credential: d.as}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM) // which ends its children too
		late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // it was told to
		late.Stop()
	})
	d.await(t, addr.Port)
	return addr.String()
}

// await returns when a socket listens on port, without a connection that the server would
// count.
func (d daemon) await(t *testing.T, port int) {
	t.Helper()
	listener := fmt.Sprintf(":%04X 00000000:0000 0A ", port)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		table, err := os.ReadFile("/proc/self/net/tcp")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(table), listener) {
			return
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(string(d.log))
			t.Fatalf("nothing listens on port %d:\n%s", port, said)
		}
	}
}

// postgres starts a PostgreSQL that logs connections and statements, and whose user pg
// needs no password.
func postgres(t *testing.T) (addr string, seen count) {
	bin, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bin) == 0 {
		t.Fatalf("PostgreSQL is not installed: make deps (%v)", err)
	}
	d := own(t)
	data := filepath.Join(d.dir, "data")
	d.once(t, bin[0]+"/initdb", "-D", data, "-U", "pg", "-A", "trust", "-N", "--no-locale")
	return d.start(t, func(port string) []string {
		return []string{bin[0] + "/postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories=", "-c", "log_connections=on", "-c", "log_statement=all",
			"-c", "fsync=off", "-c", "max_connections=50"}
	}), d.log.count
}

// mariadb starts a MariaDB whose root needs no password, and which logs all commands and
// connections that end without a login.
func mariadb(t *testing.T) (addr string, seen count) {
	d := own(t)
	data := filepath.Join(d.dir, "data")
	d.once(t, "mariadb-install-db", "--no-defaults", "--datadir="+data, "--skip-test-db",
		"--auth-root-authentication-method=normal")
	return d.start(t, func(port string) []string {
		return []string{"mariadbd", "--no-defaults", "--datadir=" + data, "--port=" + port,
			"--bind-address=127.0.0.1", "--skip-name-resolve", "--socket=" + filepath.Join(d.dir, "sock"),
			"--general-log", "--general-log-file=" + string(d.log), "--log-warnings=4"}
	}), d.log.count
}

// smtp starts an SMTP server that says whom it talks to.
func smtp(t *testing.T) (addr string, seen count) {
	d := own(t)
	return d.start(t, func(port string) []string {
		return []string{"aiosmtpd", "-n", "-d", "-d", "-l", "127.0.0.1:" + port}
	}), d.log.count
}

// count asks a server what it has seen, by name, once there is as much more than before as
// is wanted.
type count func(t *testing.T, before, more map[string]int) map[string]int

// ofStats counts by what a server says of itself (see [stats]), less what it says for that.
func ofStats(addr, command, separator string, own map[string]int) count {
	asked := 0
	return func(t *testing.T, _, more map[string]int) map[string]int {
		got := map[string]int{}
		for name := range more {
			asked++
			got[name] = int(stats(t, addr, command, separator, name)[0]) - asked*own[name]
		}
		return got
	}
}

// The commands of docs/protocols.md run against real servers, on each engine, and the server
// has counted or logged what was asked.
func TestRecipesOfProtocolsWork(t *testing.T) {
	t.Parallel()
	servers := []struct {
		heading string
		start   func(*testing.T) (string, count)
		seen    []map[string]int // of 200 requests of each command; of held connections there are 8
	}{
		{"PostgreSQL", postgres, []map[string]int{
			{"connection received": 200},
			{"connection received": 200, "connection authorized": 200, "statement: SELECT 1": 200},
			{"connection received": 8, "statement: SELECT 1": 200},
		}},
		{"MariaDB, MySQL", mariadb, []map[string]int{
			{"closed normally without authentication": 200},
			{"Connect\troot": 200, "Query\tDO 1": 200, "Quit\t": 200},
			{"Connect\troot": 8, "Query\tDO 1": 200},
		}},
		{"SMTP", smtp, []map[string]int{{"Peer: ": 200}, {"Peer: ": 200, "b'QUIT'": 200}}},
		{"Redis", redisServer, []map[string]int{
			{"total_connections_received": 200, "total_commands_processed": 200},
			{"total_connections_received": 8, "total_commands_processed": 208},
			{"total_connections_received": 200, "total_commands_processed": 600},
		}},
		{"memcached", memcached, []map[string]int{{"total_connections": 200, "cmd_set": 200, "cmd_get": 200}}},
	}
	for _, s := range servers {
		t.Run(s.heading, func(t *testing.T) {
			t.Parallel()
			recipes := recipesOf(t, s.heading)
			if len(recipes) != len(s.seen) {
				t.Fatalf("%d recipes, want %d", len(recipes), len(s.seen))
			}
			addr, seen := s.start(t)
			for i, args := range recipes {
				for _, engine := range engines(t) {
					name := fmt.Sprintf("%d %s", i+1, engine)
					t.Run(name, func(t *testing.T) { tryRecipe(t, args, addr, engine, seen, s.seen[i]) })
				}
			}
		})
	}
}

// recipesOf are the arguments of `tcpbench run` under a heading of docs/protocols.md, as a
// shell splits them.
func recipesOf(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var all [][]string
	for line := range strings.Lines(section) {
		words, ok := strings.CutPrefix(line, "tcpbench run ")
		if !ok {
			continue
		}
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+words).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))
	}
	return all
}

func tryRecipe(t *testing.T, args []string, addr, engine string, seen count, want map[string]int) {
	before := seen(t, nil, want)
	run := append(slices.Clone(args[:len(args)-1]), "-n=200", "-c=8", "--linger=0", "--engine="+engine, "tcp://"+addr)
	r := measure(t, run...)
	checkExchanged(t, r, 200)
	after := seen(t, before, want)
	for name, n := range want {
		if got := after[name] - before[name]; got != n {
			t.Errorf("the server counts %d more of %q, want %d", got, name, n)
		}
	}
}
