package compare

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"tcpbench/internal/prose"
)

// WriteJSON writes a comparison as indented JSON.
func WriteJSON(w io.Writer, c *Comparison) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	if _, err := w.Write(prose.EscapeJSON(b.Bytes())); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// WriteCSV writes a line for every metric of every cell, with a header. What
// was not measured is an empty field.
func WriteCSV(w io.Writer, c *Comparison) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{
		"cell", "metric", "unit",
		"base", "base_lo", "base_hi", "base_repeats",
		"new", "new_lo", "new_hi", "new_repeats",
		"change_percent", "p", "verdict",
	}) // Error tells
	for _, cell := range c.Cells {
		for _, r := range cell.Rows {
			fields := append([]string{prose.Inert(cell.Name), r.Metric, r.Unit}, r.Base.fields()...)
			fields = append(fields, r.New.fields()...)
			_ = out.Write(append(fields, number(r.ChangePercent), number(r.P), string(r.Verdict)))
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// fields are the figure, its interval and the number of repeats.
func (s *Sample) fields() []string {
	if s == nil {
		return []string{"", "", "", "0"}
	}
	figure := s.Figure()
	return []string{number(&figure), number(s.Lo), number(s.Hi), strconv.Itoa(s.N())}
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}
