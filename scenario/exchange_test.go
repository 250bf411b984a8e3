package scenario

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBytesAsAUserWritesThem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m")
	tests := []struct{ name, text, want, err string }{
		{"text", "PING", "PING", ""},
		{"every escape", `\r\n\t\0\\\x7F`, "\r\n\t\x00\\\x7f", ""},
		{"hexadecimal digits", "hex:50494e47", "PING", ""},
		{"digits with spaces between bytes", "hex:50 49", "PI", ""},
		{"an escape cut short", `PING\`, "", "ends in a backslash"},
		{"one digit", `\x4`, "", `"\\x4" is not \xHH`},
		{"no digit", `a\xzz`, "", `"\\xzz" is not \xHH`},
		{"a letter that is no escape", `\d`, "", `\d is no escape`},
		{"half a byte", "hex:504", "", "not hexadecimal digits in pairs"},
		{"a file, of which a result must not make it read", "@" + file, "", "names a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseBytes(tt.text)
			if tt.err == "" && (err != nil || string(got) != tt.want) {
				t.Errorf("ParseBytes(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("ParseBytes(%q) = %q, %v, want an error with %q", tt.text, got, err, tt.err)
			}
		})
	}
}

func TestAFileInPlaceOfItsName(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m")
	if err := os.WriteFile(file, []byte("as it is: \\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want, err string }{
		{"its content, in which nothing is an escape", "@" + file, `as it is: \\r\n`, ""},
		{"other words stay", "x@" + file, "x@" + file, ""},
		{"one that is gone", "@" + file + ".gone", "", "no such file"},
		{"a directory", "@" + dir, "", "is not a regular file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := withFile(tt.text)
			if got != tt.want || (err == nil) != (tt.err == "") ||
				err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("withFile(%q) = %q, %v, want %q, %q", tt.text, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestAFileThatIsTooLargeIsRefusedUnread(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(MaxMessage + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := withFile("@" + file); err == nil || !strings.Contains(err.Error(), "more than 16777216") {
		t.Errorf("ParseBytes(@huge) = %v, want an error that names the limit", err)
	}
}

func TestWhatIsExpected(t *testing.T) {
	tests := []struct{ name, text, err string }{
		{"bytes", `+PONG\r\n`, ""},
		{"a line", "line", ""},
		{"the word line, as bytes", `\x6cine`, ""},
		{"a number of bytes", "len:9", ""},
		{"a length of two bytes", "u16be", ""},
		{"a length of four bytes", "u32be", ""},
		{"a pattern", "/^220 .*\\r\\n$/", ""},
		{"bytes that begin with a slash", `\x2fx`, ""},
		{"the end", "eof", ""},
		{"no bytes", "", "no byte is what every server answers"},
		{"a length of 2 GiB", "len:2147483647", "outside 1 to 16777216"},
		{"a length that is none", "len:x", "not a whole number"},
		{"a pattern without its end", "/x", "not a pattern between slashes"},
		{"a slash alone", "/", "not a pattern between slashes"},
		{"a pattern that RE2 does not know", "/(?=x)/", "not a pattern of RE2"},
		{"a pattern that matches nothing at all", "/x*/", "matches before anything has arrived"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := ParseExpect(tt.text)
			if tt.err == "" && (err != nil || e.String() != tt.text) {
				t.Errorf("ParseExpect(%q) = %v, %v, want it back", tt.text, e, err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("ParseExpect(%q) = %v, %v, want an error with %q", tt.text, e, err, tt.err)
			}
		})
	}
}

func TestStepsThatCannotBe(t *testing.T) {
	tests := []struct{ name, text, err string }{
		{"no list", `PING`, "is not a list"},
		{"a step of both", `[{"send": "a", "expect": "b"}]`, "step 1: a step has either send or expect"},
		{"a step of neither", `[{}]`, "step 1: a step has either send or expect"},
		{"a key that there is not", `[{"sent": "a"}]`, "unknown field"},
		{"something after the end", `[{"expect": "eof"}, {"send": "a"}]`, "step 2: nothing can follow eof"},
		{"nothing to send", `[{"send": ""}]`, "step 1: the value is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var x Exchange
			if err := x.parseList(tt.text); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("parseList(%s) = %v, want an error with %q", tt.text, err, tt.err)
			}
		})
	}
}

// Whatever is said, a result tells it so that it is the same when it is read again.
func TestAnExchangeIsReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x Exchange
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			b := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes")
			if rapid.Bool().Draw(t, "send") {
				x = append(x, Step{Send: b})
			} else {
				x = append(x, Step{Expect: &Expect{Bytes: b}})
			}
		}
		text := x.String()
		var y Exchange
		if err := y.parseList(text); err != nil || y.String() != text || !json.Valid([]byte(text)) {
			t.Fatalf("%s is read back as %s, %v", text, y, err)
		}
		for i := range x {
			if string(x[i].Send) != string(y[i].Send) {
				t.Fatalf("step %d: %q is read back as %q", i, x[i].Send, y[i].Send)
			}
			if x[i].Expect != nil && string(x[i].Expect.Bytes) != string(y[i].Expect.Bytes) {
				t.Fatalf("step %d: %q is read back as %q", i, x[i].Expect.Bytes, y[i].Expect.Bytes)
			}
		}
	})
}

func FuzzParseExpect(f *testing.F) {
	for _, s := range []string{`+PONG\r\n`, "line", "len:3", "/x/", "eof", "hex:00", `\x2f`, "u32be"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.HasPrefix(s, "@") {
			return // a file
		}
		e, err := ParseExpect(s)
		if err != nil {
			return
		}
		if again, err := ParseExpect(e.String()); err != nil || again.String() != e.String() {
			t.Errorf("ParseExpect(%q) = %v, which is read back as %v, %v", s, e, again, err)
		}
	})
}
