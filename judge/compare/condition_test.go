package compare

import (
	"slices"
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

// Whether sessions are resumed is a condition of what has TLS: earlier versions never
// resumed any, whatever their options are read as.
func TestResumptionIsAConditionWhereThereIsTLS(t *testing.T) {
	has := func(r *results.Run) bool {
		return slices.ContainsFunc(conditions(r), func(c condition) bool { return c.name == "tls-resume" })
	}
	with, without := resultstest.Real(t, "tls"), resultstest.Real(t, "tls")
	without.TLS = nil
	if !has(with) || has(without) {
		t.Errorf("tls-resume is a condition with TLS: %t, without: %t, want true and false", has(with), has(without))
	}
	for _, d := range differences(without, with) {
		if d.What == "tls-resume" && (d.must || d.New != "on") {
			t.Errorf("difference = %+v, want one that does not forbid a comparison", d)
		}
	}
}
