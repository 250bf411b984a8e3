package lab

import (
	"errors"
	"testing"
)

func TestADefaultThatTheKernelLacksIsLeftOut(t *testing.T) {
	unknown := map[string]string{"net.core.no_such_setting": "1"}
	if err := knownSysctls(unknown); err != nil {
		t.Errorf("knownSysctls(%v) = %v, want none", unknown, err)
	}
	if err := Sysctls(unknown); !errors.Is(err, ErrUnknownSysctl) {
		t.Errorf("Sysctls(%v) = %v, want %v", unknown, err, ErrUnknownSysctl)
	}
}
