package http1

import (
	"errors"
	"fmt"
)

// What can be wrong with a response, to be distinguished by errors.Is. What an
// error wraps them with is for people: the value found, cut to a line.
var (
	// ErrMalformed: the bytes are no HTTP/1 response, or one whose end two
	// readers could see in different places.
	ErrMalformed = errors.New("malformed HTTP response")

	// ErrCutShort: the peer closed before the end of the response.
	ErrCutShort = errors.New("HTTP response cut short")

	// ErrTooLarge: a head, a line between chunks or the trailers exceed MaxHead.
	ErrTooLarge = errors.New("HTTP response head too large")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
