// Package results keeps what a run measured: the result file, its published
// schema (schema.json), the journal that survives a killed run, and the
// directory of a sweep.
//
// A result file is the seam of the tool: running needs Linux, reading it
// does not. A field that was not measured is absent, never 0. Files are
// written whole or not at all.
package results
