package cell

import "testing"

// raced are the cases of a table, of which the race detector gets the first: the goroutines of
// the others are the same, and each takes processes and seconds.
func raced[T any](cases []T) []T {
	if testing.Short() {
		return cases[:1]
	}
	return cases
}
