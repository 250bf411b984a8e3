package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
)

// Start starts cmd in a network namespace of its own, and in a user namespace
// of its own unless the caller may make network namespaces without. The
// process, and every process in its namespaces, dies when the calling process
// does. The error says what forbids it, and the remedy.
func Start(cmd *exec.Cmd) error {
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET,
		// A terminal's ctrl-C is for the parent alone, which then ends the lab
		// in good order.
		Setpgid: true,
	}
	if !privileged() {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	if err := StartDying(cmd, attr); err != nil {
		return Forbidden(err)
	}
	return nil
}

// StartPeer starts cmd in a further network namespace, in the user namespace
// that the caller is in. It gets a process namespace too, so that whatever it
// starts ends with it.
func StartPeer(cmd *exec.Cmd) error { return startInside(cmd, unix.CLONE_NEWNET|unix.CLONE_NEWPID) }

// StartBeside is StartPeer in the caller's own network namespace.
func StartBeside(cmd *exec.Cmd) error { return startInside(cmd, unix.CLONE_NEWPID) }

// StartHelper starts cmd in the namespaces that the caller is in.
func StartHelper(cmd *exec.Cmd) error { return startInside(cmd, 0) }

// startInside starts cmd in the user namespace that the caller is in.
func startInside(cmd *exec.Cmd, namespaces uintptr) error {
	if err := StartDying(cmd, &syscall.SysProcAttr{Cloneflags: namespaces, Setpgid: true}); err != nil {
		return Forbidden(err)
	}
	return nil
}

// privileged reports whether the caller has CAP_SYS_ADMIN and CAP_NET_ADMIN.
func privileged() bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return false
	}
	const need = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_NET_ADMIN
	return data[0].Effective&need == need
}

// Forbidden explains why a lab could not be made, as far as the host's
// settings tell. The error has the exit status of a host that cannot do it.
func Forbidden(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return fault.Host(fmt.Errorf("start lab: %w; mount /proc, through which a lab's processes are started", err))
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EACCES) &&
		!errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("start lab: %w", err)
	}
	return fault.Host(fmt.Errorf("start lab: this host forbids user or network namespaces (%w): %s", err,
		remedy(err, readSetting)))
}

// remedy names the setting that forbids namespaces, or the limit that err says
// is reached. read returns a
// kernel setting's value, or "" where it does not exist.
func remedy(err error, read func(path string) string) string {
	switch {
	case read("/proc/sys/user/max_user_namespaces") == "0":
		return "user.max_user_namespaces is 0; as root: sysctl -w user.max_user_namespaces=15000"
	case read("/proc/sys/user/max_net_namespaces") == "0":
		return "user.max_net_namespaces is 0; as root: sysctl -w user.max_net_namespaces=15000"
	case read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
		return "kernel.unprivileged_userns_clone is 0; as root: sysctl -w kernel.unprivileged_userns_clone=1"
	case read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "kernel.apparmor_restrict_unprivileged_userns is 1; as root: sysctl -w " +
			"kernel.apparmor_restrict_unprivileged_userns=0"
	case errors.Is(err, unix.ENOSPC):
		return fmt.Sprintf("a limit is reached; as root, raise user.max_user_namespaces (%s), "+
			"user.max_net_namespaces (%s) "+
			"or user.max_pid_namespaces (%s)",
			read("/proc/sys/user/max_user_namespaces"), read("/proc/sys/user/max_net_namespaces"),
			read("/proc/sys/user/max_pid_namespaces"))
	default:
		return "no setting that is known does; in a container its seccomp profile or a missing " +
			"CAP_SYS_ADMIN does: run it " +
			"outside, or with --security-opt seccomp=unconfined or --cap-add SYS_ADMIN --cap-add " +
			"NET_ADMIN; or measure " +
			"without a lab: tcpbench run HOST:PORT"
	}
}

func readSetting(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
