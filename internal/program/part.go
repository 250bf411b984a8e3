package program

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/fault"
)

// Check reports what is not here of "PROGRAM" or "PROGRAM:PART", as "php-fpm:redis": the
// program, or the part of it, with the package that has it.
func Check(need string) error {
	name, part, asked := strings.Cut(need, ":")
	p, known := parts()[name]
	if asked && !known {
		return fault.Usagef("%q: which parts %s has is not known; leave out what comes from the : on", need, name)
	}
	path, err := Find(name)
	switch {
	case !asked:
		return err
	case err != nil: // which ends with the package of the program
		return fault.Host(fmt.Errorf("%w %s%s", err, p.packages, part))
	default:
		return p.check(name, path, part)
	}
}

// lister says which parts a program has, a line each, and what Debian calls the package of
// one.
type lister struct {
	args     []string
	packages string // before the part
	what     string
}

func parts() map[string]lister {
	php := lister{args: []string{"-m"}, packages: "php-", what: "module"}
	return map[string]lister{"php": php, "php-fpm": php}
}

// listTime is what a program gets to say which parts it has.
const listTime = 10 * time.Second

func (l lister) check(name, path, part string) error {
	ctx, cancel := context.WithTimeout(context.Background(), listTime)
	defer cancel()
	said, err := exec.CommandContext(ctx, path, l.args...).CombinedOutput()
	lines := strings.Split(string(said), "\n")
	has := slices.ContainsFunc(lines, func(line string) bool {
		return strings.EqualFold(strings.TrimSpace(line), part)
	})
	switch {
	case has:
		return nil
	case err != nil:
		return fault.Host(fmt.Errorf("list the %ss of %s: %w; it said: %s", l.what, name,
			errors.Join(ctx.Err(), err), strings.TrimSpace(lines[0])))
	default:
		return fault.Host(fmt.Errorf("%s has no %s %q here; install it: apt-get install %s%s", name, l.what, part,
			l.packages, strings.ToLower(part)))
	}
}
