package report

import (
	"html/template"
	"strings"

	"tcpbench/plots"
)

// picture is a chart with its caption.
type picture struct {
	// SVG was made by package plots, which escapes the texts in it.
	SVG template.HTML

	// Narrow is the same for a narrow window; "" where people look at the charts there.
	Narrow template.HTML

	Title, Caption string
}

func draw(pics []plots.Picture) ([]picture, error) {
	var out []picture
	for _, p := range pics {
		drawn, err := svg(p)
		if err != nil {
			return nil, err
		}
		out = append(out, picture{SVG: drawn, Title: p.Title, Caption: p.Caption})
	}
	return out, nil
}

func svg(p plots.Picture) (template.HTML, error) {
	var b strings.Builder
	err := p.Write(&b, "svg")
	return template.HTML(b.String()), err
}
