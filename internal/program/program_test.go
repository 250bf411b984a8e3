package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/internal/fault"
)

func TestFindLooksWhereServersAre(t *testing.T) {
	t.Setenv("PATH", "/usr/bin:/bin")
	got, err := Find("nginx")
	if err != nil || filepath.Base(got) != "nginx" || !filepath.IsAbs(got) {
		t.Errorf("Find(nginx) = %q, %v, want the file in /usr/sbin", got, err)
	}
}

func TestPathHasWhereServersAre(t *testing.T) {
	for path, want := range map[string]string{"/usr/bin:/bin": "/usr/bin:/bin:/usr/sbin:/sbin", "": "/usr/sbin:/sbin"} {
		t.Setenv("PATH", path)
		if got := Path(); got != want {
			t.Errorf("Path() with PATH %q = %q, want %q", path, got, want)
		}
	}
}

func TestFindTakesAFileFromTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "server"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if got, err := Find("./server"); err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "server" {
		t.Errorf("Find(./server) = %q, %v, want the file in %s", got, err, dir)
	}
}

func TestAMissingProgramIsNamedWithItsPackage(t *testing.T) {
	tests := []struct{ name, program, want string }{
		{"one that Debian has", "haproxy", `there is no program "haproxy" here; install it: apt-get install haproxy`},
		{"one whose package has another name", "nginx",
			`there is no program "nginx" here; install it: apt-get install nginx-light`},
		{"one that nobody knows", "no-such-server",
			`there is no program "no-such-server" here ` +
				`(executable file not found in $PATH); install it, or name its file`},
		{"a file that is no program", os.DevNull, `there is no program "/dev/null" here (permission denied)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Find(tt.program)
			if _, ok := debian(tt.program); ok {
				err = missing(tt.program, err) // it may be here
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || fault.Status(err) != fault.StatusHost {
				t.Errorf("Find(%q) = %v, status %d, want %q with %d", tt.program, err, fault.Status(err), tt.want,
					fault.StatusHost)
			}
		})
	}
}

// Debian has php-fpm8.2, and no php-fpm.
func TestAProgramWithItsVersionBehindItsName(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"php-fpm7.4": 0o755, "php-fpm8.2": 0o755, "php-fpm8.3": 0o644,
		"php-fpmx": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := versioned(dir, "php-fpm"); !ok || filepath.Base(got) != "php-fpm8.2" {
		t.Errorf("versioned(php-fpm) = %q, %v, want the last that can be run", got, ok)
	}
	if got, ok := versioned(dir, "nginx"); ok {
		t.Errorf("versioned(nginx) = %q, want none", got)
	}
}
