package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/judge/claim"
	"tcpbench/plots"
	"tcpbench/results"
	"tcpbench/scenario"
)

func newClaims(s streams) *cobra.Command {
	format := claimFormats().flag()
	var pictures string
	cmd := &cobra.Command{
		Use:   "claims [flags] DIR..",
		Short: "Show what sweeps say about the claims that they tested",
		Long: `Claims judges the sweeps in each DIR, or in the directories below it, by their
results, and shows each claim with its answer: confirmed, refuted, or depends.
Nothing is measured. With --format markdown it is a document, with the figures
and, with --pictures, a picture of each.`,
		Example: `  tcpbench sweep --short -o runs/claims/tw-buckets tw-buckets
  tcpbench claims runs/claims
  tcpbench claims --format markdown --pictures docs/claims runs/claims > docs/claims.md`,
		Args: atLeastOne,
		RunE: func(_ *cobra.Command, dirs []string) error {
			entries, damaged := judgeAll(dirs)
			if len(entries) == 0 {
				return damaged
			}
			if err := drawClaims(pictures, entries); err != nil {
				return errors.Join(err, damaged)
			}
			return errors.Join(claimFormats().write(s.out, format.value, entries), damaged)
		},
	}
	cmd.Flags().Var(format, "format", claimFormats().usage())
	cmd.Flags().StringVar(&pictures, "pictures", "", "draw a picture of each claim into `DIR`")
	return cmd
}

func claimFormats() formats[[]claim.Entry] {
	text := func(w io.Writer, entries []claim.Entry) error { return claim.WriteText(w, entries, columns(w)) }
	return formats[[]claim.Entry]{{formatText, text}, {formatMarkdown, claim.WriteMarkdown}}
}

// judgeAll judges the sweeps of claims in the directories, or below them. The
// error is for those that cannot be read; it does not lose the others.
func judgeAll(dirs []string) ([]claim.Entry, error) {
	var out []claim.Entry
	var errs []error
	for _, dir := range dirs {
		below, err := sweepsIn(dir)
		errs = append(errs, err)
		for _, d := range below {
			e, ok, err := judgeSweep(d)
			if err != nil {
				errs = append(errs, fmt.Errorf("judge the sweep in %s: %w", d, err))
			}
			if ok {
				e.Name = unused(e.Name, out)
				out = append(out, e)
			}
		}
	}
	if err := errors.Join(errs...); err != nil || len(out) > 0 {
		return out, err
	}
	return nil, noClaims(dirs)
}

// unused is the name, or with a number where an entry has it already: headings
// and pictures are distinguished by it.
func unused(name string, entries []claim.Entry) string {
	for n, try := 2, name; ; n++ {
		if !slices.ContainsFunc(entries, func(e claim.Entry) bool { return e.Name == try }) {
			return try
		}
		try = fmt.Sprintf("%s-%d", name, n)
	}
}

func noClaims(dirs []string) error {
	return fault.Usagef("no sweep of a claim in %v; `tcpbench scenarios` lists the claims, "+
		"`tcpbench sweep --short NAME` tests one", dirs)
}

// sweepsIn returns dir if a sweep wrote it, else the directories in it that
// sweeps wrote, by name.
func sweepsIn(dir string) ([]string, error) {
	isSweep := func(d string) bool {
		_, err := os.Stat(filepath.Join(d, results.SweepFile))
		return err == nil
	}
	if isSweep(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	var out []string
	for _, e := range entries {
		if d := filepath.Join(dir, e.Name()); isSweep(d) {
			out = append(out, d)
		}
	}
	return out, nil
}

// judgeSweep judges the claim of a sweep's directory; false when it tested none.
func judgeSweep(dir string) (claim.Entry, bool, error) {
	set, err := results.Load(dir)
	if err != nil {
		return claim.Entry{}, false, err
	}
	sc, err := scenario.Parse(filepath.Join(dir, results.SweepFile), []byte(set.Sweep.Scenario))
	if err != nil || sc.Claim.IsZero() {
		return claim.Entry{}, false, fault.Usage(err)
	}
	verdict, err := claim.Judge(sc.Claim, set.Runs, set.Sweep.Short)
	return claim.Entry{Name: sc.Name, About: sc.About, Claim: verdict}, err == nil, fault.Usage(err)
}

// drawClaims draws a picture of each claim into dir, unless that is empty.
func drawClaims(dir string, entries []claim.Entry) error {
	if dir == "" {
		return nil
	}
	var errs []error
	for i := range entries {
		p, ok := plots.ForClaim(&entries[i].Claim)
		if !ok {
			continue
		}
		p.Name = entries[i].Name
		_, err := plots.WriteAll(dir, []plots.Picture{p}, []string{"png"})
		entries[i].Picture = path.Join(filepath.Base(dir), p.Name+".png")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
