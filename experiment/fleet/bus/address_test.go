package bus

import (
	"strings"
	"testing"
)

// No URL shows who logs in, however it is written.
func FuzzParseURLs(f *testing.F) {
	for _, s := range []string{"127.0.0.1:4222", "nats://me:secret@host:1, tls://[::1]:2", "nats://@@", "://", "", ",",
		"http://x", "nats://a%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseURLs(text)
		if err != nil {
			return
		}
		if again, err := parseURLs(Redacted(text)); err != nil || again.String() != a.String() {
			t.Errorf("Redacted(%q) = %q, which is %v, %v, want %v", text, Redacted(text), again, err, a)
		}
		for shown := range strings.SplitSeq(a.String(), ", ") {
			authority, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(shown, "nats://"), "tls://"), "/")
			authority, _, _ = strings.Cut(authority, "?")
			authority, _, _ = strings.Cut(authority, "#")
			if strings.Contains(authority, "@") {
				t.Errorf("parseURLs(%q) shows %q", text, shown)
			}
		}
	})
}

func TestTheURLOfAHubIsShownWithoutWhatLetsAUserIn(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:4222":              "127.0.0.1:4222",
		"me:secret@h:4222":            "nats://me:xxxxx@h:4222",
		"tls://secret@a:7, tls://b:8": "tls://xxxxx@a:7,tls://b:8",
		"nats://me:s%zz@h":            "xxxxx",
	} {
		if got := Redacted(text); got != want {
			t.Errorf("Redacted(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestThePortOfAHubIsFoundAsItsURLMayBeGiven(t *testing.T) {
	for text, want := range map[string]int{"127.0.0.1:4306": 4306, "nats://h:5": 5, "tls://h": 4222, "h": 4222,
		"tls://a:7,tls://b:8": 7} {
		if got, err := Port(text); err != nil || got != want {
			t.Errorf("Port(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}
