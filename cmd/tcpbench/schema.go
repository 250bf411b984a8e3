package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/internal/schemas"
)

func newSchema(s streams) *cobra.Command {
	all := schemas.All()
	var names, about []string
	for _, one := range all {
		names = append(names, one.Name)
		about = append(about, "  "+one.Name+strings.Repeat(" ", 10-len(one.Name))+one.About)
	}
	return &cobra.Command{
		Use:   "schema " + strings.Join(names, "|"),
		Short: "Print the JSON schema of a file or an output",
		Long: `Schema prints a JSON schema (draft 2020-12): for editors that complete and check
YAML, and for programs that read what tcpbench writes.

` + strings.Join(about, "\n"),
		Example: `  tcpbench schema scenario > scenario.schema.json
  tcpbench schema result | jq .properties.verdict`,
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			for _, one := range all {
				if len(args) == 1 && args[0] == one.Name {
					_, err := s.out.Write(one.JSON)
					return err
				}
			}
			return fault.Usagef("name one schema of: %s", strings.Join(names, ", "))
		},
	}
}
