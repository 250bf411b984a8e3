package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"tcpbench/experiment/cell"
)

// build is what this program was built from, and with what.
type build struct {
	cell.Source
	Go   string `json:"go"`
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

func thisBuild() build {
	return build{cell.BuiltFrom(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
}

func newVersion(s streams) *cobra.Command {
	fs := formats[build]{{formatText, writeVersion}, {formatJSON, writeVersionJSON}}
	format := fs.flag()
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Version prints the version, the commit with its date and whether files differed from
it (dirty) or not (clean), the version of Go, and the system that it was built for. Where
the build did not record the commit it says why.`,
		Example: "  tcpbench version\n  tcpbench version --format json | jq -r .revision",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			return fs.write(s.out, format.String(), thisBuild())
		},
	}
	cmd.Flags().Var(format, "format", fs.usage())
	return cmd
}

// versionFlag has the root print the version too, as users of other programs expect it.
func versionFlag(root *cobra.Command, s streams) {
	asked := root.Flags().Bool("version", false, "print the version, as the command version does")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *asked {
			return writeVersion(s.out, thisBuild())
		}
		return help(cmd, args)
	}
}

// writeVersion writes one line. An equal line is an equal source, unless it says unknown or dirty.
func writeVersion(w io.Writer, b build) error {
	_, err := fmt.Fprintf(w, "tcpbench %s, revision %s, %s, %s/%s\n", b.Version, revisionText(b.Source),
		b.Go, b.OS, b.Arch)
	return err
}

func revisionText(s cell.Source) string {
	if s.Revision == "" {
		return "unknown (" + s.Unknown + ")"
	}
	text := s.Revision
	if s.Date != "" {
		text += " of " + s.Date
	}
	switch {
	case s.Dirty == nil:
		return text + ", unknown whether clean"
	case *s.Dirty:
		return text + ", dirty"
	default:
		return text + ", clean"
	}
}

func writeVersionJSON(w io.Writer, b build) error { return indentedJSON(w, b) }
