package scenario

import (
	"fmt"
	"unicode/utf8"
)

// keepable refuses bytes that are no UTF-8: a result, which is JSON, would have others.
func keepable(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8, so that a result cannot keep it", s)
	}
	return nil
}
