package launch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"tcpbench/internal/fault"
	"tcpbench/internal/prose"
)

// self is this program, as it is though its file may have been replaced.
const self = "/proc/self/exe"

// Copy takes this program to hosts that do not have it, or have another version, over ssh,
// and returns what to call it on each. It goes into ~/.cache/tcpbench, under a name made of
// what is in it, and so it neither replaces a program that runs nor is copied twice. Hosts
// for which this program was not built are refused.
func Copy(ctx context.Context, hosts []string, tell func(string)) (map[string]string, error) {
	if _, err := Names(hosts); err != nil {
		return nil, err
	}
	c, err := newCopier(ctx, tell)
	if err != nil {
		return nil, err
	}
	called, errs := make([]string, len(hosts)), make([]error, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() {
			if called[i], errs[i] = c.to(ctx, host); errs[i] != nil {
				errs[i] = fmt.Errorf("copy tcpbench to %s: %w", host, errs[i])
			}
		})
	}
	all.Wait()
	out := map[string]string{}
	for i, host := range hosts {
		out[host] = called[i]
	}
	return out, errors.Join(errs...)
}

// copier has what this program is.
type copier struct {
	version, sum string
	dir          string // where it goes, from the user's home directory
	tell         func(string)
}

func newCopier(ctx context.Context, tell func(string)) (*copier, error) {
	ask := exec.CommandContext(ctx, self, "version")
	ask.Args[0] = "tcpbench"
	version, err := ask.Output()
	if err != nil {
		return nil, fmt.Errorf("ask this program for its version: %w", err)
	}
	f, err := os.Open(self)
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	c := &copier{version: strings.TrimSpace(string(version)), sum: hex.EncodeToString(sum.Sum(nil)), tell: tell}
	const digits = 16
	c.dir = ".cache/tcpbench/" + c.sum[:digits]
	return c, nil
}

func (c *copier) file() string { return c.dir + "/tcpbench" }

// to has the program on a host, and returns what to call it there.
func (c *copier) to(ctx context.Context, host string) (string, error) {
	has, err := c.ask(ctx, host)
	if err != nil {
		return "", err
	}
	switch {
	case has.same(c):
		return "tcpbench", nil
	case has.copied == c.sum:
		return c.file(), nil
	}
	if err := has.fits(runtime.GOOS, runtime.GOARCH); err != nil {
		return "", fault.Host(err)
	}
	return c.file(), c.send(ctx, host)
}

// presence is what a host has of the program.
type presence struct {
	machine string // of uname -sm
	version string // of the tcpbench in its PATH; "" where there is none
	sum     string // of that
	copied  string // of what was copied before; "" where nothing was
}

// ask asks a host what it has.
func (c *copier) ask(ctx context.Context, host string) (presence, error) {
	out, err := remote(ctx, host, `uname -sm; echo "$(tcpbench version 2>/dev/null | head -n 1)"; `+
		`for f in "$(command -v tcpbench)" `+c.file()+`; do `+
		`echo "$(sha256sum "$f" 2>/dev/null | cut -d " " -f 1)"; done`, nil)
	if err != nil {
		return presence{}, err
	}
	const answers = 4
	lines := strings.Split(out, "\n")
	if len(lines) < answers {
		return presence{}, fmt.Errorf("it answers %q; what its shell prints when it starts must go nowhere", out)
	}
	lines = lines[len(lines)-answers:]
	return presence{machine: lines[0], version: lines[1], sum: lines[2], copied: lines[3]}, nil
}

// same reports whether the program in the host's PATH is this one: the same file, or of the
// same revision, from which no file differed.
func (p presence) same(c *copier) bool {
	clean := strings.Contains(c.version, ", clean, ")
	return p.sum == c.sum || clean && p.version == c.version
}

// fits refuses a host whose machine does not run what was built for a system.
func (p presence) fits(system, arch string) error {
	machines := map[string]string{"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm",
		"riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x"}
	kernel, machine, _ := strings.Cut(p.machine, " ")
	if !strings.EqualFold(kernel, system) || machines[machine] != arch {
		return fmt.Errorf("it is %s, and this program was built for %s/%s; install tcpbench there",
			prose.Printable(p.machine), system, arch)
	}
	return nil
}

// send copies the program, and sees whether it runs.
func (c *copier) send(ctx context.Context, host string) error {
	f, err := os.Open(self)
	if err != nil {
		return err
	}
	defer f.Close()
	if c.tell != nil {
		c.tell(host + ": copying tcpbench to ~/" + c.file())
	}
	// Under a name of its own until it is whole: two may copy at once.
	out, err := remote(ctx, host, `set -e; mkdir -p `+c.dir+`; t=`+c.file()+`.$$; trap "rm -f $t" EXIT; cat > $t; `+
		`chmod 755 $t; mv $t `+c.file()+`; `+c.file()+` version`, f)
	if err != nil {
		return err
	}
	if got := lastLine(out); got != c.version {
		return fmt.Errorf("the copy says it is %q, and this program is %q", prose.Printable(got), c.version)
	}
	return nil
}

// remote runs a script on a host, and returns what it prints. It must be without ', which
// it is put into: a user's own shell need not be sh.
func remote(ctx context.Context, host, script string, in io.Reader) (string, error) {
	cmd := exec.CommandContext(ctx, "ssh", "-o", "BatchMode=yes", host, "sh -c '"+script+"'")
	cmd.Stdin = in
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("ssh: %w: %s", err, prose.Printable(lastLine(said.String())))
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:])
}
