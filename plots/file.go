package plots

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"tcpbench/results"
)

// WriteAll writes every picture in every format to dir, which it makes if
// there is one and need be, and returns the paths. Each file is written whole or not at all.
func WriteAll(dir string, pics []Picture, formats []string) ([]string, error) {
	if err := checkFormats(formats); err != nil {
		return nil, err
	}
	if err := checkNames(pics); err != nil {
		return nil, err
	}
	if len(pics) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write pictures: %w", err)
	}
	var paths []string
	for _, p := range pics {
		for _, format := range formats {
			path := filepath.Join(dir, p.Name+"."+format)
			if err := p.writeFile(path, format); err != nil {
				return paths, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func (p Picture) writeFile(path, format string) error {
	var b bytes.Buffer
	if err := p.Write(&b, format); err != nil {
		return err
	}
	return results.WriteFile(path, b.Bytes())
}

// checkNames refuses pictures that would overwrite each other.
func checkNames(pics []Picture) error {
	seen := map[string]bool{}
	for _, p := range pics {
		if seen[p.Name] {
			return fmt.Errorf("write pictures: two are named %q", p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}
