package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
	"tcpbench/results"
)

// defaultOutput is where results go when no place is named.
const defaultOutput = "runs"

// runOutput is where the result of a run goes. A measurement cannot be made again
// as it was, so one that is there is not overwritten without a word; pictures and
// pages can, and are.
type runOutput struct {
	path  string
	force bool
}

func (o *runOutput) add(flags *pflag.FlagSet) {
	flags.StringVarP(&o.path, "output", "o", "",
		"the result `FILE`, which must be new, with --repeat a directory (default a new one under "+defaultOutput+"/)")
	flags.BoolVar(&o.force, "force", false, "overwrite the result FILE that is there, with what lies beside it")
}

// check refuses to empty a directory.
func (o *runOutput) check(repeat int) error {
	if o.force && repeat > 1 {
		return fault.Usagef("--force: it overwrites a result file, and with --repeat --output is a directory, which " +
			"must be new or empty")
	}
	return nil
}

// file is the file that the result goes to; its directory is made.
func (o *runOutput) file(now time.Time) (string, error) {
	path := o.path
	if path == "" {
		path = filepath.Join(defaultOutput, now.Format("20060102-150405.000")+".json")
	}
	if isDir(path) {
		return "", fault.Usagef("--output: %s is a directory; name a file in it", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make the output directory: %w", err)
	}
	if !o.force && results.Replaceable(path) {
		return path, mustBeNew(path)
	}
	return path, nil
}

// mustBeNew refuses a result file whose writing would lose something.
func mustBeNew(path string) error {
	const remedy = "choose another with --output, or overwrite it with --force"
	journal, pcap := results.JournalPath(path), results.PcapPath(path)
	switch by, err := filelock.Look(journal); {
	case err == nil && by != nil:
		return nil // that run goes on, which is said on opening it
	case holds(path):
		return fault.Usagef("--output: %s exists; %s", path, remedy)
	case holds(pcap):
		return fault.Usagef("--output: %s exists, where the packets of %s belong; %s", pcap, path, remedy)
	case leftBehind(journal):
		return fault.Usagef("--output: %s is what a run left that ended without a result (tcpbench report shows it); "+
			"%s", journal, remedy)
	default:
		return nil
	}
}

// isDir reports whether a path is a directory's.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// holds reports whether there is a file with something in it: mktemp(1) makes an
// empty one.
func holds(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// leftBehind reports whether a journal has figures.
func leftBehind(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, intervals, err := results.ReadJournal(f)
	return err == nil && len(intervals) > 0
}
