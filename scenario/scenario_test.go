package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cellsOf parses a scenario and expands its matrix.
func cellsOf(t *testing.T, text string) []Cell {
	t.Helper()
	s, err := Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatalf("Parse(%q) = %v, want no error", text, err)
	}
	cells, err := s.Cells()
	if err != nil {
		t.Fatalf("Cells() = %v, want no error", err)
	}
	return cells
}

func TestCellsAreInterleaved(t *testing.T) {
	cells := cellsOf(t, `
name: order
matrix:
  linger: [off, 0]
  sysctl.net.ipv4.ip_local_port_range: ["32768 60999", "40000 40999"]
repeat: 2
`)
	type id struct {
		Index, Repeat int
		Name          string
	}
	once := []string{
		"linger=off,ip_local_port_range=32768-60999", "linger=off,ip_local_port_range=40000-40999",
		"linger=0,ip_local_port_range=32768-60999", "linger=0,ip_local_port_range=40000-40999",
	}
	var want, got []id
	for repeat := 1; repeat <= 2; repeat++ {
		for i, name := range once {
			want = append(want, id{i, repeat, name})
		}
	}
	for _, c := range cells {
		got = append(got, id{c.Index, c.Repeat, c.Name})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Cells() (-want +got):\n%s", diff)
	}
}

func TestCellHasItsSettingsAndLabels(t *testing.T) {
	cells := cellsOf(t, `
name: labels
workload: {linger: 3s, sysctl: {net.ipv4.tcp_timestamps: 0}}
matrix:
  close: [client, server]
  sysctl.net.ipv4.tcp_tw_reuse: [1]
  server-sysctl.net.core.somaxconn: [128]
`)
	if len(cells) != 2 {
		t.Fatalf("Cells() = %d cells, want 2", len(cells))
	}
	for i, policy := range []ClosePolicy{CloseClient, CloseServer} {
		c := cells[i]
		want := map[string]string{"close": string(policy), "sysctl.net.ipv4.tcp_tw_reuse": "1",
			"server-sysctl.net.core.somaxconn": "128"}
		if diff := cmp.Diff(want, c.Labels); diff != "" {
			t.Errorf("Cells()[%d].Labels (-want +got):\n%s", i, diff)
		}
		w := c.Workload
		if w.Close != policy || w.Linger.String() != "3s" || w.ServerSysctl["net.core.somaxconn"] != "128" {
			t.Errorf("Cells()[%d].Workload = %+v, want close %s and linger 3s", i, w, policy)
		}
		if diff := cmp.Diff(Sysctls{"net.ipv4.tcp_timestamps": "0", "net.ipv4.tcp_tw_reuse": "1"},
			w.Sysctl); diff != "" {
			t.Errorf("Cells()[%d].Workload.Sysctl (-want +got):\n%s", i, diff)
		}
		if want := "close=" + string(policy) + ",tcp_tw_reuse=1,somaxconn=128"; c.Name != want {
			t.Errorf("Cells()[%d].Name = %q, want %q", i, c.Name, want)
		}
	}
}

func TestCellWithoutAMatrixIsTheScenario(t *testing.T) {
	cells := cellsOf(t, "name: alone\nworkload: {concurrency: 7}\n")
	if len(cells) != 1 || cells[0].Name != "alone" || cells[0].Workload.Concurrency != 7 || len(cells[0].Labels) != 0 {
		t.Errorf("Cells() = %+v, want the scenario's workload alone", cells)
	}
}

func TestCellNamesAreFileNames(t *testing.T) {
	for _, c := range cellsOf(t, `
name: names
matrix:
  source: ["10.0.0.0/30", "10.0.0.1, 10.0.0.2"]
  ip: [4]
`) {
		if strings.ContainsAny(c.Name, "/ \\") {
			t.Errorf("Cells() has the name %q, want one fit for a file", c.Name)
		}
	}
}

func TestCellsCompareExchanges(t *testing.T) {
	tests := []struct{ name, text string }{
		{"in a matrix", `
name: x
matrix: {exchange: [[{send: 'PING\r\n'}, {expect: '+PONG\r\n'}], [{expect: line}]]}
`},
		{"in cases", `
name: x
cases:
  - {name: ping, exchange: [{send: 'PING\r\n'}, {expect: '+PONG\r\n'}]}
  - {name: greeting, exchange: [{expect: line}]}
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range cellsOf(t, tt.text) {
				got = append(got, c.Workload.Exchange.Text())
			}
			if want := []string{`> PING\r\n < +PONG\r\n`, "< line"}; !slices.Equal(got, want) {
				t.Errorf("the cells' exchanges are %q, want %q", got, want)
			}
		})
	}
	long := strings.Repeat("x", 1000)
	cells := cellsOf(t, "name: x\nmatrix: {exchange: [[{send: "+long+"}], [{send: b"+long+"}]]}\n")
	if n := len(cells[0].Name); n > maxCellName {
		t.Errorf("a cell's name has %d characters, want at most %d", n, maxCellName)
	}
}

// A matrix may come from elsewhere than Parse.
func TestCellsRefusesAKeyThatNoOptionHas(t *testing.T) {
	s := &Scenario{Name: "x", Workload: DefaultWorkload(), Repeat: 1, Matrix: []Axis{{"linegr", []string{"0"}}}}
	if _, err := s.Cells(); message(err) != `matrix: unknown key "linegr"; did you mean "linger"?` {
		t.Errorf("Cells() = %v, want the unknown key", err)
	}
}

func TestShortKey(t *testing.T) {
	tests := []struct{ name, key, want string }{
		{"an option", "linger", "linger"},
		{"a sysctl", "sysctl.net.ipv4.tcp_tw_reuse", "tcp_tw_reuse"},
		{"the server's sysctl", "server-sysctl.net.core.somaxconn", "somaxconn"},
		{"the proxy's sysctl", "proxy-sysctl.net.core.somaxconn", "somaxconn"},
		{"sysctls as one value", "sysctl", "sysctl"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ShortKey(tt.key); got != tt.want {
				t.Errorf("ShortKey(%q) = %q, want %q", tt.key, got, tt.want)
			}
		})
	}
}

func TestEveryBuiltinParses(t *testing.T) {
	names := Builtins()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s, err := Load(name)
			if err != nil {
				t.Fatalf("Load(%s) = %v, want no error", name, err)
			}
			if s.Name != name || s.About == "" {
				t.Errorf("Load(%s) has the name %q, about %q, want its own name and a line about it", name,
					s.Name, s.About)
			}
			if cells, err := s.Cells(); err != nil || len(cells) == 0 {
				t.Errorf("Load(%s).Cells() = %d cells, %v, want some", name, len(cells), err)
			}
		})
	}
	if !strings.Contains(strings.Join(names, " "), DefaultName) {
		t.Errorf("Builtins() = %q, want %q among them", names, DefaultName)
	}
}

func TestLoadFindsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte("name: mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(path); err != nil || s.Name != "mine" {
		t.Errorf("Load(%s) = %+v, %v, want the scenario mine", path, s, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name, arg, want string
	}{
		{"a misspelt built-in", "exhaustoin",
			`scenario "exhaustoin" is neither a file nor built in; did you mean "exhaustion"?`},
		{"nothing like one", "colour",
			`scenario "colour" is neither a file nor built in; known here: ` + strings.Join(Builtins(), ", ")},
		{"a way out of the built-ins", "../builtin/exhaustion",
			`scenario "../builtin/exhaustion" is neither a file nor built in; known here: ` +
				strings.Join(Builtins(), ", ")},
		{"a directory", t.TempDir(), "is a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Load(tt.arg); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("Load(%s) = %v, want %q", tt.arg, err, tt.want)
			}
		})
	}
	if _, err := Source("none"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Source(none) = %v, want an error that lists the built-in ones", err)
	}
}
