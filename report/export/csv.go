package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tcpbench/internal/prose"
	"tcpbench/metrics"
)

// labels are the columns that say which run a line is of.
func labels() []metrics.Column {
	return []metrics.Column{
		{Name: "result", Help: "the RESULT that was named"},
		{Name: "run", Help: "which of its runs, from 1"},
		{Name: "cell", Help: "the settings of its cell; empty without a matrix"},
		{Name: "repeat", Help: "which repeat of the cell; empty without repeats"},
	}
}

// CSVColumns are those of WriteCSV, in their order.
func CSVColumns() []metrics.Column { return append(labels(), metrics.Columns()...) }

// WriteCSV writes a line for every interval of the runs, below a line of names. What was
// not measured is an empty field.
func WriteCSV(w io.Writer, runs []Named) error {
	out := csv.NewWriter(w)
	var header []string
	for _, c := range CSVColumns() {
		header = append(header, c.Name)
	}
	_ = out.Write(header) // Error tells
	columns := metrics.Columns()
	for _, n := range runs {
		first := []string{prose.Inert(n.Result), strconv.Itoa(n.N), prose.Inert(n.Run.CellLabel()),
			repeat(n.Run.Repeat)}
		for _, iv := range n.Run.Intervals {
			fields := append([]string{}, first...)
			for _, c := range columns {
				fields = append(fields, field(c, iv))
			}
			_ = out.Write(fields)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func repeat(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// field is a figure; of kinds those with their counts, the most frequent first.
func field(c metrics.Column, iv metrics.Interval) string {
	if c.Kinds != nil {
		kinds := c.Kinds(iv)
		names := metrics.MostFirst(kinds)
		for i, name := range names {
			names[i] = fmt.Sprintf("%s %d", name, kinds[name])
		}
		return prose.Inert(strings.Join(names, "; "))
	}
	v := c.Of(iv)
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}
