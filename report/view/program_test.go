package view

import (
	"testing"

	"tcpbench/results"
)

func TestHowAProgramEnded(t *testing.T) {
	tests := []struct {
		name    string
		program results.Program
		want    string
	}{
		{"by itself", results.Program{EndedS: 2, ExitStatus: new(3)}, "at 2 s, by itself, with exit status 3"},
		{"by a signal of its own", results.Program{EndedS: 2, Signal: "SIGSEGV"}, "at 2 s, by itself, with SIGSEGV"},
		{"by the run", results.Program{EndedS: 2, ExitStatus: new(0), Stopped: true},
			"at 2 s, by the run's SIGTERM, with exit status 0"},
		{"by force", results.Program{EndedS: 3, Signal: "SIGKILL", Stopped: true, Killed: true},
			"at 3 s, by SIGKILL, a second after the run's SIGTERM, with SIGKILL"},
		{"with others left", results.Program{EndedS: 2, ExitStatus: new(0), LeftBehind: new(2)},
			"at 2 s, by itself, with exit status 0; 2 of its processes were running, and were killed"},
		{"with none left", results.Program{EndedS: 2, ExitStatus: new(0), LeftBehind: new(0)},
			"at 2 s, by itself, with exit status 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := programEnd(&tt.program); got != tt.want {
				t.Errorf("programEnd(%+v) = %q, want %q", tt.program, got, tt.want)
			}
		})
	}
}
