package exhaustion

import (
	"testing"

	"tcpbench/law/capacity"
)

func TestTheKneeOfANATIsWhereConnectsFirstAreSlow(t *testing.T) {
	big := capacity.NAT{Ports: 1000, Addresses: 1}
	tests := []struct {
		name    string
		levels  []NATLevel
		law     capacity.NAT
		dropped bool
		want    float64 // 0 for none
	}{
		{"one of ten", []NATLevel{{89, 10, 0}, {91, 10, 1}, {92, 10, 0}, {95, 10, 4}, {100, 9, 9}}, big, true, 0.91},
		{"one of a hundred", []NATLevel{{90, 645, 2}, {91, 645, 7}, {92, 645, 40}}, big, true, 0.91},
		{"none but where all are in use", []NATLevel{{99, 10, 0}, {100, 9, 9}}, big, true, 0},
		{"a stall where every free port is found", []NATLevel{{20, 10, 1}, {84, 10, 1}, {100, 9, 9}}, big, true, 0},
		{"stalls of a NAT that dropped nothing", []NATLevel{{90, 10, 5}, {95, 10, 9}}, big, false, 0},
		{"of 128 ports each is found", []NATLevel{{99, 10, 5}, {100, 9, 9}}, capacity.NAT{Ports: 128}, true, 0},
	}
	for _, tt := range tests {
		k := FindNATKnee(tt.levels, tt.law, tt.dropped)
		got := 0.0
		if k.Occupancy != nil {
			got = *k.Occupancy
		}
		if got != tt.want || k.Found != (tt.want > 0) {
			t.Errorf("%s: found %t at %v, want %v", tt.name, k.Found, got, tt.want)
		}
	}
	if text := (NATKnee{Levels: []NATLevel{{100, 9, 9}}}).Text(); text != "" {
		t.Errorf("Text() where all ports were in use from the start = %q, want none", text)
	}
}
