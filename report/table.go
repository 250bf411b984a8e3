package report

import (
	"maps"
	"slices"
)

// table is rows of data; the first datum of a row is its heading.
type table struct {
	Caption string
	Head    []column
	// Note explains the table, below it; it may be empty.
	Note string
	Rows [][]datum
}

type column struct {
	Name string
	// Number: right-aligned.
	Number bool
}

type datum struct {
	Text string
	// Link is the id of an element of the page, or empty.
	Link string
	// Class is how the datum looks, or empty.
	Class string
}

// add appends a row of texts.
func (t *table) add(texts ...string) {
	row := make([]datum, len(texts))
	for i, s := range texts {
		row[i].Text = s
	}
	t.Rows = append(t.Rows, row)
}

// addIf appends a name and its value, unless that is empty.
func (t *table) addIf(name, value string) {
	if value != "" {
		t.add(name, value)
	}
}

// counts is a table of named numbers in the order of the names; empty when
// there are none.
func counts(caption, name string, values map[string]int64) table {
	t := table{Caption: caption, Head: []column{{Name: name}, {"count", true}}}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		t.add(k, number(values[k]))
	}
	return t
}
