package machine

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// askEnv tells a test binary to say how many processors it may use.
const askEnv = "TCPBENCH_TEST_CPUS"

func TestMain(m *testing.M) {
	if os.Getenv(askEnv) != "" {
		fmt.Println(CPUs())
		return
	}
	os.Exit(m.Run())
}

func TestCPUsAreThoseThatAProcessMayUse(t *testing.T) {
	all := fmt.Sprint(CPUs())
	tests := []struct {
		name string
		env  string
		one  bool // of its affinity
		want string
	}{
		{"as this one", "", false, all},
		{"bound to one", "", true, "1"},
		{"bound to one, and Go told of more", "GOMAXPROCS=8", true, "1"},
		{"Go told of one", "GOMAXPROCS=1", false, "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runtime.LockOSThread() // and never unlocked: the thread ends with the test
			if tt.one {
				bindToOne(t)
			}
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), askEnv+"=1", tt.env)
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
				t.Errorf("CPUs() = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// bindToOne binds the calling thread, and what it starts, to one of its processors.
func bindToOne(t *testing.T) {
	t.Helper()
	var may, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	for cpu := range 1024 {
		if may.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
}
