package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// commandGroup is a heading of the root's help, and the commands under it.
type commandGroup struct {
	title    string
	commands []string
}

func commandGroups() []commandGroup {
	return []commandGroup{
		{"Measure:", []string{"run", "sweep", "scenarios"}},
		{"Many hosts:", []string{"fleet", "agent"}},
		{"Judge:", []string{"compare", "gate", "history", "claims"}},
		{"Show:", []string{"report", "plot", "export"}},
		{"Host:", []string{"plan", "doctor", "watch", "serve"}},
		{"Help:", []string{"help", "completion", "schema", "version"}},
	}
}

// groupCommands puts the commands of the root under their headings.
func groupCommands(root *cobra.Command) {
	for _, g := range commandGroups() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range root.Commands() {
			if slices.Contains(g.commands, c.Name()) {
				c.GroupID = g.title
			}
		}
	}
	root.SetHelpCommandGroupID("Help:")
	root.SetCompletionCommandGroupID("Help:")
}
