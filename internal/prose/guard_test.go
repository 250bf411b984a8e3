package prose

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// guarded is what a guard makes of texts that are written one after the other.
func guarded(t *testing.T, texts ...string) string {
	t.Helper()
	var b strings.Builder
	g := NewGuard(&b)
	for _, s := range texts {
		if n, err := g.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatalf("Write(%q) = %d, %v, want all of it", s, n, err)
		}
	}
	if err := g.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAGuardLetsTextThroughAndNoControls(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"text", "a\tµ – 日本\nb", "a\tµ – 日本\nb"},
		{"C0 and DEL", "a\x1b[2J\x07\r\x00\x7fb\n", "a?[2J? ??b\n"},
		{"C1 as a byte", "a\x9b2Jb", "a?2Jb"},
		{"C1 in UTF-8", "a\u009b2J\u0085b", "a?2J b"},
		{"text that turns around", "a\u202eb\u2066c\u200fd", "a?b?c?d"},
		{"ends of lines of Unicode", "a\u2028b\u2029c", "a b c"},
		{"a workflow command", "::error file=x::y\n \t::add-mask::y\n", ": :error file=x::y\n \t: :add-mask::y\n"},
		{"within a line it is none", "x ::error::y\n", "x ::error::y\n"},
		{"addresses of IPv6", "::1 -> [::1]:80\n::dead beef::\n::ffff:10.0.0.1 ::\n",
			"::1 -> [::1]:80\n::dead beef::\n::ffff:10.0.0.1 ::\n"},
		{"older commands, anywhere", "x ##[error]y ##vso[a] ###teamcity[b ## c # d\n",
			"x # #[error]y # #vso[a] ## #teamcity[b ## c # d\n"},
	}
	for _, tt := range tests {
		if got := guarded(t, tt.text); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.text, got, tt.want)
		}
		if got := guarded(t, strings.Split(tt.text, "")...); got != tt.want {
			t.Errorf("%s, byte by byte: %q became %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestAGuardWritesWholeLines(t *testing.T) {
	var b strings.Builder
	g := NewGuard(&b)
	_, _ = g.Write([]byte("one\nt"))
	if got := b.String(); got != "one\n" {
		t.Errorf("after a line and a half %q was written, want the line", got)
	}
	_, _ = g.Commands().Write([]byte("::notice::ours\n"))
	if err := g.Control("\x1b[J"); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "one\n::notice::ours\nt\x1b[J"; got != want {
		t.Errorf("with what is this program's own %q was written, want %q", got, want)
	}
	long := strings.Repeat("é", longestHeld)
	if got := guarded(t, long[:longestHeld+1], long[longestHeld+1:]); got != long {
		t.Errorf("a long line became another one, of %d bytes for %d", len(got), len(long))
	}
}

// FuzzGuard writes a text in two parts.
func FuzzGuard(f *testing.F) {
	f.Add("::error ::x\x1b[2J", "\u009b\n##[x")
	f.Fuzz(func(t *testing.T, one, two string) {
		got := guarded(t, one, two)
		for _, r := range got {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Errorf("%q, %q became %q, which has %U", one, two, got, r)
			}
		}
		for line := range strings.Lines(got) {
			if defused(line) != line {
				t.Errorf("%q, %q became %q, which has a command", one, two, got)
			}
		}
	})
}

func TestEscapedJSONIsTheSameValue(t *testing.T) {
	const text = "a\u009b\x7f\u202e\U000e0001 é日\n\"\\"
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	escaped := EscapeJSON(b)
	if got, want := string(escaped), `"a\u009b\u007f\u202e\udb40\udc01 é日\n\"\\"`; got != want {
		t.Errorf("EscapeJSON() = %s, want %s", got, want)
	}
	var back string
	if err := json.Unmarshal(escaped, &back); err != nil || back != text {
		t.Errorf("EscapeJSON() reads as %q, %v, want %q", back, err, text)
	}
}
