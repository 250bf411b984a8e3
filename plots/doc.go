// Package plots draws results: one set of pictures for a run, another that
// compares the cells of a sweep, as PNG, SVG and PDF.
//
// A picture shows only what was measured; one that would have nothing to show
// is left out. Every axis names its unit, the one legend stands below the
// data, and lines differ in dashes as well as in colour.
package plots
