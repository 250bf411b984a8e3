package main

import (
	"slices"
	"strings"

	"tcpbench/internal/fault"
	"tcpbench/internal/suggest"
	"tcpbench/plots"
)

// pen draws pictures in a look.
type pen struct {
	formats []string
	look    plots.Look
	only    []string // the names of those to draw; none for all

	names []string // of those that there were
}

// draw writes pictures into a directory.
func (p *pen) draw(dir string, pics []plots.Picture) error {
	var out []plots.Picture
	for _, pic := range pics {
		if !slices.Contains(p.names, pic.Name) {
			p.names = append(p.names, pic.Name)
		}
		if len(p.only) == 0 || slices.Contains(p.only, pic.Name) {
			out = append(out, pic.In(p.look))
		}
	}
	_, err := plots.WriteAll(dir, out, p.formats)
	return err
}

// missed reports a name of which there was no picture.
func (p *pen) missed() error {
	for _, name := range p.only {
		if !slices.Contains(p.names, name) {
			return fault.Usagef("--only: of these results there is no picture %q%s; there are %s", name,
				suggest.DidYouMean(name, p.names), strings.Join(p.names, ", "))
		}
	}
	return nil
}
