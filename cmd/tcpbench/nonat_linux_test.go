package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A kernel without nfnetlink has no such sockets: everything else is as it is.
func TestWithoutNetfilterTheStatusIsFour(t *testing.T) {
	const number, domain, protocol = 0, 16, 32 // in struct seccomp_data: nr, args[0], args[2]
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	unless := func(value uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: skip}
	}
	if !filtered(t, []unix.SockFilter{
		load(number), unless(unix.SYS_SOCKET, 5), load(domain), unless(unix.AF_NETLINK, 3), load(protocol),
		unless(unix.NETLINK_NETFILTER, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPROTONOSUPPORT)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}) {
		return
	}
	out := t.TempDir() + "/r.json"
	status, _, stderr := command("run", "-n=1", "--nat=20000-20063", "-o", out)
	if status != 4 || !strings.Contains(stderr, "this kernel lacks nf_tables (CONFIG_NF_TABLES)") ||
		!strings.Contains(stderr, "modprobe -a nf_tables") {
		t.Errorf("exit status %d, %q, want 4, what is missing and what to do", status, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("there is a result, want nothing left")
	}
	if status, _, stderr := command("run", "-n=1", "-o", out); status != 0 {
		t.Errorf("without a NAT: exit status %d, %q, want 0", status, stderr)
	}
}
