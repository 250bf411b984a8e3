package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"tcpbench/experiment/cell"
)

func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  tcpbench version",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			v := cell.ToolVersion()
			revision := v.Revision
			if revision == "" {
				revision = "unknown"
			}
			_, err := fmt.Fprintf(s.out, "tcpbench %s, revision %s, %s, %s/%s\n", v.Version, revision,
				runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
