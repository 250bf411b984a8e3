package http1

import (
	"errors"
	"fmt"
)

// outcome is what became of one response.
type outcome struct {
	status int
	body   int64
	keep   bool
	used   int   // bytes of the stream; unknown with an error
	err    error // a sentinel
}

func (o outcome) String() string {
	if o.err != nil {
		return o.err.Error()
	}
	return fmt.Sprintf("status %d, body %d, keepalive %v, %d bytes", o.status, o.body, o.keep, o.used)
}

// kind returns the sentinel that err wraps.
func kind(err error) error {
	for _, k := range []error{ErrMalformed, ErrCutShort, ErrTooLarge} {
		if errors.Is(err, k) {
			return k
		}
	}
	if err != nil {
		panic("an error of no kind: " + err.Error())
	}
	return nil
}

// readAll does as an engine does: it reads what comes over one connection
// until that ends or may not be used again. One response is always awaited.
func readAll(toHead bool, reads ...[]byte) []outcome {
	var all []outcome
	var r Response
	r.Reset(toHead)
	used := 0
	for _, p := range reads {
		for len(p) > 0 {
			n, done, err := r.Feed(p)
			used += n
			switch {
			case err != nil:
				return append(all, outcome{err: kind(err)})
			case !done && n != len(p):
				panic(fmt.Sprintf("Feed of %d bytes used %d, but is not done", len(p), n))
			}
			p = p[n:]
			if !done {
				continue
			}
			all = append(all, outcome{r.Status, r.BodyBytes, r.KeepAlive(), used, nil})
			if !r.KeepAlive() {
				return all
			}
			r.Reset(toHead)
			used = 0
		}
	}
	if len(all) > 0 && !r.Started() {
		return all
	}
	if err := r.End(); err != nil {
		return append(all, outcome{err: kind(err)})
	}
	return append(all, outcome{r.Status, r.BodyBytes, r.KeepAlive(), used, nil})
}

// bytewise cuts p into single bytes.
func bytewise(p []byte) [][]byte {
	reads := make([][]byte, len(p))
	for i := range p {
		reads[i] = p[i : i+1 : i+1]
	}
	return reads
}
