// Package view is what people read of runs: tables of their figures, and
// sentences over several. A page shows the tables as HTML; a terminal has them
// as text, of a run in [WriteText], of several in [WriteTable].
package view
