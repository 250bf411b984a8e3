package bus

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"tcpbench/internal/fault"
)

// made is a directory of keys.
func made(t testing.TB, o KeyOptions) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := Make(dir, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// agent connects with its credentials of a directory.
func agent(t *testing.T, h *Hub, dir, name string) *Conn {
	t.Helper()
	return dial(t, Options{URL: h.URL(), Creds: AgentCreds(dir, name), Name: name})
}

// coordinator does so too.
func coordinator(t *testing.T, h *Hub, dir string) *Conn {
	t.Helper()
	return dial(t, Options{URL: h.URL(), Creds: CoordinatorCreds(dir)})
}

// failsWith checks an error that the user has to mend.
func failsWith(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil || fault.Status(err) != fault.StatusUsage {
		t.Fatalf("error = %v (status %d), want a mistake in usage with %q", err, fault.Status(err), want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error = %q, want %q in it", err, w)
		}
	}
}

// snapshot is what each file below a directory has.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnlyTheirOwnerCanReadKeys(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a", "b"}})
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		seen++
		return err
	})
	if err != nil || seen != 2+8 {
		t.Errorf("there are %d files and directories (%v), want 2 directories and 8 files", seen, err)
	}
}

func TestKeysThatAreThereStay(t *testing.T) {
	dir := made(t, KeyOptions{Hosts: []string{"hub.example.com", "192.0.2.1"}, Agents: []string{"a"}})
	before := snapshot(t, dir)
	tests := []struct {
		name string
		o    KeyOptions
		want []string
	}{
		{"an agent that has keys", KeyOptions{Agents: []string{"b", "a"}}, []string{"agent a", "remove them"}},
		{"one that is named twice", KeyOptions{Agents: []string{"b", "b"}}, []string{"agent b is named twice"}},
		{"a bad name, and what else is wrong", KeyOptions{Agents: []string{"a.b", "a"}, Hosts: []string{"x:1"}},
			[]string{`"a.b"`, "agent a has", `host "x:1"`}},
		{"another host", KeyOptions{Hosts: []string{"other.example.com"}, Agents: []string{"b"}},
			[]string{"other.example.com", "hub.pem", "credentials stay valid"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			failsWith(t, Make(dir, tt.o), tt.want...)
			for path, text := range snapshot(t, dir) {
				if before[path] != text {
					t.Errorf("%s has changed, or is new", path)
				}
			}
		})
	}
}

func TestAgentsAreAddedToAHubThatRuns(t *testing.T) {
	dir := made(t, KeyOptions{Hosts: []string{"192.0.2.1"}, Agents: []string{"a"}})
	h := hub(t, HubOptions{Keys: dir})
	heard := listen(t, coordinator(t, h, dir), FromAll)
	before := snapshot(t, dir)
	if err := Make(dir, KeyOptions{Hosts: []string{"192.0.2.1"}, Agents: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	after := snapshot(t, dir)
	for path, text := range before {
		if !strings.HasPrefix(after[path], text) { // the list goes on
			t.Errorf("%s has changed", path)
		}
	}
	for _, name := range []string{"a", "b"} {
		say(t, agent(t, h, dir, name), FromAgent(name), "hello")
		if got, want := next(t, name, heard), FromAgent(name)+" hello"; got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

func TestAnAgentThatIsTakenOutOfTheListDoesNotComeAgain(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a", "b"}})
	h := hub(t, HubOptions{Keys: dir})
	agent(t, h, dir, "a").Close()
	list := filepath.Join(dir, fileUsers)
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	var rest []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("a ")) {
			rest = append(rest, line...)
		}
	}
	if err := os.WriteFile(list, rest, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = Dial(ctx, Options{URL: h.URL(), Creds: AgentCreds(dir, "a"), Name: "a"})
	failsWith(t, err, "does not know these credentials")
	agent(t, h, dir, "b")
}

// A line of the list that is being written is not read, nor in the way.
func TestListsOfUsers(t *testing.T) {
	_, keyA := nkey(t)
	_, keyB := nkey(t)
	tests := []struct {
		name, text string
		users      int
		want       string
	}{
		{"none", "", 0, ""},
		{"the coordinator and an agent", "tcpbench.coordinator " + keyA + "\na " + keyB + "\n", 2, ""},
		{"a line without its end", "a " + keyA + "\nb " + keyB, 1, ""},
		{"an agent with newer keys", "a " + keyA + "\na " + keyB + "\n", 1, ""},
		{"no key", "a\n", 0, "line 1"},
		{"a seed where a public key belongs", "a SUAB\n", 0, "line 1"},
		{"a name that is none", "a " + keyA + "\na.b " + keyB + "\n", 0, "line 2"},
		{"an empty line", "\n", 0, "line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseUsers([]byte(tt.text))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("parseUsers = %v, want %q", err, tt.want)
			}
			if len(got) != tt.users {
				t.Errorf("parseUsers has %d users, want %d", len(got), tt.users)
			}
		})
	}
	newer, err := parseUsers([]byte("a " + keyA + "\na " + keyB + "\n"))
	if _, ok := newer[keyB]; err != nil || !ok {
		t.Errorf("of two lines of a name the first counts (%v)", err)
	}
}

// Whoever holds one agent's credentials is that agent and nobody else.
func TestAnAgentSpeaksAndHearsOnItsOwnSubjectsAlone(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a", "b"}})
	h := hub(t, HubOptions{Keys: dir})
	c := coordinator(t, h, dir)
	heard := listen(t, c, FromAll)
	refused := make(chan error, 10)
	a := dial(t, Options{URL: h.URL(), Creds: AgentCreds(dir, "a"), Name: "a",
		Refused: func(err error) { refused <- err }})
	b := agent(t, h, dir, "b")
	toA, toB, all := listen(t, a, ToAgent("a")), listen(t, b, ToAgent("b")), listen(t, b, ToAll)

	for _, subject := range []string{FromAgent("b"), ToAgent("b"), ToAgent("a"), ToAll, "tcpbench.from", "other",
		"$SYS.REQ.SERVER.PING", "tcpbench.from.a.b"} {
		say(t, a, subject, "as another")
		err := next(t, "the refusal of "+subject, refused)
		if !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), `"`+subject+`"`) {
			t.Errorf("publishing on %s is refused with %v, want the subject in it", subject, err)
		}
	}
	for _, subject := range []string{FromAll, "tcpbench.from.>", FromAgent("b"), FromAgent("a"), ToAgent("b"),
		"tcpbench.to.*", "tcpbench.*", "tcpbench.>", ">", "*.all", "$SYS.>", "_INBOX.>"} {
		err := a.Subscribe(subject, func(s string, _ []byte) { t.Errorf("a hears %s", s) })
		if !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), `"`+subject+`"`) {
			t.Errorf("Subscribe(%q) = %v, want a refusal with the subject in it", subject, err)
		}
		next(t, "the refusal of "+subject, refused)
	}
	say(t, a, FromAgent("a"), "itself")
	say(t, c, ToAgent("a"), "order")
	say(t, c, ToAgent("b"), "order")
	say(t, c, ToAll, "go")
	for _, tt := range []struct {
		from <-chan string
		want string
	}{{heard, "tcpbench.from.a itself"}, {toA, "tcpbench.to.a order"}, {toB, "tcpbench.to.b order"},
		{all, "tcpbench.all go"}} {
		if got := next(t, tt.want, tt.from); got != tt.want {
			t.Errorf("heard %q, want %q: nothing else has got through", got, tt.want)
		}
	}
	if len(refused) > 0 {
		t.Errorf("more was refused: %v", <-refused)
	}
}

func TestTheCoordinatorDoesNotSpeakAsAnAgent(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	h := hub(t, HubOptions{Keys: dir})
	refused := make(chan error, 10)
	c := dial(t, Options{URL: h.URL(), Creds: CoordinatorCreds(dir), Refused: func(err error) { refused <- err }})
	say(t, c, FromAgent("a"), "as a")
	if err := next(t, "the refusal", refused); !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("it is refused with %v", err)
	}
	if err := c.Subscribe(ToAgent("a"), func(string, []byte) {}); !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("Subscribe to what an agent is told = %v, want a refusal", err)
	}
}

// identityOf reads credentials of a directory, whatever they hold.
func identityOf(t *testing.T, file string, now time.Time) *identity {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	id, err := parseCredentials(text, now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// What the hub is told of each connection that has not the right keys, by who is not
// bound to this package's own checks.
func TestConnectionsWithWrongKeysAreRefused(t *testing.T) {
	now := time.Now()
	dir, other := made(t, KeyOptions{Agents: []string{"a", "b"}}), made(t, KeyOptions{Agents: []string{"a"}})
	old := filepath.Join(t.TempDir(), "old")
	past := now.Add(-2 * holdsFor)
	if err := makeKeys(old, KeyOptions{Agents: []string{"a"}}, past); err != nil {
		t.Fatal(err)
	}
	a, b := identityOf(t, AgentCreds(dir, "a"), now), identityOf(t, AgentCreds(dir, "b"), now)
	stranger, expired := identityOf(t, AgentCreds(other, "a"), now), identityOf(t, AgentCreds(old, "a"), past)
	issuedLate := identityOf(t, AgentCreds(dir, "a"), now)
	issuedLate.pair = expiredBy(t, dir, "a", now)
	tests := []struct {
		name    string
		id      identity
		config  func(*tls.Config)
		trouble string // the hub is told
	}{
		{"another directory's keys", identity{stranger.user, stranger.nkey, stranger.pair, a.roots}, nil,
			"certificate"},
		{"another directory's nkey", identity{stranger.user, stranger.nkey, a.pair, a.roots}, nil, "is not in"},
		{"b's nkey with a's certificate", identity{b.user, b.nkey, a.pair, a.roots}, nil,
			`its nkey is that of agent b, and its certificate that of "a"`},
		{"a's nkey with b's certificate", identity{a.user, a.nkey, b.pair, a.roots}, nil,
			`its nkey is that of agent a, and its certificate that of "b"`},
		{"b's nkey, signed with a's", identity{b.user, a.nkey, b.pair, a.roots}, nil, "its signature is another's"},
		{"the hub's own certificate", identity{a.user, a.nkey, hubPair(t, dir), a.roots}, nil, "certificate"},
		{"an old directory's keys", identity{expired.user, expired.nkey, expired.pair, a.roots}, nil, "certificate"},
		{"a certificate that has expired", *issuedLate, nil, "expired"},
		{"no certificate", *a, func(c *tls.Config) { c.Certificates = nil }, "certificate"},
		{"TLS 1.2", *a, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
			"version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trouble := make(chan string, 100)
			h := hub(t, HubOptions{Keys: dir, Trouble: func(s string) { trouble <- s }})
			config := &tls.Config{RootCAs: tt.id.roots, Certificates: []tls.Certificate{tt.id.pair}}
			if tt.config != nil {
				tt.config(config)
			}
			nc, err := nats.Connect(h.URL(), nats.Secure(config), nats.Nkey(tt.id.user.nkey, tt.id.nkey.Sign))
			if err == nil {
				nc.Close()
				t.Fatal("it was let in")
			}
			if got := next(t, "what the hub says", trouble); !strings.Contains(got, tt.trouble) {
				t.Errorf("the hub says %q, want %q in it", got, tt.trouble)
			}
		})
	}
}

// No nkey at all, over TLS with a good certificate.
func TestACertificateAloneIsNotEnough(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	trouble := make(chan string, 100)
	h := hub(t, HubOptions{Keys: dir, Trouble: func(s string) { trouble <- s }})
	id := identityOf(t, AgentCreds(dir, "a"), time.Now())
	nc, err := nats.Connect(h.URL(), nats.Secure(&tls.Config{RootCAs: id.roots,
		Certificates: []tls.Certificate{id.pair}}))
	if err == nil {
		nc.Close()
		t.Fatal("it was let in")
	}
	if got := next(t, "what the hub says", trouble); !strings.Contains(got, "it has no nkey") {
		t.Errorf("the hub says %q", got)
	}
}

// expiredBy is a certificate of an agent that the directory's authority signed, and that
// has expired.
func expiredBy(t *testing.T, dir, name string, now time.Time) tls.Certificate {
	t.Helper()
	ca, err := readAuthority(filepath.Join(dir, fileAuthority), filepath.Join(dir, fileAuthorityKey), now)
	if err != nil {
		t.Fatal(err)
	}
	ca.cert.NotAfter = now.Add(-time.Minute)
	c, err := ca.client(name, now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(c.cert, c.key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func hubPair(t *testing.T, dir string) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, fileHub), filepath.Join(dir, fileHubKey))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// What Dial says to who has to mend it, at once: it does not try for ever.
func TestDialSaysWhatToDoAboutKeys(t *testing.T) {
	dir, other := made(t, KeyOptions{Agents: []string{"a"}}), made(t, KeyOptions{Agents: []string{"a"}})
	secured, open := hub(t, HubOptions{Keys: dir}), hub(t, HubOptions{})
	elsewhere := hub(t, HubOptions{Keys: dir, Listen: "127.0.0.2:0"})
	all := hub(t, HubOptions{Keys: dir, Listen: "0.0.0.0:0"})
	damaged := filepath.Join(t.TempDir(), "damaged.creds")
	if err := os.WriteFile(damaged, []byte("-----BEGIN NATS USER JWT-----\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	creds := AgentCreds(dir, "a")
	tests := []struct {
		name string
		o    Options
		want string // in the error; empty where it connects
	}{
		{"the right ones", Options{URL: secured.URL(), Creds: creds, Name: "a"}, ""},
		{"by nats://, which is TLS all the same",
			Options{URL: "nats://" + secured.Addr(), Creds: creds, Name: "a"}, ""},
		{"a hub on all addresses", Options{URL: all.URL(), Creds: creds, Name: "a"}, ""},
		{"none where they are needed", Options{URL: secured.URL(), Name: "a"}, "give --creds FILE"},
		{"a hub without TLS", Options{URL: open.URL(), Creds: creds, Name: "a"}, "the hub has no keys"},
		{"those of another directory", Options{URL: secured.URL(), Creds: AgentCreds(other, "a"), Name: "a"},
			"in another directory"},
		{"a host that the certificate does not name", Options{URL: elsewhere.URL(), Creds: creds, Name: "a"},
			"fleet keys --host"},
		{"another agent's", Options{URL: secured.URL(), Creds: creds, Name: "b"},
			"those of agent a, and this is agent b"},
		{"an agent's for the coordinator", Options{URL: secured.URL(), Creds: creds},
			"those of agent a, and this is the coordinator"},
		{"no such file", Options{URL: secured.URL(), Creds: "/no/such", Name: "a"}, "/no/such"},
		{"a file of something else", Options{URL: secured.URL(), Creds: filepath.Join(dir, fileAuthority), Name: "a"},
			"not all of the blocks"},
		{"NATS's own, damaged", Options{URL: secured.URL(), Creds: damaged, Name: "a"}, "nsc generate creds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c, err := Dial(ctx, tt.o)
			if err == nil {
				defer c.Close()
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failsWith(t, err, tt.want)
		})
	}
}

// An agent whose hub comes back with other keys is told, and does not try for ever.
func TestAHubThatComesBackWithOtherKeysEndsTheConnection(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	h := hub(t, HubOptions{Keys: dir})
	closed := make(chan error, 1)
	dial(t, Options{URL: h.URL(), Creds: AgentCreds(dir, "a"), Name: "a", Closed: func(err error) { closed <- err }})
	addr := h.Addr()
	h.Close()
	if err := os.WriteFile(filepath.Join(dir, fileUsers), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	hub(t, HubOptions{Keys: dir, Listen: addr})
	failsWith(t, next(t, "that it is over", closed), "does not know these credentials")
}

func TestAHubSaysWhatIsWrongWithItsKeys(t *testing.T) {
	old := filepath.Join(t.TempDir(), "old")
	if err := makeKeys(old, KeyOptions{}, time.Now().Add(-2*holdsFor)); err != nil {
		t.Fatal(err)
	}
	failsWith(t, Make(old, KeyOptions{Agents: []string{"a"}}), "expired on")
	broken := made(t, KeyOptions{})
	if err := os.WriteFile(filepath.Join(broken, fileUsers), []byte("nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, dir, want string }{
		{"no directory", "/no/such", "tcpbench fleet keys"},
		{"a certificate that has expired", old, "expired on"},
		{"a list that is damaged", broken, "line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := StartHub(HubOptions{Listen: "127.0.0.1:0", Keys: tt.dir})
			if err == nil {
				h.Close()
			}
			failsWith(t, err, tt.want)
		})
	}
}

// What was removed is made again, with the authority that is there.
func TestTheHubsCertificateCanBeMadeForOtherHosts(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	for _, name := range []string{fileHub, fileHubKey} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Make(dir, KeyOptions{Hosts: []string{"127.0.0.2"}}); err != nil {
		t.Fatal(err)
	}
	agent(t, hub(t, HubOptions{Keys: dir, Listen: "127.0.0.2:0"}), dir, "a")
}
