package lab

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
)

func TestWhereThereIsNoTUNTheRemedyIsSaid(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		want   string
		status int
	}{
		{"no device file", unix.ENOENT, "/dev/net/tun is missing (no such file or directory); as root: modprobe tun",
			fault.StatusHost},
		{"no module", unix.ENODEV, "/dev/net/tun is missing", fault.StatusHost},
		{"no right to open it", unix.EACCES, "/dev/net/tun is forbidden (permission denied); as root: chmod 666",
			fault.StatusHost},
		{"a container's list of devices", unix.EPERM, "--device /dev/net/tun", fault.StatusHost},
		{"a fault of another kind", unix.ENOMEM, "make a TAP device: cannot allocate memory", fault.StatusFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := noTUN(tunDevice, tt.err)
			if !strings.Contains(err.Error(), tt.want) || fault.Status(err) != tt.status {
				t.Errorf("noTUN(%v) = %q with status %d, want %q with %d", tt.err, err, fault.Status(err),
					tt.want, tt.status)
			}
		})
	}
}
