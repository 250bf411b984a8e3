package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tcpbench/law/capacity"
)

// A value passes the law's check exactly where the kernel takes it as it is: of
// two numbers in the place of one it takes the first.
func TestTheKernelTakesWhatTheLawDoes(t *testing.T) {
	values := []string{
		"-1", "0", "1", "2", "3", "60", "255", "256", "60000", "60001", "2147483648", "99999999999",
		"word", "1.5", "1024 65535", "0 100", "40000", "9 8", "8080,40000-40999", "40999-40000", "65536",
	}
	var lines, want, missing []string
	if older(kernelRelease(t), [2]int{6, 14}) {
		missing = append(missing, "net.ipv4.tcp_tw_reuse_delay")
	}
	for _, row := range capacity.Sysctls() {
		for _, value := range values {
			answer := "refused"
			if capacity.CheckSysctl(row.Name, value) == nil && !slices.Contains(missing, row.Name) {
				answer = "taken"
			}
			want = append(want, row.Name+"="+value+" "+answer)
			lines = append(lines, strings.ReplaceAll(row.Name, ".", "/")+" "+row.Name+" "+value)
		}
	}
	got := strings.Split(strings.TrimSpace(inNewNamespace(t, `
		while read -r path name value; do
			{ echo "$value" >/proc/sys/$path; } 2>/dev/null
			case $(tr '\t' ' ' </proc/sys/$path) in
			"$value") echo "$name=$value taken" ;;
			*) echo "$name=$value refused" ;;
			esac
		done`, strings.Join(lines, "\n")+"\n")), "\n")
	if len(got) != len(want) {
		t.Fatalf("the kernel answers %d values, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("the kernel says %s, the law %s", got[i], want[i])
		}
	}
}

// inNewNamespace is what a shell script says in a network namespace of its own.
func inNewNamespace(t *testing.T, script, input string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
