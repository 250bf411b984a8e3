package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math"
	"reflect"
	"strconv"

	"tcpbench/internal/figure"
	"tcpbench/report/view"
	"tcpbench/results"
)

// data is what the page's script draws, as one block of JSON in the page. What was not
// measured is null, or absent.
type data struct {
	Cells []dataCell `json:"cells"`
	Runs  []dataRun  `json:"runs"`
	// Overlaid are the cells that are drawn over each other at first.
	Overlaid []int `json:"overlaid"`
	// Sides are the cells of a comparison.
	Sides []sides `json:"sides,omitempty"`
	// Matrix is absent where fewer than two settings differ.
	Matrix *matrix `json:"matrix,omitempty"`
}

// dataCell is a cell with its repeats.
type dataCell struct {
	Label string `json:"label"`
	Runs  []int  `json:"runs"`
}

// dataRun is what is drawn of one run.
type dataRun struct {
	T       []number  `json:"t"`
	Charts  []chart   `json:"charts"`
	Marks   []mark    `json:"marks"`
	Latency []latency `json:"latency"`
	Cost    []cost    `json:"cost,omitempty"`
}

// number is written to six digits, and as null where it is none.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, figure.Round(v, 6), 'g', -1, 64), nil
}

// absent is a number that was not measured.
func absent() number { return number(math.NaN()) }

func numbers(vs []float64) []number {
	out := make([]number, len(vs))
	for i, v := range vs {
		out[i] = number(v)
	}
	return out
}

// cellsOf are the runs by cell, as indices: repeats of one cell have its labels and its
// options.
func cellsOf(runs []*results.Run) [][]int {
	var cells [][]int
	for i, r := range runs {
		at := -1
		for k, c := range cells {
			if first := runs[c[0]]; maps.Equal(first.Cell, r.Cell) && reflect.DeepEqual(first.Options, r.Options) {
				at = k
			}
		}
		if at < 0 {
			cells, at = append(cells, nil), len(cells)
		}
		cells[at] = append(cells[at], i)
	}
	return cells
}

// overlaidAtFirst is how many cells of a page are, at most.
const overlaidAtFirst = 5

// newData is what the script is to draw of runs, whose cells have labels.
func newData(runs []*results.Run, cells [][]int, labels []string) data {
	d := data{Cells: []dataCell{}, Runs: []dataRun{}, Overlaid: []int{}, Matrix: newMatrix(runs, cells)}
	most := pointsOfEach(len(runs))
	for _, r := range runs {
		d.Runs = append(d.Runs, newDataRun(r, most))
	}
	for i, c := range cells {
		d.Cells = append(d.Cells, dataCell{Label: labels[i], Runs: c})
		if i < overlaidAtFirst {
			d.Overlaid = append(d.Overlaid, i)
		}
	}
	return d
}

func newDataRun(r *results.Run, most int) dataRun {
	s := newSamples(r, most)
	return dataRun{T: s.times(), Charts: charts(r, s), Marks: marks(r), Latency: latencies(r), Cost: costs(r)}
}

// block is d for an element of type application/json. json.Marshal leaves none of the
// characters that end such an element, nor U+2028 and U+2029.
func (d data) block() (template.JS, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("write the data of the charts: %w", err)
	}
	return template.JS(b), nil
}

// cellLabels are the names of cells, without the numbers of their repeats.
func cellLabels(runs []*results.Run, cells [][]int) []string {
	firsts := make([]*results.Run, len(cells))
	for i, c := range cells {
		firsts[i] = runs[c[0]]
	}
	return results.CellLabels(firsts)
}

// id is that of the part of the page that is about a cell: its first run's.
func id(cell []int) string { return view.ID(cell[0]) }
