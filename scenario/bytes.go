package scenario

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"tcpbench/internal/userfile"
)

// ParseBytes reads bytes of a protocol: text in which \r \n \t \0 \\ and \xHH stand for
// one byte each, or hex:50494e47. There are at most [MaxMessage]. It opens no file, also
// where a result says @FILE: see [withFile].
func ParseBytes(s string) ([]byte, error) {
	var b []byte
	var err error
	switch {
	case strings.HasPrefix(s, "hex:"):
		b, err = parseHex(s[len("hex:"):])
	case strings.HasPrefix(s, "@"):
		err = fmt.Errorf(`%q names a file, which only a user's own words may; @ as a byte is \x40`, s)
	default:
		b, err = unescape(s)
	}
	if err == nil && len(b) > MaxMessage {
		err = fmt.Errorf("%d bytes are more than %d", len(b), MaxMessage)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// parseHex reads digits in pairs; spaces between bytes are for people.
func parseHex(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		return nil, fmt.Errorf("%q is not hexadecimal digits in pairs, as hex:50494e47: %w", "hex:"+s, err)
	}
	return b, nil
}

// withFile is what a user wrote, with the content of FILE in place of @FILE.
func withFile(s string) (string, error) {
	path, ok := strings.CutPrefix(s, "@")
	if !ok {
		return s, nil
	}
	if path == "" {
		return "", errors.New(`@ is followed by the name of a file; @ as a byte is \x40`)
	}
	b, err := userfile.Read(path, MaxMessage)
	if err != nil {
		return "", err
	}
	return Escape(b), nil
}

// escapes are the characters behind a backslash that stand for one byte.
func escapes() map[byte]byte {
	return map[byte]byte{'r': '\r', 'n': '\n', 't': '\t', '0': 0, '\\': '\\'}
}

// unescape reads text with escapes.
func unescape(s string) ([]byte, error) {
	one := escapes()
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		if i++; i == len(s) {
			return nil, errors.New(`the text ends in a backslash; \\ stands for one`)
		}
		if c, ok := one[s[i]]; ok {
			b = append(b, c)
			continue
		}
		if s[i] != 'x' {
			return nil, fmt.Errorf(`\%c is no escape; there are \r \n \t \0 \\ and \xHH`, s[i])
		}
		c, err := hex.DecodeString(s[i+1 : min(i+3, len(s))])
		if err != nil || len(c) != 1 {
			return nil, fmt.Errorf(`%q is not \xHH, with two hexadecimal digits`, s[i-1:min(i+3, len(s))])
		}
		b = append(b, c[0])
		i += 2
	}
	return b, nil
}

// Escape writes bytes as [ParseBytes] reads them back, in printable ASCII.
func Escape(b []byte) string {
	names := map[byte]string{}
	for name, c := range escapes() {
		names[c] = `\` + string(name)
	}
	var out strings.Builder
	for i, c := range b {
		name, ok := names[c]
		switch {
		case ok:
			out.WriteString(name)
		case c < ' ' || c > '~', i == 0 && c == '@': // which stands for a file
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	s := out.String()
	if strings.HasPrefix(s, "hex:") {
		return `\x68` + s[1:]
	}
	return s
}
