package scenario

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tcpbench/internal/userfile"
)

// encodedBody begins a body that is no text, in a scenario's options and in a result.
const encodedBody = "@base64:"

// bodySetting is the body of a request. Its text form is the body itself, or where that
// is no text, base64. On the command line @FILE stands for the content of a file.
func bodySetting(field *string) Setting {
	set := func(text string) error {
		body, err := parseBody(text)
		if err == nil {
			*field = body
		}
		return err
	}
	s := Setting{Name: "body", Usage: "http targets: the request's body: `TEXT`, or @FILE",
		get: func() string { return formatBody(*field) }, set: set}
	flag := s
	flag.set = func(text string) error {
		text, err := bodyOfFile(text)
		if err != nil {
			return err
		}
		return set(text)
	}
	s.Flags = []Setting{flag}
	return s
}

// parseBody reads what formatBody writes. It opens no file.
func parseBody(text string) (string, error) {
	digits, ok := strings.CutPrefix(text, encodedBody)
	if !ok {
		return text, nil
	}
	b, err := base64.StdEncoding.DecodeString(digits)
	if err != nil {
		return "", fmt.Errorf("what follows %s is not base64: %w", encodedBody, err)
	}
	return string(b), nil
}

func formatBody(body string) string {
	if utf8.ValidString(body) && !strings.HasPrefix(body, encodedBody) {
		return body
	}
	return encodedBody + base64.StdEncoding.EncodeToString([]byte(body))
}

// bodyOfFile is what a user wrote, with the content of FILE in place of @FILE.
func bodyOfFile(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "@")
	if !ok || strings.HasPrefix(text, encodedBody) {
		return text, nil
	}
	if path == "" {
		return "", errors.New("@ is followed by the name of a file; a body of an @ alone comes from a file too")
	}
	b, err := userfile.Read(path, MaxMessage)
	if err != nil {
		return "", err
	}
	return formatBody(string(b)), nil
}
