// Package labtest says what this host and user permit the tests of labs.
package labtest

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// LinkWithRules reports whether a lab can have a link with rules here, which
// takes /dev/net/tun. Where it cannot, run, which measures over such a link,
// must end with exit status 4 and say the remedy.
func LinkWithRules(t *testing.T, run func() (status int, said string)) bool {
	t.Helper()
	f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err == nil {
		return f.Close() == nil
	}
	want := "/dev/net/tun is missing"
	if errors.Is(err, fs.ErrPermission) {
		want = "/dev/net/tun is forbidden (" + errors.Unwrap(err).Error() + "); as root: chmod 666 /dev/net/tun"
	}
	if status, said := run(); status != 4 || !strings.Contains(said, want) {
		t.Errorf("without a right to /dev/net/tun a link with rules ends with status %d and %q, want 4 and %q", status,
			said,
			want)
	}
	return false
}
