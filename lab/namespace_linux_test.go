package lab

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
)

func TestRemedyNamesTheSettingThatForbids(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no user namespaces", map[string]string{"/proc/sys/user/max_user_namespaces": "0"},
			"sysctl -w user.max_user_namespaces="},
		{"no network namespaces", map[string]string{"/proc/sys/user/max_net_namespaces": "0"},
			"sysctl -w user.max_net_namespaces="},
		{"Debian's switch", map[string]string{"/proc/sys/kernel/unprivileged_userns_clone": "0"},
			"sysctl -w kernel.unprivileged_userns_clone=1"},
		{"Ubuntu's AppArmor", map[string]string{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
			"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{"a container", map[string]string{"/proc/sys/user/max_user_namespaces": "15000"}, "--cap-add SYS_ADMIN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := remedy(unix.EPERM, func(path string) string { return tt.files[path] })
			if !strings.Contains(got, tt.want) {
				t.Errorf("remedy = %q, want it to say %q", got, tt.want)
			}
		})
	}
}

func TestRemedyNamesTheLimitsThatMayBeReached(t *testing.T) {
	got := remedy(unix.ENOSPC, func(string) string { return "2" })
	if want := "user.max_net_namespaces (2)"; !strings.Contains(got, want) {
		t.Errorf("remedy = %q, want it to say %q", got, want)
	}
}

func TestForbiddenHasTheHostsStatus(t *testing.T) {
	if got := fault.Status(Forbidden(unix.EPERM)); got != fault.StatusHost {
		t.Errorf("Status(Forbidden(EPERM)) = %d, want %d", got, fault.StatusHost)
	}
	if got := fault.Status(Forbidden(errors.New("no such file"))); got != fault.StatusFailed {
		t.Errorf("Status(Forbidden(no such file)) = %d, want %d", got, fault.StatusFailed)
	}
}
