// Package suggest finds the name that a user most likely meant.
package suggest

import (
	"fmt"
	"strings"
)

// Nearest returns the candidate with the smallest edit distance to name, if
// it is near enough to be a misspelling: at most a third of its letters, not
// all of them, and never more than three.
func Nearest(name string, candidates []string) (string, bool) {
	best, bestDistance := "", 4
	for _, c := range candidates {
		d := distance(name, c)
		if d < bestDistance && d <= (len(c)+2)/3 && d < len(c) {
			best, bestDistance = c, d
		}
	}
	return best, best != ""
}

// DidYouMean is a clause to end an error message with, empty when no
// candidate is near.
func DidYouMean(name string, candidates []string) string {
	near, ok := Nearest(name, candidates)
	if !ok {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// NotOneOf refuses a name, with those that there are and the nearest of them.
func NotOneOf(name string, names []string) error {
	return fmt.Errorf("%q is not one of %s%s", name, strings.Join(names, ", "), DidYouMean(name, names))
}

// OrOneOf is a clause that suggests the nearest candidate, else lists them all.
func OrOneOf(name string, candidates []string) string {
	if hint := DidYouMean(name, candidates); hint != "" {
		return hint
	}
	return "; known here: " + strings.Join(candidates, ", ")
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
