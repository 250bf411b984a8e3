package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"tcpbench/results"
)

// ToolVersion is the version of this program, as far as its build recorded it.
func ToolVersion() results.Tool {
	t := results.Tool{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		t.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			t.Revision = s.Value
		}
	}
	return t
}

// Build is a hash of this program, in hex, where its version does not tell builds apart;
// else "".
func Build() (string, error) {
	if ToolVersion().Revision != "" {
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
