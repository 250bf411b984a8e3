package metrics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatusesThatOccurredAreNamed(t *testing.T) {
	var none, some Statuses
	if got := none.Map(); got != nil {
		t.Errorf("Map() of no answer = %v, want nil", got)
	}
	some.Add(200)
	some.Add(200)
	some.Add(503)
	none.merge(&some)
	none.Add(200)
	if diff := cmp.Diff(map[string]int64{"200": 3, "503": 1}, none.Map()); diff != "" {
		t.Errorf("Map() (-want +got):\n%s", diff)
	}
}
