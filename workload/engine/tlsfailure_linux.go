package engine

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"tcpbench/metrics"
)

// The alerts of a server that a user can do something about (RFC 8446, 6.2).
const (
	alertBadCertificate     tls.AlertError = 42
	alertCertificateExpired tls.AlertError = 45
	alertCertificateUnknown tls.AlertError = 46
	alertUnknownCA          tls.AlertError = 48
	alertProtocolVersion    tls.AlertError = 70
	alertUnrecognizedName   tls.AlertError = 112
	alertNoApplication      tls.AlertError = 120
)

// askedForOne says why a server ended a connection without a client certificate.
const askedForOne = "the server asks for a client certificate; give one with --cert FILE and --key FILE"

// whyTLS says why a TLS handshake with the destination failed, or what came of it, and
// what to do.
func (s *service) whyTLS(err error, t TLS) string {
	alert, alerted := remoteAlert(err)
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(err, &unknown) && t.CACert != "":
		return fmt.Sprintf("the server's certificate is not signed by an authority of %s; give the one that signed it "+
			"with --cacert FILE", t.CACert)
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that this host does not trust; give that one's " +
			"certificate with --cacert FILE, or accept any with --insecure"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the server's certificate, or one that signed it, holds from %s to %s only; renew it, or "+
			"accept any with --insecure", invalid.Cert.NotBefore.UTC().Format(time.DateOnly),
			invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &name):
		return fmt.Sprintf("the server's certificate is not one for %s; say which name it has with --servername NAME",
			name.Host)
	case errors.As(err, &record):
		return "the server does not speak TLS on that port; use http:// or another port"
	case errors.Is(err, errNoHTTP2):
		return "the server does not speak HTTP/2, which --http 2 asks for"
	case alerted:
		return s.whyAlert(alert, t)
	case s.asked.Load() && len(t.Certificates) == 0:
		return askedForOne
	default:
		return err.Error()
	}
}

// whyAlert says what a server's alert means.
func (s *service) whyAlert(alert tls.AlertError, t TLS) string {
	switch alert {
	case alertNoApplication:
		return fmt.Sprintf("the server speaks none of the versions of HTTP that were offered (--http %s)",
			cmp.Or(t.HTTP, "both"))
	case alertProtocolVersion:
		return "the server speaks no version of TLS that the client does, 1.2 and 1.3"
	case alertUnrecognizedName:
		return fmt.Sprintf("the server does not know the name %s; say which one it has with --servername NAME",
			s.tls.ServerName)
	}
	refused := []tls.AlertError{alertBadCertificate, alertCertificateExpired, alertCertificateUnknown, alertUnknownCA}
	switch shown := len(t.Certificates) > 0; {
	case !shown && s.asked.Load():
		return askedForOne
	case shown && slices.Contains(refused, alert):
		return fmt.Sprintf("the server does not accept the client certificate in %s (%v); give one that an authority "+
			"of its own signed", t.Cert, alert)
	default:
		return "the server said " + alert.Error()
	}
}

// remoteAlert is the alert that ended a connection. Of TCP, crypto/tls has no type for
// one; that of QUIC has the same texts.
func remoteAlert(err error) (alert tls.AlertError, ok bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	for n := range 256 {
		if alert = tls.AlertError(n); alert.Error() == op.Err.Error() {
			return alert, true
		}
	}
	return 0, false
}

// refusesUs reports whether a request failed for what the handshake had come to: in TLS
// 1.3 a client's handshake is over before the server has looked at its certificate. It
// does not where the server answers others without one.
func (x *exchange) refusesUs(err error, f metrics.Failure) bool {
	_, alerted := remoteAlert(err)
	none := len(x.client.Plan.HTTP.TLS.Certificates) == 0 && x.rec.Requests == 0
	return alerted || none && x.service.asked.Load() && endOfConn(f.Errno)
}
