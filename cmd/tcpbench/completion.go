package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/plots"
	"tcpbench/scenario"
)

// completions are what a shell offers for the values of flags. A list that stands in a
// flag's help is what it takes; names that stand elsewhere are asked for there.
func completions(root *cobra.Command) {
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			if complete := completionOf(f); complete != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, complete) // each flag once
			}
		})
		completions(c)
	}
}

// completionOf is that of a flag; nil has the shell offer files.
func completionOf(f *pflag.Flag) cobra.CompletionFunc {
	value, _ := pflag.UnquoteUsage(f)
	words := listed(value)
	switch {
	case f.Value.Type() == "bool":
		return cobra.FixedCompletions([]string{"true", "false"}, cobra.ShellCompDirectiveNoFileComp)
	case value == "DIR":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case slices.Contains(strings.Split(value, "|"), "FILE"), strings.Contains(f.Usage, "@FILE"), value == "PATH",
		value == "COMMAND":
		return nil
	case len(words) > 0:
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	case value == "METRIC":
		return cobra.FixedCompletions(metricNames(), cobra.ShellCompDirectiveNoFileComp)
	case value == "LIMITS": // which go on with < or >
		return cobra.FixedCompletions(metricNames(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)
	case value == "KEY=VALUE":
		return cobra.FixedCompletions(sysctlKeys(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)
	case value == "FORMAT,...":
		return cobra.FixedCompletions(plots.Formats(), cobra.ShellCompDirectiveNoFileComp)
	default:
		return cobra.NoFileCompletions
	}
}

// listed are the words of a list such as off|0|D: what is in capitals is not one.
func listed(value string) []string {
	if !strings.Contains(value, "|") {
		return nil
	}
	word := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	return slices.DeleteFunc(strings.FieldsFunc(value, func(r rune) bool { return r == '|' || r == ',' }),
		func(w string) bool { return !word.MatchString(w) })
}

func metricNames() []string {
	var names []string
	for _, m := range metric.Table() {
		names = append(names, m.Name)
	}
	return names
}

func sysctlKeys() []string {
	var keys []string
	for _, name := range capacity.SysctlNames() {
		keys = append(keys, name+"=")
	}
	return keys
}

// scenarioNames are offered beside files.
func scenarioNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return scenario.Builtins(), cobra.ShellCompDirectiveDefault
}

// targets are begun by their schemes.
func targets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"http://", "https://", "tcp://", "unix:"},
		cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
