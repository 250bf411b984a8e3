package report

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"tcpbench/internal/figure"
)

// A number reads the same in a chart and in a table.
func TestTheScriptWritesNumbersAsTheProgramDoes(t *testing.T) {
	values := []float64{0, 1, 9.995, 9.994, 99.95, 100, 999.5, 1000, 28232, 1e6, 0.1, 0.01234, 470.53, 1234.5, 60e6}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		values = append(values, math.Exp(random.Float64()*40-12))
	}
	in, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "--input-type=module", "-e", `import { readFileSync } from 'node:fs';
		import { micros, number, percent, tick } from './web/src/figure.js';
		const values = JSON.parse(readFileSync(0, 'utf8'));
		console.log(JSON.stringify(values.map((v) => [number(v), micros(v), percent(v), tick(v)])));`)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v: %s; make deps installs it", err, out)
	}
	var got [][4]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		want := [4]string{figure.Number(v), figure.Micros(v), figure.Percent(v), figure.Tick(v)}
		if got[i] != want {
			t.Errorf("of %v the script writes %q, the program %q", v, got[i], want)
		}
	}
}
