// Package certificate reads the certificates and keys of TLS from files in PEM form
// (RFC 7468), and says of each what is wrong with it and what to do about it.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"tcpbench/internal/userfile"
)

// Pair reads a certificate, with the chain that follows it, and its private key. The
// error names the file; so does that of a certificate which does not hold at the time
// now, or of a key that is another's.
func Pair(certFile, keyFile string, now time.Time) (tls.Certificate, error) {
	certs, chain, err := readCertificates(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := holds(certs[0], now); err != nil {
		return tls.Certificate{}, fmt.Errorf("%s %w", certFile, err)
	}
	key, err := readKey(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s is not the key of the certificate in %s (%w); give the one that it "+
			"was made with", keyFile, certFile, err)
	}
	return pair, nil
}

// Pool reads the certificates of authorities that are trusted. It is an error where none
// of them holds at the time now.
func Pool(file string, now time.Time) (*x509.CertPool, error) {
	certs, _, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	pool, held := x509.NewCertPool(), false
	for _, c := range certs {
		pool.AddCert(c)
		held = held || holds(c, now) == nil
	}
	if !held {
		return nil, fmt.Errorf("%s %w", file, holds(certs[0], now))
	}
	return pool, nil
}

// holds says why a certificate does not hold at a time; nil where it does.
func holds(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("expired on %s; renew it", c.NotAfter.UTC().Format(time.DateTime))
	case now.Before(c.NotBefore):
		return fmt.Errorf("is valid from %s on, which is to come; check this host's clock",
			c.NotBefore.UTC().Format(time.DateTime))
	default:
		return nil
	}
}

// readCertificates reads all of a file, at least one, and returns them in PEM form too.
func readCertificates(file string) (out []*x509.Certificate, chain []byte, err error) {
	blocks, err := blocksOf(file)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range blocks {
		if b.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("%s has a certificate that is damaged: %w", file, err)
		}
		out, chain = append(out, c), append(chain, pem.EncodeToMemory(b)...)
	}
	switch {
	case len(out) > 0:
		return out, chain, nil
	case len(blocks) > 0:
		return nil, nil, fmt.Errorf("%s has a %s and no certificate; is it the file of the key?", file, blocks[0].Type)
	default:
		return nil, nil, fmt.Errorf(
			"%s has no certificate in PEM form; openssl x509 -inform der -in %s makes one of DER", file, file)
	}
}

// readKey reads a file with a private key that has no passphrase.
func readKey(file string) ([]byte, error) {
	blocks, err := blocksOf(file)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		switch {
		case b.Type == "ENCRYPTED PRIVATE KEY" || b.Headers["DEK-Info"] != "":
			return nil, fmt.Errorf("the key in %s has a passphrase, which nobody can be asked for; "+
				"openssl pkey -in %s writes it without", file, file)
		case strings.HasSuffix(b.Type, "PRIVATE KEY"):
			return pem.EncodeToMemory(b), nil
		}
	}
	if len(blocks) > 0 {
		return nil, fmt.Errorf("%s has a %s and no private key; is it the file of the certificate?", file,
			blocks[0].Type)
	}
	return nil, fmt.Errorf("%s has no private key in PEM form; openssl pkey -inform der -in %s makes one of DER",
		file, file)
}

// most is how many bytes are read of a file: a list of all public authorities has some
// 250,000.
const most = 16 << 20

// blocksOf reads the blocks of a file in PEM form; none where it has another.
func blocksOf(file string) ([]*pem.Block, error) {
	text, err := userfile.Read(file, most)
	if err != nil {
		return nil, err // names the file
	}
	var out []*pem.Block
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		out = append(out, block)
	}
	return out, nil
}
