package certificate

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/certificate/certificatetest"
)

// put writes a file of the test's and returns its name.
func put(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPair(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	good, other := ca.Issue(t, "good", now.Add(time.Hour)), ca.Issue(t, "other", now.Add(time.Hour))
	old := ca.Issue(t, "old", now.Add(-time.Hour))
	garbage, empty := put(t, "garbage.pem", "not PEM"), put(t, "empty.pem", "")
	damaged := put(t, "damaged.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no")})))
	locked := put(t, "locked.key", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY"})))
	locked1 := put(t, "locked1.key", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY",
		Headers: map[string]string{"DEK-Info": "AES-256-CBC,00"}})))
	key, err := os.ReadFile(good.Key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := os.ReadFile(good.Cert)
	if err != nil {
		t.Fatal(err)
	}
	both := put(t, "both.pem", string(key)+string(cert))
	tests := []struct {
		name      string
		cert, key string
		now       time.Time
		want      []string // in the error; none for no error
	}{
		{"a certificate and its key", good.Cert, good.Key, now, nil},
		{"both in one file", both, both, now, nil},
		{"no such certificate", "/no/such.pem", good.Key, now, []string{"/no/such.pem", "no such file"}},
		{"no such key", good.Cert, "/no/such.key", now, []string{"/no/such.key", "no such file"}},
		{"a directory", t.TempDir(), good.Key, now, []string{"is not a regular file"}},
		{"the two files swapped", good.Key, good.Cert, now, []string{good.Key, "is it the file of the key?"}},
		{"the certificate twice", good.Cert, good.Cert, now, []string{good.Cert, "is it the file of the certificate?"}},
		{"another's key", good.Cert, other.Key, now,
			[]string{other.Key, "is not the key of the certificate in " + good.Cert, "give the one"}},
		{"an expired one", old.Cert, old.Key, now, []string{old.Cert, " expired on ", "renew it"}},
		{"one that is to come", good.Cert, good.Key, now.Add(-100 * time.Hour),
			[]string{good.Cert, "is to come; check this host's clock"}},
		{"a certificate that is no PEM", garbage, good.Key, now,
			[]string{garbage, "has no certificate in PEM form; openssl x509 -inform der"}},
		{"an empty key", good.Cert, empty, now, []string{empty, "has no private key in PEM form; openssl pkey"}},
		{"a damaged certificate", damaged, good.Key, now, []string{damaged, "is damaged"}},
		{"a key with a passphrase", good.Cert, locked, now, []string{locked, "has a passphrase", "openssl pkey"}},
		{"a key with one of the older form", good.Cert, locked1, now, []string{locked1, "has a passphrase"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pair, err := Pair(tt.cert, tt.key, tt.now)
			check(t, err, tt.want)
			if tt.want == nil && len(pair.Certificate) != 1 {
				t.Errorf("Pair has %d certificates, want 1", len(pair.Certificate))
			}
		})
	}
}

func TestPool(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	old := ca.Issue(t, "old", now.Add(-time.Hour))
	good := ca.Issue(t, "good", now.Add(time.Hour))
	text, err := os.ReadFile(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	expired, err := os.ReadFile(old.Cert)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		want       []string
	}{
		{"an authority", ca.File, nil},
		{"one that holds behind one that does not", put(t, "two.pem", string(expired)+string(text)), nil},
		{"an expired one alone", old.Cert, []string{old.Cert, " expired on "}},
		{"a key", good.Key, []string{good.Key, "has a PRIVATE KEY and no certificate"}},
		{"no such file", "/no/such.pem", []string{"/no/such.pem", "no such file"}},
		{"too large a file", put(t, "large.pem", strings.Repeat("x", most+1)), []string{"more than 16777216"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool, err := Pool(tt.file, now)
			check(t, err, tt.want)
			if tt.want == nil && pool == nil {
				t.Error("Pool has no certificates")
			}
		})
	}
}

// check compares an error with what is to be in its text; nothing is no error.
func check(t *testing.T, err error, want []string) {
	t.Helper()
	if (err == nil) != (want == nil) {
		t.Fatalf("error = %v, want %q", err, want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error = %q, want %q in it", err, w)
		}
	}
}

// A file that is damaged is an error that names it, whatever is in it.
func FuzzPair(f *testing.F) {
	file := filepath.Join(f.TempDir(), "both.pem")
	for _, s := range []string{"", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN", "\x30\x82"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Pair(file, file, time.Now()); err != nil && !strings.Contains(err.Error(), file) {
			t.Errorf("Pair(%q) = %v, want the file's name", data, err)
		}
		if _, err := Pool(file, time.Now()); err != nil && !strings.Contains(err.Error(), file) {
			t.Errorf("Pool(%q) = %v, want the file's name", data, err)
		}
	})
}
