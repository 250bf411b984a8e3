package main

import (
	"slices"

	"github.com/spf13/pflag"

	"tcpbench/internal/fault"
	"tcpbench/internal/suggest"
	"tcpbench/scenario"
)

// addSettings makes a flag of every option of a workload.
func addSettings(flags *pflag.FlagSet, w *scenario.Workload) {
	flags.SortFlags = false
	for _, g := range w.Groups() {
		inGroup(flags, g.Title, func(flags *pflag.FlagSet) {
			for _, s := range g.Settings {
				for _, s := range s.AsFlags() {
					f := flags.VarPF(s, s.Name, s.Short, s.Usage)
					if s.IsBool() {
						f.NoOptDefVal = "true"
					}
				}
			}
		})
	}
}

// word is a flag that takes one of a few words.
type word struct {
	value string
	words []string
}

// newWord is a flag whose default is the first of words.
func newWord(words ...string) *word { return &word{value: words[0], words: words} }

func (w *word) String() string { return w.value }
func (w *word) Type() string   { return "value" }

func (w *word) Set(s string) error {
	if !slices.Contains(w.words, s) {
		return fault.Usage(suggest.NotOneOf(s, w.words))
	}
	w.value = s
	return nil
}
