package http1

import (
	"bytes"
	"encoding/binary"
)

// isTokenByte reports whether c may be in a method or a field's name: tchar of
// RFC 9110, 5.6.2.
func isTokenByte(c byte) bool {
	// Two words of 64 bits say it; a shift by 64 or more gives 0.
	const mask = (1<<10-1)<<'0' | (1<<26-1)<<'a' | (1<<26-1)<<'A' |
		1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' |
		1<<'-' | 1<<'.' | 1<<'^' | 1<<'_' | 1<<'`' | 1<<'|' | 1<<'~'
	return (uint64(1)<<c)&(mask&(1<<64-1))|(uint64(1)<<(c-64))&(mask>>64) != 0
}

// tokenLen returns how many bytes p begins with that may be in a token.
func tokenLen(p []byte) int {
	for i, c := range p {
		// Names are letters and hyphens, nearly all: that is quicker to see.
		if (c|0x20)-'a' < 26 || c == '-' || isTokenByte(c) {
			continue
		}
		return i
	}
	return len(p)
}

// isTextByte reports whether c may be in a field's value or a reason phrase:
// tab, space, what is visible, and all beyond ASCII (RFC 9110, 5.5).
func isTextByte(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }

// isText reports whether all of p may be in a field's value. It looks at eight
// bytes at a time, at the last ones perhaps twice.
func isText(p []byte) bool {
	if len(p) < 8 {
		return isShortText(p)
	}
	for ; len(p) > 8; p = p[min(8, len(p)-8):] {
		if hasControl(binary.LittleEndian.Uint64(p)) && !isShortText(p[:8]) {
			return false
		}
	}
	return !hasControl(binary.LittleEndian.Uint64(p)) || isShortText(p)
}

func isShortText(p []byte) bool {
	for _, c := range p {
		if !isTextByte(c) {
			return false
		}
	}
	return true
}

// hasControl reports whether one of the eight bytes of w is a control
// character, tab included. A byte below n borrows from its top bit when n is
// taken off; ^w leaves out those whose top bit was set before.
func hasControl(w uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	del := w ^ 0x7f*ones // 0 where a byte is DEL
	return ((w-' '*ones)&^w|(del-ones)&^del)&tops != 0
}

// trim takes optional white space off both ends (OWS of RFC 9110, 5.6.3).
func trim(p []byte) []byte {
	for len(p) > 0 && isSpace(p[0]) {
		p = p[1:]
	}
	for len(p) > 0 && isSpace(p[len(p)-1]) {
		p = p[:len(p)-1]
	}
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// isName reports whether name is want in any case. Setting the bit that makes a
// letter lower makes nothing else a letter, and only CR a hyphen: name has been
// found to be text, and want is letters in lower case and hyphens.
func isName(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range name {
		if name[i]|0x20 != want[i] {
			return false
		}
	}
	return true
}

// element returns the first element of a comma-separated list without the
// space around it, and what is behind its comma (RFC 9110, 5.6.1).
func element(list []byte) (first, rest []byte) {
	i := bytes.IndexByte(list, ',')
	if i < 0 {
		return trim(list), nil
	}
	return trim(list[:i]), list[i+1:]
}
