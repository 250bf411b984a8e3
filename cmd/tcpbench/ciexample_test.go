package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"tcpbench/internal/fault"
)

var aa = flag.Int("aa", 0, "how often the example of CI measures one server against itself (20 s each)")

// exampleServer is a program that a project might have: it answers after -delay, works
// on -at-once requests at a time, and with -ends ends each connection with its answer.
func exampleServer() {
	listen := flag.String("listen", "", "")
	delay := flag.Duration("delay", 0, "")
	atOnce := flag.Int("at-once", 1<<20, "")
	ends := flag.Bool("ends", false, "")
	flag.Parse()
	turn := make(chan struct{}, *atOnce)
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		turn <- struct{}{}
		time.Sleep(*delay)
		<-turn
		if *ends {
			end(w)
			return
		}
		fmt.Fprint(w, "hello")
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(*listen, nil))
	os.Exit(1)
}

// end answers without a length: the end of the connection is that of the answer.
func end(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\nhello")
}

// The workflow that users copy fails a server that answers 5 ms later.
func TestTheExampleOfCIFailsASlowerServer(t *testing.T) {
	t.Parallel()
	if got, out := gated(t, "5ms"); got != fault.StatusGateFailed {
		t.Errorf("the example's exit status = %d, want %d\n%s", got, fault.StatusGateFailed, out)
	}
}

// Of twenty times that nothing changed it may be in doubt once, and never fails.
// It measures for some minutes, and only when asked to: -aa 20.
func TestTheExampleOfCIPassesTheSameServer(t *testing.T) {
	passed := 0
	for i := range *aa {
		got, out := gated(t, "0s")
		if got == fault.StatusGateFailed {
			t.Errorf("time %d: the gate failed the same server\n%s", i+1, out)
		}
		if got == 0 {
			passed++
		}
		t.Logf("%d of %d: exit status %d\n%s", i+1, *aa, got, out)
	}
	if passed < *aa-(*aa+19)/20 {
		t.Errorf("the same server passed %d of %d times, want all but one in 20", passed, *aa)
	}
}

// gated runs the measuring and the judging step of the workflow for GitHub, with
// a candidate that answers so much later than the base.
func gated(t *testing.T, delay string) (status int, output string) {
	t.Helper()
	dir := t.TempDir()
	policy, err := os.ReadFile("../../examples/ci/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put := func(path, content string) {
		path = filepath.Join(dir, path)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o755))
		if err != nil {
			t.Fatal(err)
		}
	}
	put("base/server", "#!/bin/sh\nexec example-server \"$@\"\n")
	put("candidate/server", "#!/bin/sh\nexec example-server -delay "+delay+" \"$@\"\n")
	put("candidate/.ci/performance.yaml", string(policy))
	env, steps := workflow(t)
	step := func(name string) (string, error) {
		cmd := exec.Command("sh", "-e", "-c", steps[name])
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SERVER="+env["SERVER"])
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := step("measure"); err != nil {
		t.Fatalf("measure: %v\n%s", err, out)
	}
	out, err := step("gate")
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), out
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, out
}

// workflow are the environment and the scripts of the example for GitHub.
func workflow(t *testing.T) (env, scripts map[string]string) {
	t.Helper()
	data, err := os.ReadFile("../../examples/ci/github.yml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Jobs struct {
			Gate struct {
				Env   map[string]string
				Steps []struct{ Name, Run string }
			}
		}
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	scripts = map[string]string{}
	for _, s := range doc.Jobs.Gate.Steps {
		scripts[s.Name] = strings.TrimSpace(s.Run)
	}
	return doc.Jobs.Gate.Env, scripts
}
