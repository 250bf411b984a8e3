package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/results"
)

func newReport(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "report [flags] RESULT..",
		Short: "Write one self-contained HTML page about results",
		Long: `Report writes a page with the verdict, the cells as a table, the pictures, the
environment and the warnings. It is one file and needs no network to open.
Several RESULTs go onto one page: each is a side, and its name stands with its cells
in the tables and the pictures.

A run that ended without a result, as one that was killed, leaves FILE.journal: as
RESULT it gives the figures up to its last interval, and no verdict. A page that is
there is overwritten, as it can be made again; another file is not.`,
		Example: `  tcpbench report runs/20260921-101500-exhaustion
  tcpbench report -o tuning.html before.json after.json

  # what a run had that was killed
  tcpbench report runs/killed.json.journal`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := loadAll(args)
			if err != nil {
				return err
			}
			if output == "" {
				output = reportPath(args[0], set)
			}
			if err := isPage(output); err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
				return fmt.Errorf("make the output directory: %w", err)
			}
			if err := writeReport(output, set); err != nil {
				return err
			}
			fmt.Fprintln(s.out, output)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the HTML `FILE` (default next to the first result)")
	return cmd
}

// sideLabel is the setting that tells the runs of several RESULTs apart.
const sideLabel = "side"

// loadAll reads every result into one set. The runs of each of several are cells of
// their own: the same cell before and after is not two repeats of one.
func loadAll(paths []string) (*results.Set, error) {
	all := &results.Set{}
	for i, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return nil, err
		}
		if len(paths) == 1 {
			return set, nil
		}
		for _, r := range set.Runs {
			labels := maps.Clone(r.Cell)
			if labels == nil {
				labels = map[string]string{}
			}
			labels[sideLabel] = side(paths, i)
			r.Cell = labels
		}
		all.Runs = append(all.Runs, set.Runs...)
	}
	return all, nil
}

// isPage refuses to overwrite what is no page: a result, perhaps.
func isPage(path string) error {
	f, err := os.Open(path)
	if err != nil || !results.Replaceable(path) {
		return nil // writing says more
	}
	defer f.Close()
	const doctype = "<!doctype html"
	begin := make([]byte, len(doctype))
	if n, _ := io.ReadFull(f, begin); n > 0 && !strings.EqualFold(string(begin[:n]), doctype) {
		return fault.Usagef("--output: %s exists and is no HTML page; choose another, or remove it first", path)
	}
	return nil
}

// side is what the result of an index is called: its path, with a number where an
// earlier one has it too.
func side(paths []string, i int) string {
	name := filepath.Clean(paths[i])
	same := 1
	for _, p := range paths[:i] {
		if filepath.Clean(p) == name {
			same++
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s (%d)", name, same)
	}
	return name
}

func reportPath(path string, set *results.Set) string {
	if set.Dir != "" {
		return filepath.Join(path, "report.html")
	}
	return withoutExt(path) + ".html"
}
