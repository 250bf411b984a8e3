package scenario

import (
	"fmt"
	"strings"
)

// Scenario is what to measure: a workload, and a matrix of settings to vary.
type Scenario struct {
	// Name is a word for directories and titles.
	Name string
	// About is one line for people.
	About string
	// Claim is what the scenario tests; zero for nothing.
	Claim Claim
	// Programs run in the lab of every cell, but for cases with their own.
	Programs
	// Workload holds for every cell, but for what the matrix sets.
	Workload Workload
	// Matrix are the settings that vary; every combination is a cell.
	Matrix []Axis
	// Cases are settings that belong together; each is measured with every
	// combination of the matrix.
	Cases []Case
	// Short is what the short version has instead of this one, which
	// Shortened says it is: [Scenario.Shorten] sets it.
	Short     Short
	Shortened bool
	// Repeat is how often each cell is measured, at least 1.
	Repeat int
	// ABBA measures every other repeat backwards: A B B A. [Scenario.PairUp]
	// sets it.
	ABBA bool
}

// MaxRepeat bounds how often a cell is measured.
const MaxRepeat = 1000

// Axis is one setting of a matrix with its values, in their order.
type Axis struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// MaxCells bounds a matrix: more than anyone waits for.
const MaxCells = 10_000

// Cell is one combination of a matrix's values, once.
type Cell struct {
	// Index counts the combinations from 0.
	Index int
	// Repeat counts from 1.
	Repeat int
	// Labels are the matrix keys with this cell's values, and [CaseLabel].
	Labels map[string]string
	// Title is a short form of the labels, Name one that is fit for a file name.
	Title, Name string
	// Workload is the scenario's with the labels set.
	Workload Workload
	// Programs are the scenario's or the case's.
	Programs
}

// Cells expands the matrix. The repeats are interleaved, all cells once
// before any a second time, so that a slow drift of the machine meets all
// cells alike; with ABBA every other repeat goes backwards. The last axis
// varies fastest.
func (s *Scenario) Cells() ([]Cell, error) {
	total := s.combinations()
	if s.Repeat > MaxRepeat {
		return nil, fmt.Errorf("repeat: %d is above %d", s.Repeat, MaxRepeat)
	}
	if total*s.Repeat > MaxCells {
		return nil, fmt.Errorf("matrix: %d cells, %d times each, is more than %d", total, s.Repeat, MaxCells)
	}
	var cells []Cell
	for repeat := 1; repeat <= s.Repeat; repeat++ {
		for i := range total {
			if s.ABBA && repeat%2 == 0 {
				i = total - 1 - i
			}
			c, err := s.cell(i, repeat)
			if err != nil {
				return nil, err
			}
			cells = append(cells, c)
		}
	}
	return cells, nil
}

func (s *Scenario) combinations() int {
	n := max(len(s.Cases), 1)
	for _, a := range s.Matrix {
		n *= len(a.Values)
		if n > MaxCells {
			return n
		}
	}
	return n
}

func (s *Scenario) cell(index, repeat int) (Cell, error) {
	c := Cell{Index: index, Repeat: repeat, Labels: map[string]string{}, Workload: s.Workload, Programs: s.Programs}
	values, rest := make([]string, len(s.Matrix)), index
	for i := len(s.Matrix) - 1; i >= 0; i-- {
		a := s.Matrix[i]
		values[i] = a.Values[rest%len(a.Values)]
		rest /= len(a.Values)
	}
	var parts []string
	if len(s.Cases) > 0 {
		parts = append(parts, s.Cases[rest].Name)
		c.Labels[CaseLabel] = s.Cases[rest].Name
	}
	for i, a := range s.Matrix {
		if err := c.Workload.Set(a.Key, values[i]); err != nil {
			return Cell{}, fmt.Errorf("matrix: %w", err)
		}
		if x := c.Workload.exchange(a.Key); x != nil {
			values[i] = x.Text()
		}
		c.Labels[a.Key] = values[i]
		parts = append(parts, ShortKey(a.Key)+"="+values[i])
	}
	if len(s.Cases) > 0 {
		if err := s.Cases[rest].apply(&c); err != nil {
			return Cell{}, err
		}
	}
	c.Workload = c.Programs.Driving(c.Workload)
	c.Title = strings.Join(parts, ", ")
	c.Name = fileName(strings.Join(parts, ","))
	c.Name = c.Name[:min(len(c.Name), maxCellName)]
	if c.Name == "" {
		c.Name, c.Title = s.Name, s.Name
	}
	if err := c.Workload.Validate(); err != nil {
		return Cell{}, fmt.Errorf("cell %s: %w", c.Name, err)
	}
	return c, nil
}

// ShortKey is a matrix key without the directory of a sysctl.
func ShortKey(key string) string {
	if _, _, ok := cutSysctl(key); ok {
		return key[strings.LastIndexByte(key, '.')+1:]
	}
	return key
}

// maxCellName is how many bytes a cell's name may have; its number tells cells apart.
const maxCellName = 120

// fileName replaces what does not belong into a file's name.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("=,._-", r):
			return r
		default:
			return '-'
		}
	}, s)
}
