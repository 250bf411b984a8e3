package slo

// Op compares what was measured with a limit's value.
type Op string

// The operators.
const (
	Below   Op = "<"
	AtMost  Op = "<="
	Above   Op = ">"
	AtLeast Op = ">="
	Equal   Op = "=="
	Not     Op = "!="
)

func ops() []Op { return []Op{Below, AtMost, Above, AtLeast, Equal, Not} }

// holds reports whether measured stands to limit as o says. Both are exact:
// a share of 1 in 1000 is not below 0.1 %.
func (o Op) holds(measured, limit float64) bool {
	switch o {
	case Below:
		return measured < limit
	case AtMost:
		return measured <= limit
	case Above:
		return measured > limit
	case AtLeast:
		return measured >= limit
	case Equal:
		return measured == limit
	case Not:
		return measured != limit
	default:
		return false
	}
}
