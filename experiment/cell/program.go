package cell

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// writeFiles writes a program's files, with the names in their place, into a
// new directory. Whoever the program becomes may read them.
func writeFiles(names scenario.Names, files scenario.Files) (*programDir, error) {
	d, err := newProgramDir(os.TempDir())
	if err != nil {
		return nil, fmt.Errorf("write files: %w", err)
	}
	if err := fill(d.path, names, files); err != nil {
		d.remove()
		return nil, fmt.Errorf("write files: %w", err)
	}
	return d, nil
}

func fill(dir string, names scenario.Names, files scenario.Files) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	names.Dir = dir
	for _, name := range files.Names() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(names.In(files[name])), 0o644); err != nil {
			return err
		}
	}
	return nil
}
