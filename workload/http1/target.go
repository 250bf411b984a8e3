package http1

import "fmt"

// checkTarget refuses what would end the request line early, or what a server
// would not take for a path.
func checkTarget(method, target string) error {
	switch {
	case target == "*" && method == "OPTIONS":
		return nil
	case target[0] != '/':
		return fmt.Errorf("target %q: it must begin with /; write %q", target, "/"+target)
	}
	for i := range len(target) {
		switch c := target[i]; {
		case c == '#':
			return fmt.Errorf("target %q: what follows # is not sent to a server; leave it out, or write %%23", target)
		case c == '%' && !isEscape(target[i:]):
			return fmt.Errorf("target %q: %% must have two hexadecimal digits behind it; write %%25 for %% itself",
				target)
		case c <= ' ' || c >= 0x7f:
			return fmt.Errorf("target %q: byte %#02x cannot be in it; write %%%02X", target, c, c)
		}
	}
	return nil
}

// isEscape reports whether s begins with % and two hexadecimal digits.
func isEscape(s string) bool {
	if len(s) < len("%20") {
		return false
	}
	_, high := unhex(s[1])
	_, low := unhex(s[2])
	return high && low
}
