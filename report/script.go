package report

import (
	_ "embed"
	"html/template"
)

// The script and the style of its charts are built from web/src by make web.

//go:embed web/dist/page.js
var scriptJS string

//go:embed web/dist/uplot.css
var chartsCSS string

// script is that of the page.
func script() template.JS { return template.JS(scriptJS) }

// style is all of the page's.
func style() string { return styleCSS + chartsCSS }
