package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/results"
)

func newReport(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "report [flags] RESULT..",
		Short: "Write one self-contained HTML page about results",
		Long: `Report writes a page with the verdict, the cells as a table, the pictures, the
environment and the warnings. It is one file and needs no network to open.
Several RESULTs go onto one page, side by side.`,
		Example: `  tcpbench report runs/20260921-101500-exhaustion
  tcpbench report -o tuning.html before.json after.json`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := loadAll(args)
			if err != nil {
				return err
			}
			if output == "" {
				output = reportPath(args[0], set)
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

// loadAll reads every result into one set.
func loadAll(paths []string) (*results.Set, error) {
	all := &results.Set{}
	for _, path := range paths {
		set, err := results.Load(path)
		if err != nil {
			return nil, err
		}
		if len(paths) == 1 {
			return set, nil
		}
		all.Runs = append(all.Runs, set.Runs...)
	}
	return all, nil
}

func reportPath(path string, set *results.Set) string {
	if set.Dir != "" {
		return filepath.Join(path, "report.html")
	}
	return strings.TrimSuffix(path, ".json") + ".html"
}
