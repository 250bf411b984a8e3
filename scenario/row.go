package scenario

import (
	"strings"

	"tcpbench/internal/suggest"
)

// row is one of a table: a name that people write, and what the help adds to it.
type row interface{ row() (name, help string) }

// Words are the names of a table's rows, in their order.
func Words[R row](rows []R) []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i], _ = r.row()
	}
	return names
}

// Usage is a help text: what the words are about, the words in back quotes, and
// what is to be said of each.
func Usage[R row](about string, rows []R) string {
	text := about + ": `" + strings.Join(Words(rows), "|") + "`"
	for _, r := range rows {
		if name, help := r.row(); help != "" {
			text += "; " + name + ": " + help
		}
	}
	return text
}

// find returns the row of a name; a name without one is an error.
func find[R row](rows []R, name string) (R, error) {
	for _, r := range rows {
		if n, _ := r.row(); n == name {
			return r, nil
		}
	}
	var none R
	return none, suggest.NotOneOf(name, Words(rows))
}

// choice builds a Setting that takes the name of a row.
func choice[W ~string, R row](name, about string, field *W, rows []R) Setting {
	words := make([]W, len(rows))
	for i, w := range Words(rows) {
		words[i] = W(w)
	}
	return word(name, "", Usage(about, rows), field, words...)
}
