// Package schemas has the JSON schemas (draft 2020-12) of what people write for this
// program and of what it prints for others. Tests of cmd/tcpbench make them from the
// types, their comments and the table of options (`make golden`).
package schemas

import (
	"bytes"
	_ "embed"

	"tcpbench/results"
)

//go:embed scenario.json
var scenarioJSON []byte

//go:embed policy.json
var policyJSON []byte

//go:embed plan.json
var planJSON []byte

//go:embed compare.json
var compareJSON []byte

// Schema is one of them, by its name.
type Schema struct {
	Name string
	// About says what it is of.
	About string
	JSON  []byte
}

// All are all, in the order in which people meet them.
func All() []Schema {
	return []Schema{
		{"result", "a run's result file", results.SchemaJSON()},
		{"scenario", "what sweep reads", bytes.Clone(scenarioJSON)},
		{"policy", "what gate judges by", bytes.Clone(policyJSON)},
		{"plan", "what plan --format json prints", bytes.Clone(planJSON)},
		{"compare", "what compare --format json prints", bytes.Clone(compareJSON)},
	}
}
