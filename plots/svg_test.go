package plots

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"

	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// svgText is a text in a picture, with its baseline's left end in points from
// the bottom left; above it y is negative.
type svgText struct {
	content    string
	x, y, size float64
	bold       bool
	rotated    bool
}

// textsOf reads the texts of an SVG document and fails if it is not XML.
func textsOf(t *testing.T, svg string) []svgText {
	t.Helper()
	var out []svgText
	var groups []string // transforms of the open groups
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("the picture is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			if e.Name.Local == "g" {
				groups = append(groups, attr["transform"])
			}
			if e.Name.Local == "text" {
				out = append(out, readText(attr, groups))
			}
		case xml.EndElement:
			if e.Name.Local == "g" {
				groups = groups[:len(groups)-1]
			}
		case xml.CharData:
			if n := len(out); n > 0 && out[n-1].content == "" {
				out[n-1].content = string(e)
			}
		}
	}
}

func readText(attr map[string]string, groups []string) svgText {
	number := func(s string) float64 {
		v, _ := strconv.ParseFloat(strings.TrimSuffix(s, "px"), 64)
		return v
	}
	return svgText{
		x: number(attr["x"]), y: number(attr["y"]), size: number(attr["font-size"]),
		bold:    attr["font-weight"] == "bold",
		rotated: strings.Contains(strings.Join(groups, " "), "rotate"),
	}
}

func (s svgText) right() float64 {
	return s.x + float64(style(vg.Length(s.size), s.bold).Width(s.content))
}

// meets reports whether the letters of s and o lie on each other.
func (s svgText) meets(o svgText) bool {
	apart := s.right() <= o.x || o.right() <= s.x
	return !apart && s.y-0.72*s.size < o.y && o.y-0.72*o.size < s.y
}

func TestTextsOfThePictures(t *testing.T) {
	run := sweep()[0]
	knee := "knee " + figure.Seconds(*run.Exhaustion.Knee.AfterSeconds)
	tests := []struct {
		picture string
		want    []string
	}{
		{"connections-per-second", []string{
			"Connections per second", "linger=off ip_local_port_range=32768-60999 tcp_tw_reuse=0",
			kneeMark.means(), failureMark.means(),
			"measured", "lasts for a while only above 470/s, predicted", "lasts for ever up to 432/s, predicted",
			"0", "5", "10", "15", "20",
			"200", "500", "1k", "2k", "5k", "10k", "20k",
			"time (s)", "connections per second (1/s)",
			knee, "ports exhausted 21.7 s",
		}},
		{"latency", []string{
			"Latency by percentile", "linger=off ip_local_port_range=32768-60999 tcp_tw_reuse=0",
			"connect", "first byte", "whole answer", "close",
			"0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %",
			"10 us", "100 us", "1 ms", "10 ms", "100 ms",
			"percentile", "latency",
		}},
		{"connect-cost", []string{
			"Cost of finding a port", "linger=off ip_local_port_range=32768-60999 tcp_tw_reuse=0",
			kneeMark.means(),
			"inside connect(2)", "until established",
			"0 %", "20 %", "40 %", "60 %", "80 %", "100 %",
			"20 us", "50 us", "100 us", "200 us", "500 us", "1 ms", "2 ms", "5 ms",
			"local ports in use (% of 28232)", "mean time",
			"knee 50 %",
		}},
		{"ports", []string{
			"Local ports in use", "linger=off ip_local_port_range=32768-60999 tcp_tw_reuse=0",
			kneeMark.means(), failureMark.means(), halfMark.means(),
			"in use towards the target", "TIME_WAIT", "available: 28232", "half: 14116",
			"0", "5", "10", "15", "20",
			"0", "10k", "20k", "30k",
			"time (s)", "local ports (number)",
			knee, "ports exhausted 21.7 s",
		}},
	}
	pics := forRun(t, run)
	for _, tt := range tests {
		t.Run(tt.picture, func(t *testing.T) {
			var got []string
			for _, s := range textsOf(t, svgOf(t, find(t, pics, tt.picture))) {
				got = append(got, s.content)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextsNeitherOverlapNorLeaveThePicture(t *testing.T) {
	pics := forSweep(t, sweep())
	for _, r := range sweep() {
		pics = append(pics, forRun(t, r)...)
	}
	var real []*results.Run
	for _, name := range resultstest.Names() {
		r := resultstest.Real(t, name)
		r.Cell = map[string]string{"kind": name}
		real = append(real, r)
		pics = append(pics, forRun(t, r)...)
	}
	pics = append(pics, forSweep(t, real)...)
	pics = append(pics, forSweep(t, real[:2])...)
	long := *sweep()[0]
	long.Cell = map[string]string{"target": strings.Repeat("a name without end ", 30), "http": strings.Repeat("x", 300)}
	pics = append(pics, forRun(t, &long)...)
	pics = append(pics, forSweep(t, []*results.Run{&long, sweep()[1]})...)
	looks := []Look{{}, {Width: Narrowest, Height: 1}, {Width: 400, Theme: "dark"}, {Width: Widest, Height: 600}}
	for _, look := range looks {
		for _, p := range pics {
			checkTexts(t, p, look)
		}
	}
}

// checkTexts checks that every text of p is whole and none lies on another.
func checkTexts(t *testing.T, p Picture, l Look) {
	t.Helper()
	p = p.In(l)
	width, height := float64(l.width()), float64(l.height(p.drawing))
	texts := textsOf(t, svgOf(t, p))
	for i, a := range texts {
		if a.rotated {
			continue
		}
		if a.x < 0 || a.right() > width {
			t.Errorf("%s, %+v: %q is cut off at the side", p.Name, l, a.content)
		}
		if top := height + a.y; top < a.size || a.y > 0 {
			t.Errorf("%s, %+v: %q is cut off above or below", p.Name, l, a.content)
		}
		for _, b := range texts[:i] {
			if !b.rotated && a.meets(b) {
				t.Errorf("%s, %+v: %q lies on %q", p.Name, l, a.content, b.content)
			}
		}
	}
}

func TestSVGFitsIntoAPage(t *testing.T) {
	r := *sweep()[4]
	r.Cell = map[string]string{"linger": `<script>"&'`}
	svg := svgOf(t, forRun(t, &r)[0])
	begin := `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450" viewBox="0 0 600 337.5"`
	if !strings.HasPrefix(svg, begin) {
		t.Errorf("the picture begins %.120q, want svg with its size and viewBox", svg)
	}
	if got := textsOf(t, svg)[1].content; got != `linger=<script>"&'` {
		t.Errorf("the cell's name reads %q", got)
	}
	for _, forbidden := range []string{"<?xml", "style=", "<script", "xlink", "Liberation Serif", "href"} {
		if strings.Contains(svg, forbidden) {
			t.Errorf("the picture contains %q", forbidden)
		}
	}
	if !strings.Contains(svg, "sans-serif") {
		t.Error("the picture names no generic font")
	}
}
