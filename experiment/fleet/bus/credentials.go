package bus

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"tcpbench/internal/fault"
	"tcpbench/internal/userfile"
)

// Blocks of a file of credentials: the seed of the nkey, the certificate and its key, the
// authority's certificate.
const (
	blockSeed        = "TCPBENCH NKEY SEED"
	blockCertificate = "CERTIFICATE"
	blockKey         = "PRIVATE KEY"
)

// mostCredentials is how many bytes a file of credentials may have. One has 2 KB.
const mostCredentials = 256 << 10

// identity is what a file of credentials holds.
type identity struct {
	user  user
	nkey  nkeys.KeyPair
	pair  tls.Certificate
	roots *x509.CertPool
}

// formatCredentials writes the file of a user.
func formatCredentials(u user, seed []byte, own issued, ca []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# tcpbench fleet: who has this file is %s. Keep it secret.\n", u)
	b.Write(pem.EncodeToMemory(&pem.Block{Type: blockSeed, Bytes: seed}))
	b.Write(own.cert)
	b.Write(own.key)
	b.Write(pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: ca}))
	return b.Bytes()
}

// parseCredentials reads a file of credentials, which has each of its blocks once, and
// checks that they belong together and hold at the time now.
func parseCredentials(text []byte, now time.Time) (*identity, error) {
	p := parts{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if err := p.add(block); err != nil {
			return nil, err
		}
	}
	if p.seed == nil || p.own == nil || p.key == nil || p.ca == nil {
		return nil, errors.New("it has not all of the blocks of credentials: nkey, certificate, key, authority")
	}
	pair, err := tls.X509KeyPair(pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: p.own.Raw}), p.key)
	if err != nil {
		return nil, fmt.Errorf("its key is not that of its certificate: %w", err)
	}
	public, err := p.seed.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("its nkey: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(p.ca)
	if _, err := p.own.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return nil, fmt.Errorf("its certificate does not hold (%w); make new ones, or check the clock", err)
	}
	name, err := nameOfCommon(p.own.Subject.CommonName)
	if err != nil {
		return nil, fmt.Errorf("its certificate: %w", err)
	}
	return &identity{user{name, public}, p.seed, pair, roots}, nil
}

// parts are the blocks of a file of credentials.
type parts struct {
	seed nkeys.KeyPair
	key  []byte // PEM
	own  *x509.Certificate
	ca   *x509.Certificate
}

// add takes the next block.
func (p *parts) add(b *pem.Block) error {
	switch b.Type {
	case blockSeed:
		if p.seed != nil {
			return errors.New("it has two nkeys")
		}
		prefix, _, err := nkeys.DecodeSeed(b.Bytes)
		if err != nil || prefix != nkeys.PrefixByteUser {
			return errors.New("its nkey is damaged, or not that of a user")
		}
		if p.seed, err = nkeys.FromSeed(b.Bytes); err != nil {
			return fmt.Errorf("its nkey is damaged: %w", err)
		}
	case blockKey:
		if p.key != nil {
			return errors.New("it has two keys")
		}
		p.key = pem.EncodeToMemory(b)
	case blockCertificate:
		return p.addCertificate(b.Bytes)
	default:
		return fmt.Errorf("it has a %.40q, which is not of credentials", b.Type)
	}
	return nil
}

func (p *parts) addCertificate(der []byte) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("it has a certificate that is damaged: %w", err)
	}
	to := &p.own
	if c.IsCA {
		to = &p.ca
	}
	if *to != nil {
		return errors.New("it has two certificates of the same kind")
	}
	*to = c
	return nil
}

// credentials are the options of NATS that say who a connection is; none without a file.
func credentials(o Options) ([]nats.Option, error) {
	if o.Creds == "" {
		return nil, nil
	}
	text, err := userfile.Read(o.Creds, mostCredentials)
	if err != nil {
		return nil, fault.Usage(fmt.Errorf("credentials: %w", err))
	}
	if bytes.Contains(text, []byte("BEGIN NATS USER JWT")) {
		return natsCredentials(o.Creds, text)
	}
	id, err := parseCredentials(text, time.Now())
	if err != nil {
		return nil, fault.Usage(fmt.Errorf("credentials in %s: %w; `tcpbench fleet keys` makes them", o.Creds, err))
	}
	if asked := (user{name: o.Name}); id.user.name != o.Name {
		return nil, fault.Usagef("credentials in %s are those of %s, and this is %s", o.Creds, id.user, asked)
	}
	return id.options(), nil
}

// options present an identity, to a hub of the same authority alone.
func (id *identity) options() []nats.Option {
	config := &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{id.pair},
		RootCAs:      id.roots,
		// Who comes again takes up the session of before, for less of the hub's CPU.
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	return []nats.Option{nats.Secure(config), nats.Nkey(id.user.nkey, id.nkey.Sign)}
}

// natsCredentials are those that NATS's own tools have written, for a cluster that runs
// already. The file is read again whenever the line is lost: it may be renewed.
func natsCredentials(file string, text []byte) ([]nats.Option, error) {
	_, err := nkeys.ParseDecoratedJWT(text)
	if err == nil {
		_, err = nkeys.ParseDecoratedUserNKey(text)
	}
	if err != nil {
		return nil, fault.Usage(fmt.Errorf("credentials in %s: %w; `nsc generate creds` makes them", file, err))
	}
	return []nats.Option{nats.UserCredentials(file)}, nil
}
