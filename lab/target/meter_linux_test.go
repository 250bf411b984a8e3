package target

import (
	"maps"
	"testing"
	"time"
)

// What one mapping is told, another one reads, as two processes do.
func TestMetersAreReadThroughTheirFile(t *testing.T) {
	f, err := MetersFile()
	if err != nil {
		t.Fatal(err)
	}
	server, err := MapMeters(f)
	if err != nil {
		t.Fatal(err)
	}
	client, err := MapMeters(f)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := client.Spun(); len(got) != 0 {
		t.Errorf("Spun() before a thread reports = %v, want none", got)
	}
	last := len(server) - 1
	server[0].thread.Store(7)
	server[last].thread.Store(9)
	server[last].spent(3 * time.Millisecond)
	server[last].spent(time.Millisecond)
	if got, want := client.Spun(), map[int]time.Duration{7: 0, 9: 4 * time.Millisecond}; !maps.Equal(got, want) {
		t.Errorf("Spun() = %v, want %v", got, want)
	}
}
