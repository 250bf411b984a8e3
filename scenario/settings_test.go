package scenario

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// What a setting takes is kept in a result, and read back from it as the same: of every
// setting, by any text.
func FuzzSettings(f *testing.F) {
	for _, value := range []string{"", "0", "1", "-1", "10k", "1s", "off", "on", "1024-2047",
		"10.0.0.1,10.0.0.2", "10.0.0.0/30", `GET / HTTP/1.1\r\n`, "hex:00ff", "/re+/", "len:7",
		"drop fin from server nth 1", "net.core.somaxconn=1",
		"A: b", "1h2m3s,4s,5", "1:2", "1e9", "\x00", "../.."} {
		f.Add("linger", value)
	}
	for _, s := range new(Workload).Settings() {
		f.Add(s.Name, "1")
		for _, latin1 := range []string{"\xba", "A: \xba", "/\xba/", "\xba\n", `["A: \xba"]`} {
			f.Add(s.Name, latin1)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if strings.HasPrefix(value, "@") {
			return // a file's
		}
		w := DefaultWorkload()
		if w.Set(name, value) != nil {
			return
		}
		text, err := json.Marshal(w)
		if err != nil {
			t.Fatalf("Set(%q, %q) = nil, and it cannot be kept: %v", name, value, err)
		}
		var back Workload
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("Set(%q, %q) = nil, and what is kept cannot be read: %v", name, value, err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(text, again) {
			t.Errorf("Set(%q, %q): kept as\n%s\nand read as\n%s, %v", name, value, text, again, err)
		}
	})
}
