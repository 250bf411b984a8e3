package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpbench/internal/fault"
)

// Each part of a program that says which ones it has, in a directory of the test's own.
func TestAMissingPartIsNamedWithItsPackage(t *testing.T) {
	script := func(text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "php-fpm"), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	lists := script(`test "$1" = -m && printf '[PHP Modules]\nctype\nRedis\n'`)
	tests := []struct {
		name, dir, need string
		status          int
		want            string
	}{
		{"one that is there, whatever its case", lists, "php-fpm:redis", fault.StatusDone, ""},
		{"no part at all", lists, "php-fpm", fault.StatusDone, ""},
		{"one that is not there", lists, "php-fpm:mysqli", fault.StatusHost,
			`php-fpm has no module "mysqli" here; install it: apt-get install php-mysqli`},
		{"the end of a name", lists, "php-fpm:dis", fault.StatusHost, `has no module "dis"`},
		{"a program that fails", script("echo broken >&2; exit 3"), "php-fpm:redis", fault.StatusHost,
			"list the modules of php-fpm: exit status 3; it said: broken"},
		{"a program that is not there", t.TempDir(), "php:redis", fault.StatusHost,
			`there is no program "php" here; install it: apt-get install php-cli php-redis`},
		{"a program whose parts nobody knows", lists, "sh:redis", fault.StatusUsage,
			`"sh:redis": which parts sh has is not known`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", tt.dir)
			err := Check(tt.need)
			if fault.Status(err) != tt.status || tt.want != "" && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check(%q) = %v, status %d, want %q with %d", tt.need, err, fault.Status(err), tt.want,
					tt.status)
			}
		})
	}
}
