package prose

import "strings"

// Inert is a text that a spreadsheet takes for no formula (OWASP, CSV injection).
func Inert(s string) string {
	if strings.ContainsAny(s[:min(len(s), 1)], "=+-@\t\r") {
		return "'" + s
	}
	return s
}
