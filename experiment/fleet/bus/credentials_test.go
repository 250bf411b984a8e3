package bus

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

// nkey makes one of a user.
func nkey(t testing.TB) (seed []byte, public string) {
	t.Helper()
	k, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	if seed, err = k.Seed(); err != nil {
		t.Fatal(err)
	}
	if public, err = k.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return seed, public
}

// blocks are those of a file of credentials: seed, certificate, key, authority.
func blocks(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for b, rest := pem.Decode(text); b != nil; b, rest = pem.Decode(rest) {
		out = append(out, string(pem.EncodeToMemory(b)))
	}
	if len(out) != 4 {
		t.Fatalf("%s has %d blocks, want 4", file, len(out))
	}
	return out
}

func TestCredentialsAreWholeAndBelongTogether(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a", "b"}})
	other := made(t, KeyOptions{Agents: []string{"a"}})
	a, b, o := blocks(t, AgentCreds(dir, "a")), blocks(t, AgentCreds(dir, "b")), blocks(t, AgentCreds(other, "a"))
	hub, err := os.ReadFile(filepath.Join(dir, fileHub))
	if err != nil {
		t.Fatal(err)
	}
	hubKey, err := os.ReadFile(filepath.Join(dir, fileHubKey))
	if err != nil {
		t.Fatal(err)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	accountSeed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind, text string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte(text)}))
	}
	tests := []struct {
		name string
		text []string
		days int // from now
		want string
	}{
		{"an agent's", a, 0, ""},
		{"in another order, with text between", []string{a[3], "a note\n", a[2], a[1], "\n", a[0]}, 0, ""},
		{"none", nil, 0, "not all of the blocks"},
		{"no nkey", a[1:], 0, "not all of the blocks"},
		{"no authority", a[:3], 0, "not all of the blocks"},
		{"cut off", []string{a[0], a[1], a[2], a[3][:100]}, 0, "not all of the blocks"},
		{"two nkeys", append(a[:4:4], b[0]), 0, "two nkeys"},
		{"two keys", append(a[:4:4], b[2]), 0, "two keys"},
		{"two certificates", append(a[:4:4], b[1]), 0, "two certificates"},
		{"two authorities", append(a[:4:4], o[3]), 0, "two certificates"},
		{"another's key", []string{a[0], a[1], b[2], a[3]}, 0, "not that of its certificate"},
		{"another authority", []string{a[0], a[1], a[2], o[3]}, 0, "does not hold"},
		{"the hub's certificate, with which nobody connects", []string{a[0], string(hub), string(hubKey), a[3]}, 0,
			"does not hold"},
		{"after its time", a, 2 * 366, "does not hold"},
		{"before its time", a, -2, "check the clock"},
		{"an nkey that is none", []string{block(blockSeed, "SUAB"), a[1], a[2], a[3]}, 0, "its nkey is damaged"},
		{"an account's nkey", []string{block(blockSeed, string(accountSeed)), a[1], a[2], a[3]}, 0,
			"not that of a user"},
		{"a certificate that is none", []string{a[0], block(blockCertificate, "x"), a[2], a[3]}, 0,
			"certificate that is damaged"},
		{"a key that is none", []string{a[0], a[1], block(blockKey, "x"), a[3]}, 0, "not that of its certificate"},
		{"something else", append(a[:4:4], block("RSA PUBLIC KEY", "x")), 0, `"RSA PUBLIC KEY"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := parseCredentials([]byte(strings.Join(tt.text, "")), time.Now().AddDate(0, 0, tt.days))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("parseCredentials = %v, want %q", err, tt.want)
			}
			if err == nil && id.user.name != "a" {
				t.Errorf("they are those of %q, want a", id.user.name)
			}
		})
	}
}

// Whatever a file has, it is either credentials that say who they are of, or an error.
func FuzzCredentials(f *testing.F) {
	dir := made(f, KeyOptions{Agents: []string{"a"}})
	for _, file := range []string{AgentCreds(dir, "a"), CoordinatorCreds(dir), filepath.Join(dir, fileAuthority)} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(bytes.ReplaceAll(text, []byte("-----BEGIN CERTIFICATE"), []byte("-----BEGIN X")))
		f.Add(text[:len(text)/2])
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, text []byte) {
		id, err := parseCredentials(text, now)
		if err != nil {
			return
		}
		if id.user.name != "" && ValidName(id.user.name) != nil || !nkeys.IsValidPublicUserKey(id.user.nkey) ||
			len(id.pair.Certificate) != 1 || id.roots == nil {
			t.Errorf("parseCredentials = %+v, nil", id)
		}
		if _, err := id.nkey.Sign([]byte("nonce")); err != nil {
			t.Errorf("its nkey does not sign: %v", err)
		}
	})
}

// Whatever a list has, who may connect has a name and a key, and is written as it is read.
func FuzzUsers(f *testing.F) {
	_, public := nkey(f)
	f.Add([]byte("a " + public + "\n" + coordinatorName + " " + public + "\n"))
	f.Add([]byte("a " + public))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		users, err := parseUsers(text)
		if err != nil {
			return
		}
		for key, u := range users {
			if u.name != "" && ValidName(u.name) != nil || key != u.nkey || !nkeys.IsValidPublicUserKey(key) {
				t.Errorf("parseUsers has %+v", u)
			}
			again, err := parseUsers([]byte(u.line()))
			if err != nil || again[key] != u {
				t.Errorf("the line %q is read as %+v, %v", u.line(), again, err)
			}
		}
	})
}
