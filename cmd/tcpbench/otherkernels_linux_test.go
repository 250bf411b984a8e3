package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	kernelsDocument = "../../docs/kernels.md"
	kernelsRuns     = "../../scripts/kernels/runs"
)

// guests are the kernels that make kernels boots, oldest first.
func guests() []string { return []string{"6.1", "6.12"} }

// With TCPBENCH_KERNELS, where scripts/kernels.sh left what the kernels
// answered, the document is written, or with KERNELS=short held against the
// rows. Without, it must have every row.
func TestTheDocumentOfOtherKernels(t *testing.T) {
	if dir := os.Getenv("TCPBENCH_KERNELS"); dir != "" {
		var rows []kernelRow
		for _, guest := range guests() {
			rows = append(rows, readRows(t, filepath.Join(dir, guest+".rows"))...)
		}
		short := os.Getenv("KERNELS") == "short"
		for _, fault := range missing(rows, short) {
			t.Error(fault)
		}
		if t.Failed() {
			return
		}
		if short {
			checkSays(t, rows)
		} else if err := os.WriteFile(kernelsDocument, writeKernels(rows), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	document := readText(t, kernelsDocument)
	for _, l := range limits() {
		if !strings.Contains(document, "\n| "+l.name+" | "+l.usual()+" | ") {
			t.Errorf("docs/kernels.md lacks the row %q with %q: make kernels writes it", l.name, l.usual())
		}
	}
	for _, line := range append(differences(), leftOutLines()...) {
		if !strings.Contains(document, line) {
			t.Errorf("docs/kernels.md does not say %q: make kernels writes it", line)
		}
	}
}

// checkSays holds the document against rows of a short run.
func checkSays(t *testing.T, rows []kernelRow) {
	t.Helper()
	document := readText(t, kernelsDocument)
	for _, row := range rowsOf(rows) {
		if line := rowLine(rows, row); !strings.Contains(document, line) {
			t.Errorf("docs/kernels.md does not say what the kernels did: %s", line)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readRows(t *testing.T, path string) []kernelRow {
	t.Helper()
	var rows []kernelRow
	for d := json.NewDecoder(strings.NewReader(readText(t, path))); ; {
		var r kernelRow
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			return rows
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows = append(rows, r)
	}
}

func TestARunOfKernelsThatMissesARowIsNoticed(t *testing.T) {
	var whole []kernelRow
	add := func(kernel, row string, engines ...string) {
		for _, user := range []int{0, 65534} {
			if user != 0 && strings.HasPrefix(row, rowClaim) {
				continue
			}
			for _, engine := range engines {
				whole = append(whole, kernelRow{Kernel: kernel, Row: row, Engine: engine, User: user,
					Got: "g", Usual: "g"})
			}
		}
	}
	for _, l := range limits() {
		add("6.1.0-56-cloud-amd64", l.name, "epoll, fresh", "epoll, keep")
		add("6.12.117+deb12-cloud-amd64", l.name, "epoll, fresh", "epoll, keep", "io_uring, fresh")
	}
	short := slices.DeleteFunc(slices.Clone(whole), func(r kernelRow) bool {
		usual := map[string]string{"6.1.": "epoll, keep", "6.12": "io_uring, fresh"}
		return r.User != 0 || r.Engine != usual[r.Kernel[:4]]
	})
	for _, row := range []string{rowHidden, rowClaim + "tw-buckets"} {
		add("6.1.0-56-cloud-amd64", row, "auto")
		add("6.12.117+deb12-cloud-amd64", row, "auto")
	}
	if a, b := missing(whole, false), missing(short, true); len(a) != 0 || len(b) != 0 {
		t.Fatalf("missing %q of all, %q of the limits as root", a, b)
	}
	for i, r := range whole {
		if len(missing(slices.Delete(slices.Clone(whole), i, i+1), false)) == 0 {
			t.Errorf("nobody notices that %+v is missing", r)
		}
		other := slices.Clone(whole)
		other[i].Got = "other"
		if len(missing(other, false)) == 0 && !strings.HasPrefix(r.Row, rowClaim) {
			t.Errorf("nobody notices that one of the answers to %+v is another", r)
		}
	}
	if len(missing(short, false)) == 0 || len(missing(nil, true)) == 0 {
		t.Error("limits as root alone pass for all, or nothing passes for the limits")
	}
}

// Whoever writes a test of the kernel says whether other kernels run it.
func TestOtherKernelsRunEveryTestOfTheKernel(t *testing.T) {
	name := regexp.MustCompile(`\bTest\w+`)
	run := name.FindAllString(readText(t, kernelsRuns), -1)
	var all []string
	for _, file := range []string{"kernel", "sysctl", "unlike", "close", "finwait", "otherclaims",
		"shutdown", "timewait", "nat", "natrows", "fleet"} {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)`).
			FindAllStringSubmatch(readText(t, file+"_linux_test.go"), -1) {
			all = append(all, m[1])
		}
	}
	for _, test := range all {
		left := slices.ContainsFunc(leftOut(), func(l left) bool { return slices.Contains(l.tests, test) })
		if left == slices.Contains(run, test) {
			t.Errorf("%s is to stand in scripts/kernels/runs or in leftOut, and not in both", test)
		}
	}
	var files bytes.Buffer
	paths, err := filepath.Glob("*_linux_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		files.WriteString(readText(t, path))
	}
	for _, l := range leftOut() {
		run = append(run, l.tests...)
	}
	for _, test := range run {
		if !strings.Contains(files.String(), "\nfunc "+test+"(") {
			t.Errorf("there is no test %s", test)
		}
	}
}

func TestOlder(t *testing.T) {
	for release, want := range map[string]bool{
		"6.10.9": true, "6.1.0-56-cloud-amd64": true, "5.15.0": true,
		"6.11.0": false, "6.18.44-fc": false, "7.0": false, "unknown": false,
	} {
		if got := older(release, [2]int{6, 11}); got != want {
			t.Errorf("older(%q, 6.11) = %v, want %v", release, got, want)
		}
	}
}
