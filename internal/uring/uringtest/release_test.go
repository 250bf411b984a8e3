package uringtest

import "testing"

func TestNewEnough(t *testing.T) {
	for release, want := range map[string]bool{
		"6.11.0":         true,
		"6.18.44-fc":     true,
		"7.0":            true,
		"6.10.9-generic": false,
		"5.15.0-91":      false,
		"unknown":        false,
	} {
		if got := newEnough(release); got != want {
			t.Errorf("newEnough(%q) = %v, want %v", release, got, want)
		}
	}
}
