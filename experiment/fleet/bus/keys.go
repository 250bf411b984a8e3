package bus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"tcpbench/internal/certificate"
	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
)

// Files of a directory of keys. The hub needs the authority's certificate, its own with
// its key, and the list of users.
const (
	fileAuthority    = "ca.pem"
	fileAuthorityKey = "ca.key"
	fileHub          = "hub.pem"
	fileHubKey       = "hub.key"
	fileUsers        = "users"
	fileCoordinator  = "coordinator.creds"
	dirAgents        = "agents"
)

// CoordinatorCreds is the coordinator's file of credentials in a directory of keys.
func CoordinatorCreds(dir string) string { return filepath.Join(dir, fileCoordinator) }

// AgentCreds is an agent's file of credentials in a directory of keys.
func AgentCreds(dir, name string) string { return filepath.Join(dir, dirAgents, name+".creds") }

// KeyOptions are whose keys are made.
type KeyOptions struct {
	// Hosts are the names and IP addresses by which agents reach the hub. Those of
	// loopback are always among them.
	Hosts []string

	// Agents are the names of agents.
	Agents []string
}

// Make makes the keys of a fleet in a directory that only its owner can read: an
// authority, the hub's certificate, the list of who may connect, a file of credentials for
// the coordinator and one for each agent. What is there stays: a second call adds agents,
// and what was removed. It is an error where an agent has credentials already, or the
// hub's certificate is for other hosts.
func Make(dir string, o KeyOptions) error { return makeKeys(dir, o, time.Now()) }

func makeKeys(dir string, o KeyOptions, now time.Time) error {
	if err := o.check(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, dirAgents), 0o700); err != nil {
		return fault.Host(fmt.Errorf("make the directory of keys: %w", err))
	}
	list, err := filelock.Take(filepath.Join(dir, fileUsers), os.O_APPEND)
	if err != nil {
		return fault.Host(fmt.Errorf("make keys: %w", err))
	}
	defer list.Close() // after the last write was checked
	k := keyDir{dir, list, now, nil}
	return k.fill(o)
}

// check finds every problem that the names have.
func (o KeyOptions) check(dir string) error {
	var errs []error
	for i, name := range o.Agents {
		if err := ValidName(name); err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.Contains(o.Agents[:i], name) {
			errs = append(errs, fmt.Errorf("agent %s is named twice", name))
		}
		if _, err := os.Lstat(AgentCreds(dir, name)); err == nil {
			errs = append(errs, fmt.Errorf("agent %s has credentials already, in %s; remove them to have others made",
				name, AgentCreds(dir, name)))
		}
	}
	for _, h := range o.Hosts {
		if h == "" || strings.ContainsAny(h, ":/ \t\n") && strings.Count(h, ":") < 2 {
			errs = append(errs, fmt.Errorf("host %q is not a host name or an IP address", h))
		}
	}
	return fault.Usage(errors.Join(errs...))
}

// keyDir is a directory of keys that this process has.
type keyDir struct {
	dir  string
	list *os.File
	now  time.Time
	ca   *authority
}

func (k *keyDir) path(name string) string { return filepath.Join(k.dir, name) }

// fill makes what is missing.
func (k *keyDir) fill(o KeyOptions) error {
	if err := k.list.Chmod(0o600); err != nil {
		return fault.Host(fmt.Errorf("make keys: %w", err))
	}
	if err := k.authority(); err != nil {
		return err
	}
	if err := k.hub(o.Hosts); err != nil {
		return err
	}
	if !there(k.path(fileCoordinator)) {
		if err := k.credentials("", k.path(fileCoordinator)); err != nil {
			return err
		}
	}
	for _, name := range o.Agents {
		if err := k.credentials(name, AgentCreds(k.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// authority reads that of the directory, or makes it.
func (k *keyDir) authority() error {
	var err error
	if there(k.path(fileAuthority)) {
		if k.ca, err = readAuthority(k.path(fileAuthority), k.path(fileAuthorityKey), k.now); err != nil {
			return fault.Usage(fmt.Errorf("add keys: %w", err))
		}
		return nil
	}
	ca, files, err := newAuthority(k.now)
	if err != nil {
		return err
	}
	k.ca = ca
	return k.put(fileAuthority, fileAuthorityKey, files)
}

// hub makes the hub's certificate, or checks that the one there is for these hosts.
func (k *keyDir) hub(hosts []string) error {
	hosts = append([]string{"localhost", "127.0.0.1", "::1"}, hosts...)
	if !there(k.path(fileHub)) {
		files, err := k.ca.hub(hosts, k.now)
		if err != nil {
			return err
		}
		return k.put(fileHub, fileHubKey, files)
	}
	pair, err := certificate.Pair(k.path(fileHub), k.path(fileHubKey), k.now)
	if err != nil {
		return fault.Usage(fmt.Errorf("add keys: %w", err))
	}
	for _, h := range hosts {
		if err := pair.Leaf.VerifyHostname(h); err != nil {
			return fault.Usage(fmt.Errorf("add keys: the hub's certificate stays as it is (%w); remove %s and %s to "+
				"have one made for other hosts: credentials stay valid", err, k.path(fileHub), k.path(fileHubKey)))
		}
	}
	return nil
}

// put writes a certificate and its key, the certificate last: where it is, both are.
func (k *keyDir) put(certName, keyName string, files issued) error {
	if err := writeNew(k.path(keyName), files.key); err != nil {
		return err
	}
	return writeNew(k.path(certName), files.cert)
}

// credentials makes those of a user, and lets it in: first that, so that credentials that
// are there are good.
func (k *keyDir) credentials(name, file string) error {
	key, err := nkeys.CreateUser()
	if err != nil {
		return fmt.Errorf("make the nkey of agent %q: %w", name, err)
	}
	seed, err := key.Seed()
	if err != nil {
		return fmt.Errorf("make the nkey of agent %q: %w", name, err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return fmt.Errorf("make the nkey of agent %q: %w", name, err)
	}
	u := user{name, public}
	cert, err := k.ca.client(u.commonName(), k.now)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(k.list, u.line()); err != nil {
		return fault.Host(fmt.Errorf("list %s: %w", u, err))
	}
	if err := k.list.Sync(); err != nil {
		return fault.Host(fmt.Errorf("list %s: %w", u, err))
	}
	return writeNew(file, formatCredentials(u, seed, cert, k.ca.cert.Raw))
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// writeNew writes a file that only its owner can read, and that must not be there.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Host(fmt.Errorf("make keys: %w", err))
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fault.Host(fmt.Errorf("make keys: %w", errors.Join(err, os.Remove(path))))
	}
	return nil
}
