package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A cell's processes are this test binary under other names, and so is the
// command that scripts run.
func TestMain(m *testing.M) {
	role()
	testscript.Main(m, map[string]func(){
		"tcpbench":       func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"example-server": exampleServer,
		"go-client":      goClient,
		panickingView:    panicInView,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  status,
			"waitfor": waitFor,
		},
	})
}

// status runs a command and checks its exit status: status 2 tcpbench run -c 0.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// waitFor waits until a file exists, or somebody listens at a port of this host.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor file, or waitfor :PORT")
	}
	path, there := ts.MkAbs(args[0]), func(path string) bool { _, err := os.Stat(path); return err == nil }
	if strings.HasPrefix(args[0], ":") {
		path, there = args[0], listens
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if there(path) {
			return
		}
	}
	ts.Fatalf("%s did not appear", path)
}

// listens reports whether a socket listens at a port of 127.0.0.1, in the kernel's list: a
// connection would be counted.
func listens(port string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(port, ":"))
	list, err2 := os.ReadFile("/proc/net/tcp")
	line := fmt.Sprintf(" 0100007F:%04X 00000000:0000 0A ", n)
	return errors.Join(err, err2) == nil && strings.Contains(string(list), line)
}
