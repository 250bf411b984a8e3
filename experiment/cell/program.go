package cell

import (
	"errors"
	"fmt"

	"tcpbench/internal/program"
	"tcpbench/scenario"
)

// CheckPrograms reports every program of the specs' labs that is not here, as
// what this host cannot do, with what to install; each of them once.
func CheckPrograms(specs ...Spec) error {
	var errs []error
	told := map[string]bool{}
	for _, s := range specs {
		if !s.Lab() {
			continue
		}
		for _, one := range s.All() {
			for _, err := range checkProgram(one) {
				if !told[err.Error()] {
					told[err.Error()] = true
					errs = append(errs, err)
				}
			}
		}
	}
	return errors.Join(errs...)
}

// checkProgram reports what is not here of a program and of what it starts itself.
func checkProgram(p scenario.HostProgram) []error {
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("start %s: %w", p.Host, err))
		}
	}
	if len(p.Command) > 0 {
		_, err := program.Find(p.Command[0])
		add(err)
	}
	for _, need := range p.Needs {
		add(program.Check(need))
	}
	return errs
}

// names are what the words in commands and files stand for.
func (s Spec) names() scenario.Names {
	n := scenario.Names{Server: s.serverAddr()}
	if !s.Proxy.IsZero() {
		n.Proxy = s.nearAddr()
	}
	return n
}
