package view

import (
	"testing"

	"tcpbench/law/capacity"
	"tcpbench/results/resultstest"
)

func TestPredictedStandsBesideWhatTheLawIsOf(t *testing.T) {
	r := resultstest.Real(t, "knee")
	if got, want := Predicted("connections_per_second", r), "predicted to last: "+sustainable(r); got != want ||
		sustainable(r) == "" {
		t.Errorf("Predicted(connections_per_second) = %q, want %q", got, want)
	}
	if got, want := Predicted("after_connections", r), "predicted: "+predicted(r); got != want || predicted(r) == "" {
		t.Errorf("Predicted(after_connections) = %q, want %q", got, want)
	}
	if got := Predicted("connect_p99", r); got != "" {
		t.Errorf("Predicted(connect_p99) = %q, of which the law says nothing", got)
	}
	r.Prediction = capacity.Prediction{}
	if got := Predicted("connections_per_second", r); got != "" {
		t.Errorf("Predicted(connections_per_second) = %q without a law", got)
	}
}
