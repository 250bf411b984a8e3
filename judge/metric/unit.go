package metric

// Unit is the kind of a metric, and so of the values it is compared with.
type Unit uint8

// The units.
const (
	// Time is in microseconds, as in a result file.
	Time Unit = iota
	// Share is in percent.
	Share
	// Number counts something, or something per second.
	Number
	// Truth is 0 for false and 1 for true.
	Truth
)

// words are what a unit is called: its name in a comparison, and the symbol
// beside a figure in a history.
func (u Unit) words() (name, symbol string) {
	row := [...]struct{ name, symbol string }{
		Time:   {"us", "us"},
		Share:  {"percent", "%"},
		Number: {"number", ""},
		Truth:  {"truth", "true=1"},
	}[u]
	return row.name, row.symbol
}

// String is the unit in a word: us, percent, number (which may be per second,
// as the metric's name says) or truth.
func (u Unit) String() string {
	name, _ := u.words()
	return name
}

// Symbol stands beside a figure: us, % or true=1; empty for a number.
func (u Unit) Symbol() string {
	_, symbol := u.words()
	return symbol
}

// Better is in which direction a metric improves.
type Better int

// The directions.
const (
	Lower  Better = -1
	Either Better = 0
	Higher Better = 1
)
