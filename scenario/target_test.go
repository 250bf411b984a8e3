package scenario

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	tests := []struct {
		name, text string
		want       Target
		authority  string
	}{
		{"host and port", "example:80", Target{"tcp", "example", 80, "", ""}, "example:80"},
		{"tcp", "tcp://10.0.0.1:7000", Target{"tcp", "10.0.0.1", 7000, "", ""}, "10.0.0.1:7000"},
		{"IPv6", "[::1]:7000", Target{"tcp", "::1", 7000, "", ""}, "[::1]:7000"},
		{"http alone", "http://example", Target{"http", "example", 80, "/", ""}, "example"},
		{"http with its port said", "http://example:80/", Target{"http", "example", 80, "/", ""}, "example"},
		{"http with another port", "http://example:8080/a/b", Target{"http", "example", 8080, "/a/b", ""},
			"example:8080"},
		{"a query", "http://example/a?b=c&d", Target{"http", "example", 80, "/a?b=c&d", ""}, "example"},
		{"a query without a path", "http://example?b", Target{"http", "example", 80, "/?b", ""}, "example"},
		{"a path that needs encoding", "http://example/a b", Target{"http", "example", 80, "/a%20b", ""}, "example"},
		{"https", "https://example/", Target{"https", "example", 443, "/", ""}, "example"},
		{"https on the port of http", "https://[::1]:80/", Target{"https", "::1", 80, "/", ""}, "[::1]:80"},
		{"https by IPv6", "https://[::1]/", Target{"https", "::1", 443, "/", ""}, "[::1]"},
		{"a scheme in capitals", "HTTP://example/", Target{"http", "example", 80, "/", ""}, "example"},
		{"the lab's server", "http://{server}:8080/x", Target{"http", ServerHost, 8080, "/x", ""}, "{server}:8080"},
		{"a user and a password", "http://me:a%40b@example/x", Target{"http", "example", 80, "/x", "me:a@b"},
			"example"},
		{"a user alone", "https://me@example/", Target{"https", "example", 443, "/", "me:"}, "example"},
		{"a user of the lab's server", "http://me:pw@{server}:80/", Target{"http", ServerHost, 80, "/", "me:pw"},
			"{server}"},
		{"a Unix socket", "unix:/run/x y.sock", Target{"unix", "", 0, "/run/x y.sock", ""}, ""},
		{"a Unix socket near by", "unix:s@x", Target{"unix", "", 0, "s@x", ""}, ""},
		{"the lab's server, tcp", "{server}:80", Target{"tcp", ServerHost, 80, "", ""}, "{server}:80"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseTarget(tt.text)
			if got != tt.want || err != nil {
				t.Fatalf("ParseTarget(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
			}
			if a := got.Authority(); a != tt.authority && got.Scheme != SchemeUnix {
				t.Errorf("Authority() = %q, want %q", a, tt.authority)
			}
			if tt.want.Credentials != "" {
				if text := got.String(); strings.Contains(text, "me") || !strings.Contains(text, "://...@") {
					t.Errorf("String() = %q, want ... for the user and the password", text)
				}
				return
			}
			if again, err := ParseTarget(got.String()); again != got || err != nil {
				t.Errorf("ParseTarget(%q) = %+v, %v, want what it is the text of, %+v", got, again, err, got)
			}
		})
	}
}

func TestParseTargetSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no port", "example", `target "example": it is not host:port`},
		{"nothing", "", `target "": it has no host`},
		{"no host", ":80", "it has no host"},
		{"no host in a URL", "http:///x", "it has no host"},
		{"port 0", "example:0", `port "0" is outside 1 to 65535`},
		{"a port too high", "http://example:65536/", `port "65536" is outside 1 to 65535`},
		{"a name for a port", "example:http", "invalid port"},
		{"another scheme", "ftp://example:21", `the scheme "ftp" is not one of tcp, http, https, unix`},
		{"a user of tcp", "me:secret@example:80", `target "...@example:80": a user or password is for http targets`},
		{"a user of tcp, as a URL", "tcp://me:secret@example:80", `"tcp://...@example:80": a user or password is for`},
		{"a password that is not encoded", "http://me:sec%ret@example/", "percent-encoded, as %40 for an @"},
		{"a port behind a password", "http://me:secret@example:http/", "percent-encoded, as %40 for an @"},
		{"a user with a colon", "http://m%3Ae:secret@example/", "the user has a colon"},
		{"a password with a line end", "http://me:secret%0A@example/", "has a control character"},
		{"a Unix socket without a name", "unix:", `target "unix:": it names no file, as unix:/run/server.sock does`},
		{"a Unix socket with too long a name", "unix:/" + strings.Repeat("x", 107),
			"has 108 bytes, and a Unix socket's has 107"},
		{"a Unix socket with a line end", "unix:/a\nb", "has a control character"},
		{"a fragment", "http://example/#top", "a fragment is never sent"},
		{"an empty fragment", "http://example/#", "a fragment is never sent"},
		{"a path of tcp", "tcp://example:80/x", "tcp has no path"},
		{"a query of tcp", "example:80?", "tcp has no path"},
		{"IPv6 without brackets", "http://::1/", ""},
		{"a zone", "[fe80::1%lo]:80", "addresses with a zone are not accepted"},
		{"a space in the query", "http://example/?a b", "write it percent-encoded"},
		{"more than the lab's server", "http://{server}x/", "{server} stands for the whole host"},
		{"a name of another alphabet", "http://b\u00fccher.example/", "xn-- form"},
		{"an encoded name", "http://%25/", "characters that no host name has"},
		{"less than the lab's server", "http://a{server}/", "invalid character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTarget(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("ParseTarget(%q) = %v, want an error with %q", tt.text, err, tt.want)
			}
		})
	}
}

func TestTargetsOfOneRunHaveOneScheme(t *testing.T) {
	for _, texts := range [][]string{{"http://a/x", "http://b:81/x"}, {"http://a/x", "http://a/x?y"}} {
		if got, err := ParseTargets(texts); err != nil || len(got) != 2 {
			t.Errorf("ParseTargets(%q) = %v, %v, want both", texts, got, err)
		}
	}
	for _, texts := range [][]string{{"http://a/", "https://me:secret@a/"}, {"a:80", "http://me:secret@a:80/"},
		{"a:80", "unix:/a"}} {
		if _, err := ParseTargets(texts); err == nil ||
			!strings.Contains(err.Error(), "targets of one run have the same") || strings.Contains(err.Error(),
			"secret") {
			t.Errorf("ParseTargets(%q) = %v, want an error that says what they have in common", texts, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"a:1", "tcp://[::1]:1", "http://{server}:80/a?b", "https://a/%41 ?b", "http://a@b/#c",
		"http://a/?\xff", "unix:/a", "http://[::1%25lo]/", "http://%41/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTarget(text)
		if err != nil {
			return
		}
		if got.Scheme == SchemeUnix {
			if again, err := ParseTarget(got.String()); again != got || err != nil || got.Path == "" {
				t.Errorf("ParseTarget(%q) = %+v, and again %+v, %v", text, got, again, err)
			}
			return
		}
		if got.Host == "" || got.Port == 0 || strings.ContainsAny(got.Path+got.Authority(), " \r\n#") ||
			(got.Path == "") != (got.Scheme == SchemeTCP) {
			t.Errorf("ParseTarget(%q) = %+v, which no request can carry", text, got)
		}
		again, err := ParseTarget(got.String())
		if again.Credentials = got.Credentials; again != got || err != nil { // which no text has
			t.Errorf("ParseTarget(%q), of %q, = %+v, %v, want %+v", got, text, again, err, got)
		}
	})
}
