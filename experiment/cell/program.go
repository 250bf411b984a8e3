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
			if err := checkProgram(one); err != nil && !told[err.Error()] {
				told[err.Error()] = true
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func checkProgram(p scenario.HostProgram) error {
	if len(p.Command) == 0 {
		return nil
	}
	if _, err := program.Find(p.Command[0]); err != nil {
		return fmt.Errorf("start %s: %w", p.Host, err)
	}
	return nil
}

// names are what the words in commands and files stand for.
func (s Spec) names() scenario.Names {
	n := scenario.Names{Server: s.serverAddr()}
	if !s.Proxy.IsZero() {
		n.Proxy = s.nearAddr()
	}
	return n
}
