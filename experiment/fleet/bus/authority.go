package bus

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"tcpbench/internal/certificate"
)

const (
	// holdsFor is how long certificates hold: nobody renews them, a new directory is made.
	holdsFor = 2 * 365 * 24 * time.Hour
	// clocksDiffer is by how much the clock of an agent's host may be behind.
	clocksDiffer = 24 * time.Hour
)

// authority signs the certificates of a fleet.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issued is a certificate and its key, in PEM form.
type issued struct{ cert, key []byte }

// newAuthority makes one that signs its own certificate.
func newAuthority(now time.Time) (*authority, issued, error) {
	c := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "tcpbench fleet"},
		NotBefore:             now.Add(-clocksDiffer),
		NotAfter:              now.Add(holdsFor),
		IsCA:                  true,
		MaxPathLenZero:        true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	a := &authority{}
	files, err := a.sign(c)
	if err != nil {
		return nil, issued{}, err
	}
	block, _ := pem.Decode(files.cert)
	if a.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, issued{}, fmt.Errorf("read the authority's certificate: %w", err)
	}
	return a, files, nil
}

// readAuthority reads one that was made before.
func readAuthority(certFile, keyFile string, now time.Time) (*authority, error) {
	pair, err := certificate.Pair(certFile, keyFile, now)
	if err != nil {
		return nil, err // names the file
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("%s is not the certificate of an authority", certFile)
	}
	return &authority{pair.Leaf, key}, nil
}

// hub is the certificate of a hub at names and addresses.
func (a *authority) hub(hosts []string, now time.Time) (issued, error) {
	c := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "tcpbench.hub"},
		NotBefore:   now.Add(-clocksDiffer),
		NotAfter:    a.cert.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return a.sign(c)
}

// client is the certificate of who connects.
func (a *authority) client(commonName string, now time.Time) (issued, error) {
	return a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName},
		NotBefore:   now.Add(-clocksDiffer),
		NotAfter:    a.cert.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// sign makes a key and its certificate; an authority that has none yet signs itself.
func (a *authority) sign(c *x509.Certificate) (issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return issued{}, fmt.Errorf("make a key: %w", err)
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return issued{}, fmt.Errorf("make a serial number: %w", err)
	}
	if a.cert == nil {
		a.cert, a.key = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		return issued{}, fmt.Errorf("sign the certificate of %s: %w", c.Subject.CommonName, err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return issued{}, fmt.Errorf("write the key of %s: %w", c.Subject.CommonName, err)
	}
	return issued{
		cert: pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: secret}),
	}, nil
}
