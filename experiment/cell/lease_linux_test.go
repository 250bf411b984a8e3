package cell

import (
	"context"
	"encoding/json"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// The lease runs from when all is ready: to get ready may take longer, and nobody can renew
// it before.
func TestALeaseRunsFromWhenAllIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lease = time.Second
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		in, orders := io.Pipe()
		defer orders.Close()
		s := newStart(json.NewDecoder(in), lease, &reporter{enc: json.NewEncoder(io.Discard)}, cancel)
		time.Sleep(10 * lease)
		if ctx.Err() != nil {
			t.Fatal("the lease was over before all was ready")
		}
		ready := time.Now()
		_, err := s.gate(ctx)
		if took := time.Since(ready); err == nil || took != lease {
			t.Errorf("the gate ended after %v with %v, want after the lease, as nobody said when", took, err)
		}
	})
}
