package strictyaml

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// read takes keys a (one value), b (a list) and c (a mapping of any keys).
func read(data string) (map[string]string, error) {
	root, err := Document("f.yaml", "a file", []byte(data))
	if err != nil {
		return nil, err
	}
	p := &Parser{File: "f.yaml"}
	out := map[string]string{}
	p.Mapping(root, Keys{
		"alpha": func(n *yaml.Node) { out["alpha"], _ = p.Scalar(n) },
		"beta":  func(n *yaml.Node) { out["beta"] = strings.Join(p.Scalars(n), "|") },
		"gamma": func(n *yaml.Node) {
			p.Pairs(n, func(key string, _, v *yaml.Node) { out["gamma."+key], _ = p.Scalar(v) })
		},
	})
	return out, p.Err()
}

func TestWhatIsRightIsRead(t *testing.T) {
	got, err := read("alpha: off\nbeta: [1, two]\ngamma: {x: 0x1}\n")
	if err != nil || got["alpha"] != "off" || got["beta"] != "1|two" || got["gamma.x"] != "0x1" {
		t.Errorf("read() = %v, %v, want the values as they were written", got, err)
	}
}

func TestWhatIsWrongHasItsPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "f.yaml:1:1: the file is empty"},
		{"a second document", "alpha: 1\n---\nalpha: 2\n", "f.yaml:2:1: a second document begins here; a file is one"},
		{"a misspelt key", "alhpa: 1", `f.yaml:1:1: unknown key "alhpa"; did you mean "alpha"?`},
		{"an unknown key", "omicron: 1", `f.yaml:1:1: unknown key "omicron"; known here: alpha, beta, gamma`},
		{"a key twice", "alpha: 1\nalpha: 2", `f.yaml:2:1: key "alpha" is there twice`},
		{"a key that is a list", "? [a]\n: 1", "f.yaml:1:3: want a key, got a list"},
		{"a list for a value", "alpha: [1]", "f.yaml:1:8: want one value, got a list"},
		{"a value for a list", "beta: 1", `f.yaml:1:7: want a list of values, got "1"`},
		{"nothing for keys", "gamma:", "f.yaml:1:7: want keys and values, got nothing"},
		{"an alias", "alpha: &a 1\nbeta: *a", "f.yaml:2:7: want a list of values, got an alias"},
		{"two mistakes, in their order", "gamma: 1\nbeta: []\n",
			"f.yaml:1:8: want keys and values, got \"1\"\nf.yaml:2:7: want a list of values, got an empty list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("read(%q) = %v, want %s", tt.text, err, tt.want)
			}
		})
	}
}
