package metrics

// Mismatch is an answer that was not what the user said that it would be: what was
// expected, in the user's words, and the first bytes of what arrived, with escapes.
type Mismatch struct {
	Want string `json:"want"`
	Got  string `json:"got"`
}
