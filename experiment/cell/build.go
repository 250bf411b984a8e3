package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Build is a hash of this program, in hex, where its revision does not tell builds apart:
// it is not known, or files differed from it. Else "".
func Build() (string, error) {
	if BuiltFrom().clean() {
		return "", nil
	}
	sum, err := ownSum()
	if err != nil {
		return "", fmt.Errorf("tell which build this is: %w", err)
	}
	const digits = 12
	return sum[:digits], nil
}

// ownSum is the SHA-256 of this program's file.
func ownSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
