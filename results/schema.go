package results

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schema []byte

// SchemaJSON returns the published JSON schema (draft 2020-12) of a result
// file. It allows fields that it does not name: a later tool may add some
// within the same version.
func SchemaJSON() []byte { return bytes.Clone(schema) }
