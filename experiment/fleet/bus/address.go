package bus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"tcpbench/internal/fault"
)

// address is where a hub is, without passwords.
type address struct {
	text     string
	loopback bool // all of them
}

// String is what may be shown of it.
func (a address) String() string { return a.text }

// parseURLs checks those of a hub or cluster, separated by commas.
func parseURLs(text string) (address, error) {
	a := address{loopback: true}
	var shown []string
	for part := range strings.SplitSeq(text, ",") {
		u, err := parseURL(part)
		if err != nil {
			return address{}, err
		}
		u.User = nil
		if (u.Scheme != "nats" && u.Scheme != "tls") || u.Hostname() == "" {
			return address{}, fault.Usagef("hub %q: give nats://HOST:PORT or tls://HOST:PORT", u)
		}
		ip := net.ParseIP(u.Hostname())
		a.loopback = a.loopback && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
		shown = append(shown, u.String())
	}
	a.text = strings.Join(shown, ", ")
	return a, nil
}

// parseURL reads that of one hub; without a scheme it is NATS's.
func parseURL(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "nats://" + text
	}
	u, err := url.Parse(text)
	if err != nil { // its text may have a password
		return nil, fault.Usagef("the URL of a hub is damaged; give nats://HOST:PORT or tls://HOST:PORT")
	}
	return u, nil
}

// Redacted are the URLs of a hub or cluster without passwords and tokens, each otherwise as it was
// given; NATS takes a user without a password for a token.
func Redacted(text string) string {
	const instead = "xxxxx" // as url.URL.Redacted has it
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		u, err := parseURL(part)
		switch {
		case err != nil:
			part = instead
		case u.User != nil:
			if _, has := u.User.Password(); !has {
				u.User = url.User(instead)
			}
			part = u.Redacted()
		}
		out = append(out, part)
	}
	return strings.Join(out, ",")
}

// Port is where a hub listens, by its URL; of a cluster, the first one.
func Port(text string) (int, error) {
	first, _, _ := strings.Cut(text, ",")
	u, err := parseURL(first)
	if err != nil {
		return 0, err
	}
	if u.Port() == "" {
		return 4222, nil // NATS's own
	}
	return strconv.Atoi(u.Port())
}

// Loopback reports whether a hub is on this host alone, by its URL.
func Loopback(text string) bool {
	a, err := parseURLs(text)
	return err == nil && a.loopback
}

const (
	firstWait     = 50 * time.Millisecond
	mostLoopback  = 400 * time.Millisecond
	mostElsewhere = 1600 * time.Millisecond
)

// wait is how long to wait after so many tries, 1 and up: twice as long each time, and up
// to a quarter more, so that agents do not all come at once. On loopback, where a try costs
// little, it is never more than 500 ms, elsewhere 2 s.
func (a address) wait(tries int) time.Duration {
	most := mostElsewhere
	if a.loopback {
		most = mostLoopback
	}
	d := min(firstWait<<min(tries-1, 10), most)
	return d + rand.N(d/4)
}

// final is the error with its remedy where trying again cannot mend it; else nil.
func (a address) final(err error, creds string) error {
	var remedy string
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired),
		errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired):
		remedy = "the hub does not know these credentials; `tcpbench fleet keys` makes them for its directory"
		if creds == "" {
			remedy = "the hub asks who this is; give --creds FILE"
		}
	case errors.Is(err, nats.ErrSecureConnWanted), errors.Is(err, nats.ErrNkeysNotSupported):
		remedy = "the hub has no keys, and these credentials are for one that has; start it with " +
			"`tcpbench fleet hub --dir DIR`"
	default:
		remedy = tlsRemedy(err, creds)
	}
	if remedy == "" {
		return nil
	}
	return fault.Usage(fmt.Errorf("connect to the hub at %s: %w; %s", a, err, remedy))
}

// tlsRemedy is what to do about a certificate; empty where err is about something else.
func tlsRemedy(err error, creds string) string {
	var (
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &name):
		return "the hub's certificate is for other hosts; `tcpbench fleet keys --host HOST` makes one"
	case errors.As(err, &unknown) && creds == "":
		return "the hub has keys of its own; give --creds FILE"
	case errors.As(err, &unknown):
		return "the hub's keys were made in another directory than these credentials"
	case errors.As(err, &invalid):
		return "the hub's certificate does not hold; make new keys with `tcpbench fleet keys`, or check the clocks"
	case errors.As(err, &alert):
		return "the hub refuses this certificate; make new keys with `tcpbench fleet keys`, or check the clocks"
	default:
		return ""
	}
}
