package metrics

import "fmt"

// Mismatch is an answer that was not what the user said that it would be: what was
// expected, in the user's words, and the first bytes of what arrived, with escapes.
type Mismatch struct {
	Want string `json:"want"`
	Got  string `json:"got"`
}

// Text says, of the first such answer, how it differed.
func (m *Mismatch) Text() string {
	return fmt.Sprintf(`first answer that was not as expected began with "%s", want %s`, m.Got, m.Want)
}
