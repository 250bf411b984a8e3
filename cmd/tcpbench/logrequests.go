package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// logFlags are where a run notes each request, and how many of them.
type logFlags struct {
	path string
	rows int64
}

func newLogFlags() *logFlags { return &logFlags{rows: cell.DefaultLogRows} }

func (f *logFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.path, "log-requests", "",
		"write a line of CSV for each request into `FILE`, which must be new: when it began, its phases, what "+
			"became of it")
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	flags.Var(newParsed(&f.rows, parseRows, text), "log-requests-rows",
		"lines that --log-requests writes at most, some 100 bytes each: `N`; later requests are counted alone")
}

func parseRows(s string) (int64, error) {
	n, err := scenario.ParseCount(s)
	if err == nil && n < 1 {
		err = fmt.Errorf("%d is below 1", n)
	}
	return n, err
}

// check refuses a log of more than one run, and one that would replace a file.
func (f *logFlags) check(given *pflag.FlagSet, several, force bool) error {
	switch {
	case !given.Changed("log-requests") && given.Changed("log-requests-rows"):
		return fault.Usagef("log-requests-rows: it applies to --log-requests; name its FILE, or leave it out")
	case !given.Changed("log-requests"):
		return nil
	case f.path == "":
		return fault.Usagef("log-requests: it is blank; name a file, or leave it out")
	case several:
		return fault.Usagef("log-requests: it is of one run, and --repeat and --find-max-rate make several; leave " +
			"one of them out")
	case isDir(f.path):
		return fault.Usagef("log-requests: %s is a directory; name a file in it", f.path)
	case !force && holds(f.path):
		return fault.Usagef("log-requests: %s exists; choose another, or overwrite it with --force", f.path)
	default:
		return nil
	}
}

// of is what a spec is told; none where no file is named.
func (f *logFlags) of() cell.RequestLog {
	if f.path == "" {
		return cell.RequestLog{}
	}
	return cell.RequestLog{Path: f.path, Rows: f.rows}
}
