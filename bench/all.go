package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"time"

	"tcpbench/results"
)

// notes say why goals are missed.
//
//go:embed notes.md
var notes []byte

// measureAll measures every part, tells text and file of each as soon as it
// is known, and goes on when one fails.
func measureAll(ctx context.Context, o options, t tools) error {
	var file bytes.Buffer
	r := report{os.Stdout, &file}
	r.introduce(o)
	var errs []error
	part := func(name string, measure func() error) {
		if !o.only.MatchString(name) {
			return
		}
		if err := measure(); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			r.line("Not measured: %v.", err)
			errs = append(errs, err)
		}
	}
	for _, m := range matches(t) {
		part(m.name, func() error { return m.measure(ctx, r, o, t) })
	}
	part(openLoopPart, func() error {
		var all []paced
		turns := time.Duration(6 * o.rounds)
		err := inLab(ctx, task{Match: openLoopPart, Rounds: o.rounds, Turn: o.turn}, turns*(o.turn+turnGrace), &all)
		if err == nil {
			r.heading(openLoopPart)
			r.line("Starts that are planned, 1 thread, %d connections; late is from the planned start to the real one.",
				inFlight)
			r.table(pacedTable(all))
		}
		return err
	})
	part("set-up", func() error {
		line, err := setUp(ctx)
		if err == nil {
			r.heading("set-up")
			r.line("%s", line)
		}
		return err
	})
	part("sampling", func() error {
		var s sampled
		err := inLab(ctx, task{}, time.Minute, &s)
		if err == nil {
			r.heading("sampling")
			r.line("%v", s)
		}
		return err
	})
	if o.growth != "" {
		part("growth", func() error { return grow(ctx, r, o, t) })
	}
	_, _ = r.file.Write(notes) // to memory
	if o.write != "" {
		errs = append(errs, results.WriteFile(o.write, file.Bytes()))
	}
	return errors.Join(errs...)
}
