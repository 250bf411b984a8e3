package scenario

import "fmt"

// PairUp makes s measure its two cells in turn, A B B A A B B A: a drift of
// the machine, be it steady, meets both alike. The error is for a matrix of
// more or fewer than two cells, and for a number of repeats that is odd and
// would leave one of them first more often.
func (s *Scenario) PairUp() error {
	if n := s.combinations(); n != 2 {
		return fmt.Errorf("ab: the matrix has %d cells, and it takes exactly two: one key with two values", n)
	}
	if s.Repeat%2 != 0 {
		return fmt.Errorf("ab: repeat %d is odd; A B B A takes an even number, such as %d", s.Repeat, s.Repeat+1)
	}
	s.ABBA = true
	return nil
}
