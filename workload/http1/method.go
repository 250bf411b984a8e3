package http1

import (
	"fmt"
	"slices"
	"strings"
)

// Safe reports whether method is defined to change nothing on the server
// (RFC 9110, 9.2.1).
func Safe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// Idempotent reports whether method may be sent again, on another connection,
// when it is not known what became of it (RFC 9110, 9.2.2).
func Idempotent(method string) bool {
	return Safe(method) || method == "PUT" || method == "DELETE"
}

func checkMethod(method string) error {
	upper := strings.ToUpper(method)
	standard := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
	switch {
	case !isToken(method):
		return fmt.Errorf("method %q: a method has letters, digits and hyphens only; write one such as GET or POST",
			method)
	case upper == "CONNECT":
		return fmt.Errorf("method %q: it opens a tunnel, which cannot be measured as a request; choose another", method)
	case method != upper && slices.Contains(standard, upper):
		return fmt.Errorf("method %q: servers distinguish upper and lower case; write %s", method, upper)
	}
	return nil
}
