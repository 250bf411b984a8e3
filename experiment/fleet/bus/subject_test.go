package bus

import (
	"strings"
	"testing"
)

func TestNamesOfAgents(t *testing.T) {
	tests := []struct {
		name, agent string
		want        string // in the error; empty for no error
	}{
		{"letters, digits, - and _", "Web-01_a", ""},
		{"the longest", strings.Repeat("a", 64), ""},
		{"none", "", "is empty"},
		{"a byte too many", strings.Repeat("a", 65), "65 bytes"},
		{"a dot would be another level of the subject", "web.example", "letters, digits"},
		{"all that follow", ">", "letters, digits"},
		{"any", "*", "letters, digits"},
		{"a space ends the subject", "web 1", "letters, digits"},
		{"a line of the protocol", "a\r\nPUB x 0", "letters, digits"},
		{"a way out of a directory", "../x", "letters, digits"},
		{"a letter that is not ASCII", "wéb", "letters, digits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := ValidName(tt.agent)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ValidName(%q) = %v, want %q", tt.agent, err, tt.want)
			}
		})
	}
}

func TestAHostNameGivesAName(t *testing.T) {
	for host, want := range map[string]string{
		"web-1.example.com":     "web-1-example-com",
		"":                      "agent",
		"münchen":               "m-nchen",
		strings.Repeat("x", 99): strings.Repeat("x", 64),
	} {
		got := NameOf(host)
		if got != want || ValidName(got) != nil {
			t.Errorf("NameOf(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestTheSenderIsInTheSubject(t *testing.T) {
	tests := []struct {
		subject, want string
		ok            bool
	}{
		{FromAgent("web-1"), "web-1", true},
		{ToAgent("web-1"), "", false},
		{ToAll, "", false},
		{"tcpbench.from.", "", false},
		{"tcpbench.from.a.b", "", false},
		{FromAll, "", false},
		{"other.from.a", "", false},
	}
	for _, tt := range tests {
		if got, ok := Sender(tt.subject); got != tt.want || ok != tt.ok {
			t.Errorf("Sender(%q) = %q, %v, want %q, %v", tt.subject, got, ok, tt.want, tt.ok)
		}
	}
}
