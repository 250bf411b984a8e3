// Package resultstest checks result files against their published schema. It
// is for tests.
package resultstest

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"tcpbench/results"
)

// Validate fails the test unless data is a result file by the published
// schema, with no field that the schema does not name.
func Validate(t testing.TB, data []byte) {
	t.Helper()
	if err := Check(data); err != nil {
		t.Errorf("Validate(%d bytes) = %v, want a result by schema.json", len(data), err)
	}
}

// Check reports how data differs from the published schema. It is stricter
// than the schema: a field that is not in it is an error.
func Check(data []byte) error {
	var s jsonschema.Schema
	if err := json.Unmarshal(results.SchemaJSON(), &s); err != nil {
		return fmt.Errorf("parse schema: %w", err)
	}
	closeObjects(&s)
	resolved, err := s.Resolve(nil)
	if err != nil {
		return fmt.Errorf("resolve schema: %w", err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("parse result: %w", err)
	}
	return resolved.Validate(v)
}

// closeObjects forbids the fields that an object of s does not name.
func closeObjects(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if len(s.Properties) > 0 {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
	for _, p := range s.Properties {
		closeObjects(p)
	}
	closeObjects(s.Items)
}
