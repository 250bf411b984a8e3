package machine

import (
	"slices"
	"testing"
)

func TestHZIsOneThatKernelsHave(t *testing.T) {
	if got := HZ(); !slices.Contains([]int{100, 250, 300, 1000}, got) {
		t.Errorf("HZ() = %d, want one of kernel/Kconfig.hz", got)
	}
}
