package bus

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"tcpbench/internal/certificate"
	"tcpbench/internal/fault"
	"tcpbench/internal/userfile"
)

// admitByKeys has a server admit those alone whose keys are in a directory, over TLS.
func admitByKeys(opts *server.Options, dir string, trouble func(string, ...any)) error {
	now := time.Now()
	pair, err := certificate.Pair(filepath.Join(dir, fileHub), filepath.Join(dir, fileHubKey), now)
	if err != nil {
		return fault.Usage(fmt.Errorf("hub: %w; `tcpbench fleet keys` makes it", err))
	}
	roots, err := certificate.Pool(filepath.Join(dir, fileAuthority), now)
	if err != nil {
		return fault.Usage(fmt.Errorf("hub: %w", err))
	}
	g := &gate{file: filepath.Join(dir, fileUsers), trouble: trouble}
	if _, err := g.users(); err != nil {
		return fault.Usage(fmt.Errorf("hub: %w", err))
	}
	opts.TLSConfig = &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    roots,

		GetConfigForClient: newTurnstile().pass,
	}
	opts.AlwaysEnableNonce = true
	opts.CustomClientAuthentication = g
	return nil
}

// gate decides who may connect. NATS has no rule that ties an nkey to a certificate, so
// it asks this one.
type gate struct {
	file    string // the list of users
	trouble func(string, ...any)

	mu   sync.Mutex
	read os.FileInfo // of the file when it was read
	keys map[string]user
}

// Check admits a connection whose nkey is in the list, that has signed the server's nonce
// with it, and whose certificate is of the same user. It gets that user's subjects.
func (g *gate) Check(c server.ClientAuthentication) bool {
	u, err := g.who(c)
	if err != nil {
		if from := c.RemoteAddress(); from != nil { // else it is gone already
			g.trouble("%s is refused: %v", from, err)
		}
		return false
	}
	c.RegisterUser(&server.User{Username: u.String(), Permissions: u.permissions()})
	return true
}

// who is the user that a connection proves to be.
func (g *gate) who(c server.ClientAuthentication) (user, error) {
	users, err := g.users()
	if err != nil {
		return user{}, err
	}
	o := c.GetOpts()
	u, ok := users[o.Nkey]
	switch {
	case c.Kind() != server.CLIENT:
		return user{}, errors.New("it is a server, and this hub has no others")
	case o.Nkey == "":
		return user{}, errors.New("it has no nkey")
	case !ok:
		return user{}, fmt.Errorf("its nkey %.60q is not in %s", o.Nkey, g.file)
	}
	if err := verify(o.Nkey, o.Sig, c.GetNonce()); err != nil {
		return user{}, fmt.Errorf("it says that it is %s, and %w", u, err)
	}
	state := c.GetTLSConnectionState()
	if state == nil || len(state.PeerCertificates) == 0 {
		return user{}, errors.New("it has no certificate")
	}
	if name := state.PeerCertificates[0].Subject.CommonName; name != u.commonName() {
		return user{}, fmt.Errorf("its nkey is that of %s, and its certificate that of %.80q", u, name)
	}
	return u, nil
}

// verify checks a signature of the nonce that the server gave to this connection.
func verify(nkey, signature string, nonce []byte) error {
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return errors.New("its signature is damaged")
	}
	key, err := nkeys.FromPublicKey(nkey)
	if err != nil {
		return fmt.Errorf("its nkey is damaged: %w", err)
	}
	if key.Verify(nonce, sig) != nil {
		return errors.New("its signature is another's")
	}
	return nil
}

// mostUsers is how long the list may be: a line has 122 bytes at most.
const mostUsers = 16 << 20

// users are those of the list, by nkey, which is read again when it has changed: an agent
// whose keys are made while the hub runs may come, and one whose line is taken out may
// not come again.
func (g *gate) users() (map[string]user, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	info, err := os.Stat(g.file)
	if err != nil {
		return nil, fmt.Errorf("the list of who may connect: %w; `tcpbench fleet keys` makes it", err)
	}
	if g.read != nil && os.SameFile(g.read, info) && g.read.Size() == info.Size() &&
		g.read.ModTime().Equal(info.ModTime()) {
		return g.keys, nil
	}
	text, err := userfile.Read(g.file, mostUsers)
	if err != nil {
		return nil, err // names the file
	}
	keys, err := parseUsers(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.file, err)
	}
	g.read, g.keys = info, keys
	return keys, nil
}
