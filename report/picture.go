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

	Title, Caption string
}

func draw(pics []plots.Picture) ([]picture, error) {
	var out []picture
	for _, p := range pics {
		var b strings.Builder
		if err := p.Write(&b, "svg"); err != nil {
			return nil, err
		}
		out = append(out, picture{SVG: template.HTML(b.String()), Title: p.Title, Caption: p.Caption})
	}
	return out, nil
}
