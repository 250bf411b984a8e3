package split

import (
	"slices"
	"testing"

	"tcpbench/scenario"
)

func TestEveryOptionHasARule(t *testing.T) {
	w := scenario.DefaultWorkload()
	var options, ruled []string
	for _, o := range w.Settings() {
		options = append(options, o.Name)
	}
	for _, r := range rules() {
		if slices.Contains(ruled, r.option) {
			t.Errorf("rules() has %s twice", r.option)
		}
		if !slices.Contains(options, r.option) {
			t.Errorf("rules() has %s, which is no option any more", r.option)
		}
		ruled = append(ruled, r.option)
	}
	for _, o := range options {
		if !slices.Contains(ruled, o) {
			t.Errorf("rules() lacks %s: say whether agents have it alike, a share of it, one each, or not at all", o)
		}
	}
}
