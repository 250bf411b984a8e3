package scenario

import (
	"fmt"
	"net/netip"
	"strings"
)

// The words that stand for what is known once a lab is made.
const (
	// ServerHost stands for the address of a lab's server, in targets, in
	// commands and in their files.
	ServerHost = "{server}"
	// ProxyHost stands for the address at which clients reach a lab's proxy.
	ProxyHost = "{proxy}"
	// FilesDir stands for the directory that has a program's files.
	FilesDir = "{dir}"
	// TargetPort stands for the port of the first target, in a client's command and files.
	TargetPort = "{port}"
	// TargetSocket stands for the file of the target that is a Unix socket, likewise.
	TargetSocket = "{socket}"
)

// labWords are all of them.
func labWords() []string { return []string{ServerHost, ProxyHost, FilesDir, TargetPort, TargetSocket} }

// Names are what the words stand for in one lab. Where a field is its zero
// value its word stays as it is, as every other text in braces does.
type Names struct {
	Server, Proxy netip.Addr
	// Dir is absolute.
	Dir string
	// Port is the target's.
	Port uint16
	// Socket is the target's file, where it is a Unix socket.
	Socket string
}

// In puts what they stand for in the place of the words of a text. An IPv6
// address is in brackets where a port or the end of a URL's host follows.
func (n Names) In(text string) string {
	var pairs []string
	pairs = append(pairs, hostPairs(ServerHost, n.Server)...)
	pairs = append(pairs, hostPairs(ProxyHost, n.Proxy)...)
	if n.Dir != "" {
		pairs = append(pairs, FilesDir, n.Dir)
	}
	if n.Port != 0 {
		pairs = append(pairs, TargetPort, fmt.Sprint(n.Port))
	}
	if n.Socket != "" {
		pairs = append(pairs, TargetSocket, n.Socket)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func hostPairs(word string, addr netip.Addr) []string {
	if !addr.IsValid() {
		return nil
	}
	bare, host := addr.String(), addr.String()
	if addr.Is6() {
		host = "[" + bare + "]"
	}
	return []string{word + ":", host + ":", "//" + word, "//" + host, word, bare}
}

// Words are those of a command, each by [Names.In].
func (n Names) Words(command []string) []string { return replaced(command, n.In) }
