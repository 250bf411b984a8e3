package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Headers are header fields of every request, "Name: value", in their order.
type Headers []string

// headerSetting makes the repeatable setting 'Name: value'. Its text form is
// the JSON list that a result file holds.
func headerSetting(name, short, usage string, field *Headers) Setting {
	return Setting{
		Name:  name,
		Short: short,
		Usage: usage,
		get:   field.String,
		set: func(text string) error {
			if strings.HasPrefix(text, "[") {
				return field.parseList(text)
			}
			return field.add(text)
		},
		none: "[]",
	}
}

func (h *Headers) parseList(text string) error {
	var fields []string
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return err
	}
	for _, f := range fields {
		if err := h.add(f); err != nil {
			return err
		}
	}
	return nil
}

// add appends a field to a copy, since workloads are copied.
func (h *Headers) add(field string) error {
	name, value, ok := strings.Cut(field, ":")
	if !ok || strings.TrimSpace(name) == "" {
		return fmt.Errorf("%q is not 'Name: value'", field)
	}
	if err := keepable(field); err != nil {
		return err
	}
	*h = append(slices.Clone(*h), strings.TrimSpace(name)+": "+strings.TrimSpace(value))
	return nil
}

// String returns the fields as a JSON list, or nothing when there are none.
func (h *Headers) String() string {
	if len(*h) == 0 {
		return ""
	}
	b, _ := json.Marshal([]string(*h)) // strings always marshal
	return string(b)
}
