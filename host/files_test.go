package host

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/host/doctor"
)

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseLimits(t *testing.T) {
	tests := []struct {
		name, text string
		want       *doctor.Files
		fails      bool
	}{
		{"two numbers",
			"Limit  Soft Limit\nMax open files            1024                 524288               files     \n",
			&doctor.Files{Soft: 1024, Hard: 524288}, false},
		{"unlimited",
			"Max open files            1024                 unlimited            files\n",
			&doctor.Files{Soft: 1024}, false},
		{"no such line", "Max processes             1                    2                    processes\n", nil, true},
		{"no number", "Max open files            x                    2                    files\n", nil, true},
		{"one number", "Max open files            1\n", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseLimits(tt.text)
			if !cmp.Equal(got, tt.want) || (err != nil) != tt.fails {
				t.Errorf("parseLimits(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestParseLimitsKnowsThisKernel(t *testing.T) {
	if _, err := parseLimits(text(t, "/proc/self/limits")); err != nil {
		t.Error(err)
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add("Max open files            1024                 unlimited            files\n")
	f.Fuzz(func(_ *testing.T, s string) { _, _ = parseLimits(s) })
}
