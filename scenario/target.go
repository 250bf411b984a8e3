package scenario

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tcpbench/internal/suggest"
)

// Target is where connections go.
type Target struct {
	// Scheme is the name of one of Schemes.
	Scheme string
	// Host is a name, an address without brackets, ServerHost or ProxyHost.
	Host string
	// Port is never 0, but for a Unix socket, which has no Host either.
	Port uint16
	// Path is what is asked for, query included, percent-encoded; "" for tcp. Of a Unix
	// socket it is the file.
	Path string
	// Credentials are the user and the password of the basic scheme, with a colon between
	// them (RFC 7617, 2); "" are none.
	Credentials string
}

// ParseTarget reads `tcp://host:port`, `host:port`, `http://host[:port]/path`
// or `https://...` (RFC 3986), or `unix:FILE`.
func ParseTarget(text string) (Target, error) {
	t, err := parseTarget(text)
	if err != nil {
		return Target{}, fmt.Errorf("target %q: %w", Redacted(text), err)
	}
	return t, nil
}

func parseTarget(text string) (Target, error) {
	if keepable(text) != nil {
		return Target{}, errors.New("it is not UTF-8, so that a result cannot keep it; escape it as %XX")
	}
	if file, ok := UnixFile(text); ok {
		return unixTarget(file)
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = SchemeTCP, text
	}
	if strings.Contains(rest, "#") {
		return Target{}, errors.New("a fragment is never sent; leave out what comes from the # on")
	}
	host := hostPart(rest)
	if strings.HasPrefix(host, "[") && strings.Contains(host, "%") {
		return Target{}, errors.New("addresses with a zone are not accepted; use one of the wider network")
	}
	word := labHost(host)
	if at := strings.LastIndexByte(host, '@') + 1; word != "" { // which is no host name for net/url
		rest = rest[:at] + "host" + rest[at+len(word):]
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil && strings.Contains(host, "@") { // which must not be in a message
		return Target{}, errors.New("what comes before the @, or after it, is not that of a URL; characters that are " +
			"special there are percent-encoded, as %40 for an @")
	}
	if err != nil {
		return Target{}, unwrapped(err)
	}
	t, err := fromURL(u)
	if word != "" && err == nil {
		if t.Host != "host" {
			return Target{}, fmt.Errorf("%s stands for the whole host", word)
		}
		t.Host = word
	}
	return t, err
}

// unixPrefix begins a target that is a Unix socket.
const unixPrefix = SchemeUnix + ":"

// UnixFile is the file of the Unix socket that a target names; false where it is none.
func UnixFile(text string) (file string, ok bool) { return strings.CutPrefix(text, unixPrefix) }

// maxUnixPath is how many bytes the name of a Unix socket has at most (unix(7)).
const maxUnixPath = 107

// unixTarget is a Unix socket by the name of its file.
func unixTarget(file string) (Target, error) {
	switch {
	case file == "":
		return Target{}, errors.New("it names no file, as unix:/run/server.sock does")
	case len(file) > maxUnixPath:
		return Target{}, CheckUnixFile(file)
	case strings.ContainsFunc(file, isControl):
		return Target{}, errors.New("the name of its file has a control character")
	default:
		return Target{Scheme: SchemeUnix, Path: file}, nil
	}
}

// CheckUnixFile refuses a name that is too long for a Unix socket.
func CheckUnixFile(file string) error {
	if len(file) <= maxUnixPath {
		return nil
	}
	return fmt.Errorf("the name of its file has %d bytes, and a Unix socket's has %d at most; "+
		"name it from a directory nearer to it", len(file), maxUnixPath)
}

// InLab reports whether the target is a Unix socket in the directory of the program of a
// lab's server.
func (t Target) InLab() bool {
	return t.Scheme == SchemeUnix && strings.HasPrefix(t.Path, FilesDir+"/") && len(t.Path) > len(FilesDir)+1
}

// labHost is the word for a lab's host that a host begins with, or "".
func labHost(host string) string {
	host = host[strings.LastIndexByte(host, '@')+1:]
	for _, word := range []string{ServerHost, ProxyHost} {
		if strings.HasPrefix(host, word) {
			return word
		}
	}
	return ""
}

// hostPart is what comes before the path, the query and the fragment.
func hostPart(rest string) string {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i]
	}
	return rest
}

// unwrapped is what net/url has to say, without the URL, which was said.
func unwrapped(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// fromURL takes what a target has and refuses the rest.
func fromURL(u *url.URL) (Target, error) {
	t := Target{Scheme: u.Scheme, Host: u.Hostname()}
	switch {
	case !slices.Contains(Words(Schemes()), u.Scheme):
		return Target{}, fmt.Errorf("the scheme %w", suggest.NotOneOf(u.Scheme, Words(Schemes())))
	case u.User != nil && !SpeaksHTTP(u.Scheme):
		return Target{}, errors.New("a user or password is for http targets; leave out what comes before the @")
	case t.Host == "":
		return Target{}, errors.New("it has no host")
	case strings.Contains(t.Host, ":") && !strings.HasPrefix(u.Host, "["):
		return Target{}, errors.New("an IPv6 address is written in brackets, as in [::1]:80")
	case strings.ContainsFunc(t.Host, notOfHost):
		return Target{}, fmt.Errorf("host %q has characters that no host name has; "+
			"names of other alphabets are written in their xn-- form", t.Host)
	}
	var err error
	if t.Port, err = port(u); err != nil {
		return Target{}, err
	}
	if t.Credentials, err = credentials(u.User); err != nil {
		return Target{}, err
	}
	t.Path, err = requestTarget(u)
	return t, err
}

// credentials are a URL's user and password.
func credentials(u *url.Userinfo) (string, error) {
	if u == nil {
		return "", nil
	}
	password, _ := u.Password()
	switch name := u.Username(); {
	case strings.Contains(name, ":"):
		return "",
			errors.New("the user has a colon, which the basic scheme ends it with (RFC 7617); it has no such user")
	case strings.ContainsFunc(name+password, isControl):
		return "", errors.New("the user or the password has a control character, which the basic scheme has not")
	default:
		return name + ":" + password, nil
	}
}

// isControl reports the control characters of ASCII.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// notOfHost reports characters that neither names nor addresses have.
func notOfHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._:", r)
}

// port is the URL's, or the one of its scheme.
func port(u *url.URL) (uint16, error) {
	text := u.Port()
	if text == "" {
		if s, err := SchemeNamed(u.Scheme); err == nil && s.Port != 0 {
			return s.Port, nil
		}
		return 0, errors.New("it is not host:port")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("port %q is outside 1 to 65535", text)
	}
	return uint16(n), nil
}

// requestTarget is what RFC 9112, 3.2.1 calls so: the path with the query.
func requestTarget(u *url.URL) (string, error) {
	if !SpeaksHTTP(u.Scheme) {
		if u.Path != "" || u.RawQuery != "" || u.ForceQuery {
			return "", fmt.Errorf("%s has no path; leave it out, or use http://", u.Scheme)
		}
		return "", nil
	}
	if strings.ContainsFunc(u.RawQuery, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("its query has a space or a letter outside of ASCII; write it percent-encoded, as in %20")
	}
	return u.RequestURI(), nil
}

// Authority is the host with its port, which is left out where it is the
// scheme's own (RFC 9110, 4.2.3).
func (t Target) Authority() string {
	if s, err := SchemeNamed(t.Scheme); err != nil || t.Port != s.Port {
		return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
	}
	if strings.Contains(t.Host, ":") {
		return "[" + t.Host + "]"
	}
	return t.Host
}

// String is the target as ParseTarget reads it, without its credentials: results and
// messages have it.
func (t Target) String() string {
	if t.Scheme == SchemeUnix {
		return unixPrefix + t.Path
	}
	if t.Credentials != "" {
		return t.Scheme + "://" + hidden + "@" + t.Authority() + t.Path
	}
	return t.Scheme + "://" + t.Authority() + t.Path
}

// ParseTargets reads the targets of one run, which are used in turn: they have one scheme.
func ParseTargets(texts []string) ([]Target, error) {
	out := make([]Target, 0, len(texts))
	for _, text := range texts {
		t, err := ParseTarget(text)
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && t.Scheme != out[0].Scheme {
			return nil, fmt.Errorf("target %q: its scheme is %s and that of the first target is %s; targets of one "+
				"run have the same", Redacted(text), t.Scheme, out[0].Scheme)
		}
		if t.Scheme == SchemeUnix && len(out) > 0 {
			return nil, fmt.Errorf("target %q: a run has one Unix socket; measure one after the other", text)
		}
		out = append(out, t)
	}
	return out, nil
}

// hidden stands for a user and a password.
const hidden = "..."

// Redacted is a target fit for a message or a file: what comes before the @ is left out.
func Redacted(text string) string {
	before, rest, ok := strings.Cut(text, "://")
	if _, ok := UnixFile(text); ok {
		return text
	}
	if !ok {
		before, rest = "", text
	} else {
		before += "://"
	}
	host := hostPart(rest)
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		return before + hidden + rest[i:]
	}
	return text
}
