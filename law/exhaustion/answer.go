package exhaustion

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// onlyBad reports whether every answer was an error.
func (f Facts) onlyBad() bool { return f.BadAnswers > 0 && f.BadAnswers >= f.Requests }

// onlyErrors comes before all else where every answer was an error.
func onlyErrors(f Facts) string {
	if !f.onlyBad() {
		return ""
	}
	all := "the only answer was an error"
	if f.Requests > 1 {
		all = fmt.Sprintf("all %d answers were errors", f.Requests)
	}
	return fmt.Sprintf("Failed: %s, HTTP status %s. ", all, statuses(f.Status))
}

// statuses are the codes that are errors, with how often each came where there
// are several.
func statuses(n map[string]int64) string {
	bad := maps.Clone(n)
	maps.DeleteFunc(bad, func(code string, _ int64) bool { return code < "400" }) // three digits each
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(bad)) {
		if len(bad) == 1 {
			return code
		}
		parts = append(parts, fmt.Sprintf("%s %d times", code, bad[code]))
	}
	if parts == nil {
		return "400 or above"
	}
	return strings.Join(parts, ", ")
}

// badAnswers names answers that were errors, where not all were: see onlyErrors.
func badAnswers(f Facts) string {
	switch {
	case f.BadAnswers == 0, f.onlyBad():
		return ""
	case f.BadAnswers == 1:
		return fmt.Sprintf("; 1 of %d answers was an error, HTTP status %s", f.Requests, statuses(f.Status))
	default:
		return fmt.Sprintf("; %d of %d answers were errors, HTTP status %s", f.BadAnswers, f.Requests,
			statuses(f.Status))
	}
}
