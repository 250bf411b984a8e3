package doctor

import (
	"bytes"
	"strings"
	"testing"
)

func TestAHostThatMasqueradesIsToldSo(t *testing.T) {
	tests := []struct {
		name      string
		rules     *int
		want, not string
	}{
		{"a rule", new(1), "this host masquerades (1 rule of nf_tables)", "NAT          none"},
		{"several", new(3), "this host masquerades (3 rules of nf_tables)", "NAT          none"},
		{"none", new(0), "NAT          none: no rule", "this host masquerades"},
		{"not permitted to look", nil, "not known whether this host masquerades", "NAT          none"},
	}
	for _, tt := range tests {
		r := Examine(facts(func(f *Facts) { f.SourceNATs = tt.rules }), Question{})
		var b bytes.Buffer
		if err := WriteText(&b, r, 400); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) || strings.Contains(b.String(), tt.not) {
			t.Errorf("%s: the text does not say %q, or says %q:\n%s", tt.name, tt.want, tt.not, b.String())
		}
	}
}
