package scenario

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// DefaultName is the scenario that `tcpbench sweep` runs without an argument.
const DefaultName = "exhaustion"

// Builtins lists the names of the built-in scenarios, in order.
func Builtins() []string {
	entries, err := builtin.ReadDir("builtin")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Source returns the text of a built-in scenario.
func Source(name string) ([]byte, error) {
	if names := Builtins(); !slices.Contains(names, name) { // "./exhaustion" is a file
		return nil, fmt.Errorf("no built-in scenario %q%s", name, suggest.OrOneOf(name, names))
	}
	return builtin.ReadFile(path.Join("builtin", name+".yaml"))
}

// Read returns the text of a scenario: a built-in one by its name, else a file.
func Read(nameOrFile string) ([]byte, error) {
	if data, err := Source(nameOrFile); err == nil {
		return data, nil
	}
	data, err := os.ReadFile(nameOrFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("scenario %q is neither a file nor built in%s", nameOrFile,
			suggest.OrOneOf(nameOrFile, Builtins()))
	}
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	return data, nil
}

// Load reads and parses a scenario: a built-in one by its name, else a file.
func Load(nameOrFile string) (*Scenario, error) {
	data, err := Read(nameOrFile)
	if err != nil {
		return nil, err
	}
	return Parse(nameOrFile, data)
}
