package workload

import (
	"errors"
	"fmt"

	"tcpbench/internal/sys"
)

// onProcessor has the calling thread, that of worker i, pinned while it does something.
func (r *run) onProcessor(i int, do func() error) error {
	if len(r.options.Processors) == 0 {
		return do()
	}
	unpin, err := sys.Pin(r.options.Processors[i])
	if err != nil {
		return fmt.Errorf("pin thread %d to processor %d: %w", i, r.options.Processors[i], err)
	}
	return errors.Join(do(), unpin())
}

// threads are what each worker did; nil of an engine without threads of its own.
func (r *run) threads() []Thread {
	if e, _ := r.options.Engine.Engine(); e.Client || e.Outside {
		return nil
	}
	var out []Thread
	for i, rec := range r.recorders {
		t := Thread{Counts: rec.Counts, CPU: rec.CPU, Owns: r.plan.PartOf(i)}
		if len(r.options.Processors) > 0 {
			t.Processor = &r.options.Processors[i]
		}
		out = append(out, t)
	}
	return out
}
