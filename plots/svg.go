package plots

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"

	"gonum.org/v1/plot/vg/vgsvg"
)

// svgCanvas writes SVG that can stand in an HTML page: without the XML
// prolog, in a size that scales, and without style attributes, which a strict
// Content-Security-Policy forbids.
type svgCanvas struct{ *vgsvg.Canvas }

// fonts are the metrics that the layout was made with, and names of others of
// the same widths; "Liberation Sans" itself is not embedded.
const fonts = "Liberation Sans, Arimo, Arial, Helvetica, sans-serif"

func (c svgCanvas) WriteTo(w io.Writer) (int64, error) {
	var raw bytes.Buffer
	if _, err := c.Canvas.WriteTo(&raw); err != nil {
		return 0, err
	}
	n, err := w.Write(c.inline(raw.Bytes()))
	return int64(n), err
}

// inline turns what vgsvg wrote into a fragment of HTML.
func (c svgCanvas) inline(raw []byte) []byte {
	_, body, _ := bytes.Cut(raw, []byte("<g ")) // the prolog ends where the drawing begins
	w, h := c.Size()
	var b bytes.Buffer
	const pixels = 96.0 / 72
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" `+
		`viewBox="0 0 %.5g %.5g" font-family="%s">`+"\n",
		w.Points()*pixels, h.Points()*pixels, w.Points(), h.Points(), fonts)
	b.WriteString("<g ")
	// In the text between tags a quotation mark is escaped, so that only
	// attributes match.
	b.Write(styleAttribute().ReplaceAllFunc(body, presentation))
	return b.Bytes()
}

func styleAttribute() *regexp.Regexp { return regexp.MustCompile(`\s*style="([^"]*)"`) }

// presentation turns style="a:b;c:d" into a="b" c="d": every property that
// vgsvg sets is a presentation attribute of SVG as well.
func presentation(attribute []byte) []byte {
	_, list, _ := strings.Cut(string(attribute), `"`)
	var b strings.Builder
	for property := range strings.SplitSeq(strings.TrimSuffix(list, `"`), ";") {
		name, value, _ := strings.Cut(property, ":")
		if name == "font-family" || name == "font-variant" || value == "normal" {
			continue // stands on the whole picture, or is the default
		}
		fmt.Fprintf(&b, ` %s="%s"`, name, html.EscapeString(value))
	}
	return []byte(b.String())
}
