package target

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"time"

	"tcpbench/internal/certificate"
)

// Certificates reports what is wrong with the files of certificates that c names, at the
// time now; nil where it names none.
func (c Config) Certificates(now time.Time) error {
	if c.Cert == "" && c.ClientCA == "" {
		return nil // to make one takes longer than all else
	}
	_, err := c.tls(now)
	return err
}

// tls is what a server does with TLS.
func (c Config) tls(now time.Time) (*tls.Config, error) {
	out := &tls.Config{}
	var cert tls.Certificate
	var err error
	if c.Cert == "" {
		cert, err = selfSigned(c.Listen)
	} else {
		cert, err = certificate.Pair(c.Cert, c.Key, now)
	}
	if err != nil {
		return nil, fmt.Errorf("server's certificate: %w", err)
	}
	out.Certificates = []tls.Certificate{cert}
	if c.ClientCA == "" {
		return out, nil
	}
	if out.ClientCAs, err = certificate.Pool(c.ClientCA, now); err != nil {
		return nil, fmt.Errorf("authorities of client certificates: %w", err)
	}
	out.ClientAuth = tls.RequireAndVerifyClientCert
	return out, nil
}

// validFor is how long a certificate holds: longer than any server runs.
const validFor = 365 * 24 * time.Hour

// selfSigned makes a certificate for the addresses that a server listens on,
// this host's loopback addresses, and the names localhost and server. The
// key is ECDSA P-256, the cheapest to sign with that every client takes.
func selfSigned(listen []netip.AddrPort) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "tcpbench"},
		DNSNames:     []string{"localhost", "server"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.Add(validFor),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, a := range listen {
		template.IPAddresses = append(template.IPAddresses, a.Addr().AsSlice())
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
