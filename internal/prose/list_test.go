package prose

import "testing"

func TestListsAreThoseOfSentences(t *testing.T) {
	for want, parts := range map[string][]string{
		"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"},
	} {
		if got := List(parts); got != want {
			t.Errorf("List(%q) = %q, want %q", parts, got, want)
		}
	}
}
