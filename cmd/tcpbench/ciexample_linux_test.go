package main

import (
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/internal/fault"
)

var (
	aa = flag.Int("aa", 0, "how often the example of CI measures one server against itself (20 s each)")
	ci = flag.Bool("ci", false, "run the example of CI on both systems, for both users, in workspaces of each kind")
)

// The workflows that users copy fail a server that became slower, and then, in the
// same workspace, pass one that did not.
func TestTheExampleOfCI(t *testing.T) {
	hosts := []struct {
		name string
		make func(*testing.T, *ciOrigin) *ciHost
	}{{"root", newCIHost}, {"nobody", newCIHostOfNobody}}
	systems := []struct {
		name string
		run  func(*ciHost) ciRun
	}{
		{"github", func(h *ciHost) ciRun { return h.github(nil) }},
		{"gitlab", func(h *ciHost) ciRun { return h.gitlab(nil) }},
	}
	always := map[string]bool{"github, root, kept": true, "gitlab, nobody, cleaned": true}
	for _, system := range systems {
		for _, host := range hosts {
			for _, workspace := range []string{"cleaned", "kept"} {
				name := strings.Join([]string{system.name, host.name, workspace}, ", ")
				if !*ci && !always[name] {
					continue
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					h := host.make(t, newOrigin(t, userFiles(t), ciFiles{"server.in": answersAfter("400ms")}))
					h.keeps = workspace == "kept"
					checkSlower(t, system.run(h))
					h.origin.change(t, ciFiles{"README": "more words"})
					if host.name == "nobody" {
						giveToNobody(t, h.origin.dir)
					}
					checkSame(t, system.run(h))
					checkNothingIsLeft(t, h)
				})
			}
		}
	}
}

func checkSlower(t *testing.T, r ciRun) {
	t.Helper()
	if r.status != fault.StatusGateFailed || !strings.Contains(r.log, "gate FAILED: 1 checks passed, 1 failed") {
		t.Fatalf("exit status %d for a slower server, want %d\n%s", r.status, fault.StatusGateFailed, r.log)
	}
	if got := junit(t, r); got.Failures != 1 || got.Tests != 2 {
		t.Errorf("JUnit has %+v, want 2 tests and 1 failure", got)
	}
	if r.outputs == nil {
		return // GitLab has no more
	}
	if want := "::error file=.ci/performance.yaml,line=4,"; !strings.Contains(r.log, want) {
		t.Errorf("no annotation %s in\n%s", want, r.log)
	}
	if !strings.HasPrefix(r.summary, "### tcpbench gate FAILED") || !strings.Contains(r.summary, "| request_p50 ") {
		t.Errorf("summary = %s, want what the gate says, and the comparison", r.summary)
	}
	if r.outputs["gate.status"] != "99" {
		t.Errorf("outputs = %v, want status 99", r.outputs)
	}
}

func checkSame(t *testing.T, r ciRun) {
	t.Helper()
	if r.status != 0 || !strings.Contains(r.log, "gate passed: 2 checks passed") {
		t.Fatalf("exit status %d for the same server, want 0\n%s", r.status, r.log)
	}
	if got := junit(t, r); got.Failures+got.Errors != 0 || got.Tests != 2 {
		t.Errorf("JUnit has %+v, want 2 tests and no failure", got)
	}
	for _, side := range []string{"base", "change"} {
		files, err := filepath.Glob(filepath.Join(r.artifact, side, "*.json"))
		if err != nil || len(files) != 8 {
			t.Errorf("%d results of the %s are kept, want the 8 of this run", len(files), side)
		}
	}
	page, err := os.ReadFile(filepath.Join(r.artifact, "report.html"))
	if err != nil || !strings.Contains(string(page), "</html>") {
		t.Errorf("no whole report is kept: %v", err)
	}
	if r.outputs != nil && strings.Contains(r.log, "::error") {
		t.Errorf("an error is shown beside a change that passed\n%s", r.log)
	}
}

// checkNothingIsLeft looks for temporary files and work trees.
func checkNothingIsLeft(t *testing.T, h *ciHost) {
	t.Helper()
	left, err := filepath.Glob(h.file("temp/tcpbench.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files that are left = %v, %v, want none", left, err)
	}
	if _, trees := h.run(nil, "git", "-c", "safe.directory=*", "worktree", "list"); strings.Count(trees, "\n") != 1 {
		t.Errorf("work trees = %s, want the checkout alone", trees)
	}
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

func junit(t *testing.T, r ciRun) junitCounts {
	t.Helper()
	var out junitCounts
	data, err := os.ReadFile(filepath.Join(r.artifact, "gate.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &out); err != nil {
		t.Fatalf("gate.xml: %v\n%s", err, data)
	}
	return out
}

// However often nothing changed, the gate may be in doubt but never fails. It measures for
// some minutes, and only when asked to: -aa 20.
func TestTheExampleOfCIPassesTheSameServer(t *testing.T) {
	files := userFiles(t)
	files["server.in"] = answersAfter("0s")
	files[theWorkflow] = shipped(t, "github.yml")
	counts := map[int]int{}
	for i := range *aa {
		r := newCIHost(t, newOrigin(t, files, nil)).github(nil)
		counts[r.status]++
		t.Logf("%d of %d: exit status %d\n%s", i+1, *aa, r.status, r.log)
	}
	passed, doubtful := counts[0], counts[fault.StatusInconclusive]
	t.Logf("the same server passed %d of %d times and was inconclusive %d times", passed, *aa, doubtful)
	if failed := *aa - passed - doubtful; failed > 0 {
		t.Errorf("the same server failed %d of %d times, want none; exit statuses: %v", failed, *aa, counts)
	}
}
