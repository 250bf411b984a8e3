package bus

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// cluster is a NATS server that is not of this package, and where it listens.
func cluster(t *testing.T, opts *server.Options) string {
	t.Helper()
	opts.Host, opts.Port, opts.NoSigs = "127.0.0.1", server.RANDOM_PORT, true
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not listen")
	}
	return s.Addr().(*net.TCPAddr).String()
}

// claims encodes what a key's owner says of another.
type claims interface {
	Encode(nkeys.KeyPair) (string, error)
}

func encode(t *testing.T, c claims, by nkeys.KeyPair) string {
	t.Helper()
	text, err := c.Encode(by)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pair makes an nkey.
func pair(t *testing.T, prefix nkeys.PrefixByte) (nkeys.KeyPair, string) {
	t.Helper()
	k, err := nkeys.CreatePair(prefix)
	if err != nil {
		t.Fatal(err)
	}
	public, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

// A cluster that runs already has users of its own, with credentials of NATS's tools.
func TestCredentialsOfNATSAreTaken(t *testing.T) {
	operator, operatorName := pair(t, nkeys.PrefixByteOperator)
	account, accountName := pair(t, nkeys.PrefixByteAccount)
	stranger, _ := pair(t, nkeys.PrefixByteAccount)
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(accountName, encode(t, jwt.NewAccountClaims(accountName), operator)); err != nil {
		t.Fatal(err)
	}
	addr := cluster(t, &server.Options{TrustedOperators: []*jwt.OperatorClaims{jwt.NewOperatorClaims(operatorName)},
		AccountResolver: resolver})

	write := func(name string, by nkeys.KeyPair) string {
		seed, public := nkey(t)
		user := jwt.NewUserClaims(public)
		user.Pub.Allow.Add(FromAgent("a"))
		user.Sub.Allow.Add(ToAgent("a"), FromAll)
		text, err := jwt.FormatUserConfig(encode(t, user, by), seed)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	c := dial(t, Options{URL: addr, Name: "a", Creds: write("a.creds", account)})
	heard := listen(t, c, FromAll)
	say(t, c, FromAgent("a"), "hello")
	if got, want := next(t, "hello", heard), "tcpbench.from.a hello"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
	if err := c.Subscribe(ToAll, func(string, []byte) {}); err == nil {
		t.Error("what the cluster does not permit is not refused")
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := Dial(ctx, Options{URL: addr, Name: "a", Creds: write("false.creds", stranger)})
	failsWith(t, err, "does not know these credentials")
	_, err = Dial(ctx, Options{URL: addr, Name: "a"})
	failsWith(t, err, "give --creds FILE")
}

// A password in a URL is used, and not shown.
func TestAPasswordInAURLIsUsed(t *testing.T) {
	addr := cluster(t, &server.Options{Users: []*server.User{{Username: "me", Password: "secret"}}})
	dial(t, Options{URL: "nats://me:secret@" + addr})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := Dial(ctx, Options{URL: "nats://me:wrongone@" + addr})
	failsWith(t, err, addr)
	if err != nil && strings.Contains(err.Error(), "wrongone") {
		t.Errorf("the error shows the password: %v", err)
	}
}
