package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/judge/compare"
	"tcpbench/report/browsertest"
	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// written is a page in a file.
func writtenPage(t *testing.T, name string, in Input) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(path, []byte(write(t, in)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func runInput(name string, runs ...*results.Run) Input { return Input{Title: name, Runs: runs} }

// repeatsOf are n repeats of a run, each a little faster than the one before, all of them
// as many times as fast as r as faster says.
func repeatsOf(r *results.Run, n int, faster float64) []*results.Run {
	var out []*results.Run
	for i := range n {
		one, by := *r, faster*(1+0.01*float64(i))
		one.Repeat, one.StartedAt = i+1, r.StartedAt.Add(time.Duration(faster*1e9)+time.Duration(i)*time.Minute)
		one.Rates.ConnectionsPerSecond *= by
		one.Latency = resultstest.Faster(r.Latency, by)
		one.Intervals = slices.Clone(r.Intervals)
		for k := range one.Intervals {
			one.Intervals[k].ConnectionsPerSecond *= by
		}
		out = append(out, &one)
	}
	return out
}

// comparison is two sides of six repeats each, in which connections/s rose by half.
func comparison(t *testing.T) Input {
	t.Helper()
	base, candidate := compare.Side{Name: "before"}, compare.Side{Name: "after"}
	base.Runs, candidate.Runs = repeatsOf(sweep()[4], 6, 1), repeatsOf(sweep()[4], 6, 1.5)
	c, err := compare.Compare(base, candidate, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Title: "before and after"}
	for _, s := range []compare.Side{base, candidate} {
		for _, r := range s.Runs {
			r.Cell = map[string]string{SideLabel: s.Name}
			in.Runs = append(in.Runs, r)
		}
	}
	in.Before = &Before{Base: base.Runs, New: candidate.Runs, Comparison: c}
	return in
}

// pages are one of each kind.
func pages(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"sides":    writtenPage(t, "sides", comparison(t)),
		"repeats":  writtenPage(t, "repeats", runInput("repeats", repeatsOf(sweep()[0], 5, 1)...)),
		"run":      writtenPage(t, "run", runInput("a run with a knee", sweep()[0])),
		"sweep":    writtenPage(t, "sweep", Input{Title: "exhaustion", Runs: sweep(), Scenario: "name: exhaustion\n"}),
		"requests": writtenPage(t, "requests", runInput("requests", resultstest.Real(t, "planned"))),
		"fleet":    writtenPage(t, "fleet", runInput("a fleet", resultstest.Real(t, "fleet"))),
		"held":     writtenPage(t, "held", runInput("held", resultstest.Real(t, "idle"))),
		"hostile":  writtenPage(t, "hostile", Input{Title: evil, Runs: []*results.Run{hostile(evil), sweep()[1]}}),
		"claim": writtenPage(t, "claim", Input{Title: "claim", Runs: sweep(), Claim: &results.Claim{Text: "it rains",
			Answer: "depends", Because: "of the season", Table: results.ClaimTable{
				Columns: []results.ClaimColumn{{Name: "rain", Unit: "mm"}},
				Rows: []results.ClaimRow{{Case: "in April", Values: []results.ClaimValue{{Number: new(70.0)}}},
					{Case: "in June", Values: []results.ClaimValue{{Number: new(5.0)}}}}}}}),
		"no points": writtenPage(t, "none", runInput("no intervals", &results.Run{})),
	}
}

// paintedJS is how many pixels of a canvas are painted. It reads a copy: the browser warns
// of a canvas that is read often.
const paintedJS = `((c) => {
	const ctx = new OffscreenCanvas(c.width, c.height).getContext('2d', {willReadFrequently: true});
	ctx.drawImage(c, 0, 0);
	const d = ctx.getImageData(0, 0, c.width, c.height).data;
	let n = 0;
	for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++;
	return n;
})`

// chartsJS are the charts of a page by their ids, with how many of their pixels are painted.
const chartsJS = `Object.fromEntries([...document.querySelectorAll('.chart')].map((f) =>
	[f.dataset.chart, ` + paintedJS + `(f.querySelector('canvas'))]))`

// frame waits until what changed is painted.
const frame = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`

func TestThePageInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	files := pages(t)
	t.Run("every chart is drawn, nothing is loaded and the console is silent", func(t *testing.T) {
		chartsAreDrawn(t, b, files)
	})
	p := b.Open(t, files["run"], browsertest.Look{Width: 1280, Height: 900})
	t.Run("a move over one chart shows the values in all", func(t *testing.T) { hoverShowsValues(t, p) })
	t.Run("a drag zooms all charts, and a double click shows all again", func(t *testing.T) { dragZooms(t, p) })
	t.Run("the arrow keys step through the points", func(t *testing.T) { keysStep(t, p) })
	t.Run("a button of the legend switches its line", func(t *testing.T) { legendSwitches(t, p) })
	t.Run("a mark explains itself", func(t *testing.T) { markExplains(t, p) })
	t.Run("a mark explains itself on every chart over time", func(t *testing.T) { arrowsExplain(t, p) })
	if said := p.Problems(); len(said) > 0 {
		t.Errorf("the console says %s", said)
	}
	t.Run("the values are there as a table too", func(t *testing.T) { valuesAreATable(t, p) })
	sweepPage := b.Open(t, files["sweep"], browsertest.Look{Width: 1280, Height: 900})
	t.Run("the matrix is a heat table that sorts", func(t *testing.T) { heatSorts(t, sweepPage) })
	t.Run("no more than five cells are laid over each other", func(t *testing.T) { overlaysFive(t, sweepPage) })
	t.Run("a cell is drawn when it is opened, and its command copied", func(t *testing.T) { opensCell(t, sweepPage) })
	t.Run("repeats are faint, and their median is bold", func(t *testing.T) {
		repeatsHaveAMedian(t, b.Open(t, files["repeats"], browsertest.Look{Width: 1280, Height: 900}))
	})
	t.Run("of repeats the first is printed", func(t *testing.T) { printedRepeats(t, b, files["repeats"]) })
	t.Run("a claim's picture is whole", func(t *testing.T) { claimIsWhole(t, b, files["claim"]) })
	t.Run("no page is wider than its window", func(t *testing.T) { fits(t, b, files) })
	t.Run("text and lines have the contrast of WCAG AA", func(t *testing.T) { contrasts(t, b, files) })
	t.Run("a run of a million intervals opens at once", func(t *testing.T) {
		millionOpensAtOnce(t, b, files["run"])
	})
	t.Run("without a script the same is there as pictures and tables", func(t *testing.T) {
		worksWithoutScript(t, b, files["sweep"])
	})
}

func chartsAreDrawn(t *testing.T, b *browsertest.Browser, files map[string]string) {
	wants := map[string][]string{
		"run":       {"rate", "latency", "ports", "time-wait", "errors", "latency-percentiles", "cost"},
		"sweep":     {"overlay-rate", "overlay-latency", "overlay-cost"},
		"requests":  {"rate", "latency", "latency-percentiles"},
		"held":      {"held"},
		"sides":     {"overlay-rate", "overlay-latency", "overlay-cost"},
		"hostile":   {"overlay-rate", "overlay-latency", "overlay-cost"},
		"no points": {},
	}
	for name, want := range wants {
		p := b.Open(t, files[name], browsertest.Look{Width: 1280, Height: 900})
		var painted map[string]int
		p.Eval(t, frame, nil)
		p.Eval(t, chartsJS, &painted)
		for _, id := range want {
			if painted[id] < 1000 {
				t.Errorf("%s: %d pixels of chart %s are painted, want 1000 at least (of %v)", name, painted[id], id,
					painted)
			}
		}
		if name == "no points" && len(painted) > 0 {
			t.Errorf("a run without intervals has charts: %v", painted)
		}
		if said := p.Problems(); len(said) > 0 {
			t.Errorf("%s: the console says %s", name, said)
		}
		if asked := p.Requests(); len(asked) > 0 {
			t.Errorf("%s: the page asks for %s", name, asked)
		}
	}
}

// shownValues are the values beside the lines that are no levels, by chart.
const shownValues = `[...document.querySelectorAll('.charts .chart')].map((f) =>
	[...f.querySelectorAll('.legend button')].filter((b) => !b.querySelector('.level'))
		.map((b) => b.querySelector('.value').textContent).join('|'))`

func hoverShowsValues(t *testing.T, p *browsertest.Page) {
	p.Mouse(t, "mouseMoved", p.Within(t, `[data-chart="ports"] .u-over`, 0.5, 0.5), 0)
	p.Eval(t, frame, nil)
	var values []string
	p.Eval(t, shownValues, &values)
	for i, v := range values {
		if strings.Trim(v, "|") == "" {
			t.Errorf("chart %d shows no value while the pointer is over another: %q", i, values)
		}
	}
	var said string
	p.Eval(t, `document.querySelector('.values').textContent`, &said)
	if !strings.HasPrefix(said, "at ") || !strings.Contains(said, "connections ") ||
		!strings.Contains(said, "in use ") {
		t.Errorf("the line of values is %q, want the time and the values of several charts", said)
	}
}

// ranges are what every chart over time shows, from and to.
const ranges = `[...document.querySelectorAll('.charts .chart')]
	.map((f) => [Number(f.dataset.from), Number(f.dataset.to)])`

func dragZooms(t *testing.T, p *browsertest.Page) {
	var before, zoomed, after [][]float64
	p.Eval(t, ranges, &before)
	const reset = `document.querySelector('.reset').checkVisibility()`
	var offered, offeredZoomed bool
	p.Eval(t, reset, &offered)
	const plot = `[data-chart="latency"] .u-over`
	from, to := p.Within(t, plot, 0.2, 0.5), p.Within(t, plot, 0.6, 0.5)
	p.Mouse(t, "mouseMoved", from, 0)
	p.Mouse(t, "mousePressed", from, 1)
	p.Mouse(t, "mouseMoved", to, 1)
	p.Mouse(t, "mouseReleased", to, 1)
	p.Eval(t, frame, nil)
	p.Eval(t, ranges, &zoomed)
	p.Eval(t, reset, &offeredZoomed)
	if offered || !offeredZoomed {
		t.Errorf("all is offered to be shown: %t before a zoom and %t after, want only after", offered, offeredZoomed)
	}
	whole := before[0][1] - before[0][0]
	for i, r := range zoomed {
		if share := (r[1] - r[0]) / whole; share < 0.35 || share > 0.45 {
			t.Errorf("chart %d shows %.2f of the run after a drag over 0.4 of it: %v", i, share, zoomed)
		}
	}
	for clicks := 1; clicks <= 2; clicks++ {
		p.Mouse(t, "mousePressed", to, clicks)
		p.Mouse(t, "mouseReleased", to, clicks)
	}
	p.Eval(t, frame, nil)
	p.Eval(t, ranges, &after)
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("after a double click the charts show %v, want %v", after, before)
	}
}

func keysStep(t *testing.T, p *browsertest.Page) {
	p.Eval(t, `document.querySelector('.stepper input').focus()`, nil)
	said := map[string]bool{}
	for _, key := range []struct {
		name string
		code int
	}{{"Home", 36}, {"ArrowRight", 39}, {"ArrowRight", 39}, {"End", 35}} {
		p.Key(t, key.name, key.code)
		var text, values string
		p.Eval(t, `document.querySelector('.stepper input').getAttribute('aria-valuetext')`, &text)
		p.Eval(t, `document.querySelector('.values').textContent`, &values)
		if said[text] || !strings.Contains(text, "in use ") {
			t.Errorf("after %s the slider says %q, want the values of another point", key.name, text)
		}
		if values != text {
			t.Errorf("after %s people see %q and hear %q", key.name, values, text)
		}
		said[text] = true
	}
}

func legendSwitches(t *testing.T, p *browsertest.Page) {
	const painted = paintedJS + `(document.querySelector('[data-chart="time-wait"] canvas'))`
	count := func() (n int) {
		p.Eval(t, frame, nil)
		p.Eval(t, painted, &n)
		return n
	}
	const click = `document.querySelector('[data-chart="time-wait"] .legend button').click()`
	before := count()
	p.Eval(t, click, nil)
	without := count()
	p.Eval(t, click, nil)
	if again := count(); without >= before || again != before {
		t.Errorf("with its line, without it and with it again a chart has %d, %d and %d pixels", before, without, again)
	}
}

func markExplains(t *testing.T, p *browsertest.Page) {
	p.Mouse(t, "mouseMoved", p.Within(t, ".flag.knee", 0.5, 0.5), 0)
	p.Eval(t, frame, nil)
	var tip string
	p.Eval(t, `(() => { const e = document.querySelector('.flag.knee .tip');
		return getComputedStyle(e).display === 'block' ? e.textContent : ''; })()`, &tip)
	if !strings.Contains(tip, "of the ports are in use") || !strings.Contains(tip, "connect(2) went from") {
		t.Errorf("over the knee's label the page explains %q", tip)
	}
}

func arrowsExplain(t *testing.T, p *browsertest.Page) {
	var charts []string
	p.Eval(t, `[...document.querySelectorAll('.charts .chart')].map((f) => f.dataset.chart)`, &charts)
	for _, id := range charts[1:] { // the first one has labels
		p.Mouse(t, "mouseMoved", p.Within(t, `[data-chart="`+id+`"] .flag.knee`, 0.5, 0.4), 0)
		p.Eval(t, frame, nil)
		var tip string
		p.Eval(t, `[...document.querySelectorAll('.tip')].filter((e) => e.checkVisibility())
			.map((e) => e.textContent).join('|')`, &tip)
		if !strings.HasPrefix(tip, "knee ") || !strings.Contains(tip, "of the ports are in use") {
			t.Errorf("over the knee of chart %s the page explains %q", id, tip)
		}
	}
	if len(charts) < 4 {
		t.Errorf("the charts over time are %q, want 4 at least", charts)
	}
}

func valuesAreATable(t *testing.T, p *browsertest.Page) {
	p.Eval(t, `document.querySelector('.values-table').open = true`, nil)
	p.Eval(t, frame, nil)
	var table struct{ Head, Last []string }
	p.Eval(t, `(() => { const t = document.querySelector('.values-table table');
		const texts = (row) => [...row.cells].map((c) => c.textContent);
		return {head: texts(t.tHead.rows[0]), last: texts(t.tBodies[0].lastChild)}; })()`, &table)
	last := sweep()[0].Intervals[len(sweep()[0].Intervals)-1]
	want := map[string]string{"time": figure.Seconds(last.TS), "Local ports in use: in use": "28232",
		"Time to connect: connect p50":        figure.Micros(*last.ConnectP50US),
		"Connections per second: connections": figure.Number(last.ConnectionsPerSecond) + "/s",
		"TIME_WAIT: in TIME_WAIT":             fmt.Sprint(*last.TimeWait),
		"Time to connect: connect p99":        figure.Micros(*last.ConnectP99US),
	}
	for name, text := range want {
		if i := slices.Index(table.Head, name); i < 0 || table.Last[i] != text {
			t.Errorf("the last row is %q under %q, want %s under %s", table.Last, table.Head, text, name)
		}
	}
}

func heatSorts(t *testing.T, p *browsertest.Page) {
	const column = `[...document.querySelectorAll('.heat tbody tr')]
		.map((r) => r.cells[2].querySelector('a').textContent)`
	var before, sorted, back []string
	p.Eval(t, column, &before)
	const click = `document.querySelectorAll('.heat thead button')[2].click()`
	p.Eval(t, click, nil)
	p.Eval(t, column, &sorted)
	p.Eval(t, click, nil)
	p.Eval(t, column, &back)
	if want := []string{"1298", "10589", "18821", "18839"}; !slices.Equal(sorted, want) {
		t.Errorf("sorted, the column is %q, want %q; it was %q", sorted, want, before)
	}
	if slices.Reverse(back); !slices.Equal(back, sorted) {
		t.Errorf("sorted again, the column is %q backwards, want %q", back, sorted)
	}
	var predicted []string
	p.Eval(t, `[...new Set([...document.querySelectorAll('.heat .predicted')].map((e) => e.textContent))].sort()`,
		&predicted)
	want := []string{"14.5 to 16.6/s", "28153 to 28232/s", "432 to 470/s", "949 to 1000/s", "unlimited"}
	for i := range predicted {
		predicted[i] = strings.TrimPrefix(predicted[i], "predicted to last: ")
	}
	if !slices.Equal(predicted, want) {
		t.Errorf("beside the measurements stands %q, want %q", predicted, want)
	}
	var shades int
	p.Eval(t, `new Set([...document.querySelectorAll('.heat td')]
		.map((e) => getComputedStyle(e).backgroundColor)).size`, &shades)
	if shades < 3 {
		t.Errorf("the cells have %d colours, want 3 at least", shades)
	}
	var header string
	p.Eval(t, `document.querySelectorAll('[data-sortable] thead button')[0].click(),
		document.querySelector('[data-sortable] thead th').getAttribute('aria-sort')`, &header)
	if header != "ascending" {
		t.Errorf("a heading of the matrix says it is sorted %q, want ascending", header)
	}
}

func overlaysFive(t *testing.T, p *browsertest.Page) {
	const drawn = `[...document.querySelectorAll('[data-chart="overlay-rate"] .legend button')]
		.map((b) => b.childNodes[1].textContent)`
	var before, after []string
	p.Eval(t, drawn, &before)
	p.Eval(t, `document.querySelectorAll('.choice button')[7].click()`, nil)
	p.Eval(t, drawn, &after)
	labels := results.CellLabels(sweep())
	if want := labels[:5]; !slices.Equal(before, want) {
		t.Errorf("at first %q are drawn, want %q", before, want)
	}
	if want := append(slices.Clone(labels[1:5]), labels[7]); !slices.Equal(after, want) {
		t.Errorf("with another one %q are drawn, want %q", after, want)
	}
}

func opensCell(t *testing.T, p *browsertest.Page) {
	const charts = `document.querySelectorAll('details.cell')[1].querySelectorAll('.chart').length`
	var closed, open int
	p.Eval(t, charts, &closed)
	p.Eval(t, `location.hash = '#cell-2'`, nil)
	p.Eval(t, frame, nil)
	p.Eval(t, frame, nil)
	p.Eval(t, charts, &open)
	if closed != 0 || open < 4 {
		t.Errorf("a cell has %d charts before a link to it is followed, and %d after, want 0 and 4 at least", closed,
			open)
	}
	var copied struct{ Text, Button string }
	p.Eval(t, `(async () => { const box = document.querySelectorAll('details.cell')[1].querySelector('.copied');
		let text = '';
		document.addEventListener('copy', () => { text = String(getSelection()); }, {once: true});
		navigator.clipboard.writeText = async (t) => { text = t; };
		box.querySelector('button').click();
		await new Promise((done) => setTimeout(done, 50));
		return {text, button: box.querySelector('button').textContent}; })()`, &copied)
	want, _ := sweep()[1].Command()
	if copied.Text != want || copied.Button != "Copied" {
		t.Errorf("the button copies %q and says %q, want %q and Copied", copied.Text, copied.Button, want)
	}
}

func repeatsHaveAMedian(t *testing.T, p *browsertest.Page) {
	p.Eval(t, `document.querySelector('details.cell').open = true`, nil)
	p.Eval(t, frame, nil)
	var note string
	p.Eval(t, `document.querySelector('.cell [data-chart="rate"] figcaption').textContent`, &note)
	if !strings.Contains(note, "Faint: each of 5 repeats; bold: their median.") {
		t.Errorf("the rate's note is %q, want it to tell of 5 repeats and their median", note)
	}
	p.Eval(t, `document.querySelector('.cell .stepper input').focus()`, nil)
	p.Key(t, "End", 35)
	var said string
	p.Eval(t, `document.querySelector('.cell .values').textContent`, &said)
	rates := sweep()[0].Intervals
	median := "connections " + figure.Number(1.02*rates[len(rates)-1].ConnectionsPerSecond) + "/s"
	if !strings.Contains(said, median) {
		t.Errorf("at the end people read %q, want %q in it", said, median)
	}
}

// printedRepeats has of several repeats only the first one's figures on paper.
func printedRepeats(t *testing.T, b *browsertest.Browser, file string) {
	p := b.Open(t, file, browsertest.Look{Width: 760, Height: 900})
	p.Print(t)
	p.Eval(t, frame, nil)
	var seen []bool
	p.Eval(t, `[...document.querySelectorAll('.repeat .tables')]
		.map((e) => e.checkVisibility() && e.getBoundingClientRect().height > 0)`, &seen)
	if want := []bool{true, false, false, false, false}; !slices.Equal(seen, want) {
		t.Errorf("the figures of these repeats are printed: %v, want %v", seen, want)
	}
}

func fits(t *testing.T, b *browsertest.Browser, files map[string]string) {
	for _, name := range []string{"run", "sweep", "sides", "fleet"} {
		p := b.Open(t, files[name], browsertest.Look{Width: 1280, Height: 900})
		p.Eval(t, `document.querySelectorAll('details').forEach((d) => { d.open = true; })`, nil)
		for _, width := range []int{360, 400, 768, 1280, 2560} {
			p.Look(t, browsertest.Look{Width: width, Height: 900})
			p.Eval(t, frame, nil)
			p.Eval(t, frame, nil)
			var over []string
			p.Eval(t, `document.documentElement.scrollWidth <= innerWidth ? [] :
				[...document.querySelectorAll('body *')]
				.filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, .card, pre'))
				.map((e) => e.tagName + '.' + e.className).slice(0, 5)
				.concat([String(document.documentElement.scrollWidth)])`, &over)
			if len(over) > 0 {
				t.Errorf("%s is wider than %d pixels: %v", name, width, over)
			}
			var hidden []string
			p.Eval(t, `[...document.querySelectorAll('.stacks td, tr:not(:has(td + td)) td')]
				.filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth)
				.map((e) => e.textContent)`, &hidden)
			if len(hidden) > 0 {
				t.Errorf("%s at %d pixels has words beyond its right edge: %.80q", name, width, hidden)
			}
		}
	}
}

// contrastJS are the texts with too little contrast, with their ratio. A colour is read
// back from a canvas, which knows every way to write one.
const contrastJS = `(() => {
	const ctx = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
	const known = new Map();
	const rgba = (c) => { if (!known.has(c)) { ctx.clearRect(0, 0, 1, 1); ctx.fillStyle = c; ctx.fillRect(0, 0, 1, 1);
		known.set(c, [...ctx.getImageData(0, 0, 1, 1).data]); } return known.get(c); };
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
		.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
		return (x + 0.05) / (y + 0.05); };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
		if (c[3] > 250) return c; } return [255, 255, 255, 255]; };
	const low = [];
	for (const e of document.querySelectorAll('body *')) {
		if (e.closest('svg, .canvas canvas, script') || !e.checkVisibility()) continue;
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
		const s = getComputedStyle(e);
		const size = parseFloat(s.fontSize);
		const enough = size >= 24 || (size >= 18.66 && s.fontWeight >= 700) ? 3 : 4.5;
		const r = ratio(rgba(s.color), behind(e));
		if (r < enough) low.push([r.toFixed(2), e.tagName, e.className, e.textContent.trim().slice(0, 40)].join(' '));
	}
	const root = getComputedStyle(document.documentElement);
	for (let i = 0; i < 6; i++) {
		const r = ratio(rgba(root.getPropertyValue('--line-' + i)), rgba(root.getPropertyValue('--raised')));
		if (r < 3) low.push(r.toFixed(2) + ' line ' + i);
	}
	return low;
})()`

func contrasts(t *testing.T, b *browsertest.Browser, files map[string]string) {
	for _, dark := range []bool{false, true} {
		for _, name := range []string{"run", "sweep", "sides"} {
			p := b.Open(t, files[name], browsertest.Look{Width: 1280, Height: 900, Dark: dark})
			p.Eval(t, `document.querySelectorAll('details').forEach((d) => { d.open = true; })`, nil)
			var low []string
			p.Eval(t, contrastJS, &low)
			if len(low) > 0 {
				t.Errorf("%s, dark %v: %d texts or lines have too little contrast, as %s", name, dark, len(low),
					strings.Join(low[:min(len(low), 5)], "; "))
			}
		}
	}
}

func worksWithoutScript(t *testing.T, b *browsertest.Browser, file string) {
	with := b.Open(t, file, browsertest.Look{Width: 1280, Height: 900})
	without := b.Open(t, file, browsertest.Look{Width: 1280, Height: 900, NoScript: true})
	const visible = `((count) => ({
		pictures: count('#pictures-heading ~ details svg'), charts: count('.interactive'),
		rows: count('#matrix-heading ~ div table tbody tr'),
	}))((selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).length)`
	type seen struct{ Pictures, Charts, Rows int }
	var a, c seen
	with.Eval(t, visible, &a)
	without.Eval(t, visible, &c)
	if a.Pictures != 0 || a.Charts == 0 {
		t.Errorf("with a script %+v is to be seen, want charts instead of pictures", a)
	}
	if c.Pictures < 4 || c.Charts != 0 || c.Rows != 8 {
		t.Errorf("without one %+v is to be seen, want the pictures and a row for each of 8 cells", c)
	}
}

// A run of a million intervals is a page like any other: it opens in some tenths of a
// second, which is held against another page, as a busy machine takes longer for both.
func millionOpensAtOnce(t *testing.T, b *browsertest.Browser, other string) {
	const n = 1_000_000
	r := *sweep()[0]
	r.Intervals = make([]results.Interval, n)
	for i := range r.Intervals {
		r.Intervals[i] = results.Interval{TS: float64(i + 1), LengthS: 1, Attempted: 450, Obtained: 450, Succeeded: 450,
			ConnectionsPerSecond: 450 + float64(i%7), PortsInUse: new(27000 + i%100), PortsCapacity: new(28232),
			TimeWait: new(26000), ConnectP50US: new(20.0), ConnectP99US: new(80.0)}
	}
	r.Intervals[n/3].ConnectionsPerSecond = 9999 // which merging must not lose
	r.Intervals[n/3].ConnectP99US = new(7777.0)
	r.DurationS = n
	page := write(t, runInput("long", &r))
	if len(page) > 3<<20 {
		t.Errorf("the page has %d bytes, want at most 3 MB", len(page))
	}
	for _, extreme := range []string{"7777", "9999"} {
		if !strings.Contains(page, extreme) {
			t.Errorf("the page has lost the extreme %s", extreme)
		}
	}
	file := filepath.Join(t.TempDir(), "long.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	opened := func(file string) time.Duration {
		start := time.Now()
		p := b.Open(t, file, browsertest.Look{Width: 1280, Height: 900})
		var painted map[string]int
		p.Eval(t, chartsJS, &painted)
		if painted["rate"] < 1000 {
			t.Errorf("%s has charts %v, want a rate", file, painted)
		}
		return time.Since(start)
	}
	long, short := time.Hour, time.Hour
	for range 3 {
		long, short = min(long, opened(file)), min(short, opened(other))
	}
	t.Logf("a page of a million intervals opens in %v, one of %d in %v", long, len(sweep()[0].Intervals), short)
	if long > 5*short {
		t.Errorf("a page of a million intervals opens in %v, another one in %v", long, short)
	}
}

// A claim's picture, which no chart replaces, is whole in each window.
func claimIsWhole(t *testing.T, b *browsertest.Browser, file string) {
	p := b.Open(t, file, browsertest.Look{Width: 1280, Height: 900})
	for _, width := range []int{360, 400, 768, 1280} {
		p.Look(t, browsertest.Look{Width: width, Height: 900})
		p.Eval(t, frame, nil)
		var rights []float64
		p.Eval(t, `[...document.querySelectorAll('#verdict .card svg')].filter((e) => e.checkVisibility())
			.map((e) => e.getBoundingClientRect().right)`, &rights)
		if len(rights) != 1 || rights[0] > float64(width) {
			t.Errorf("at %d pixels the right edges of the claim's pictures are %v, want one inside", width, rights)
		}
	}
}
