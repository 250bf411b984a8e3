package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"tcpbench/host/doctor"
	"tcpbench/lab"
)

// sysctlNow is a setting's value, "" where this kernel has none that can be
// read.
func sysctlNow(name string) string {
	v, err := lab.Sysctl(name)
	if err != nil {
		return ""
	}
	return v
}

// asked reads the files that set sysctls below root, in the order in which
// `sysctl --system` applies them, and what became of each line. What cannot be
// read, or is no setting, is among the errors.
func asked(root fs.FS) ([]doctor.Asked, []error) {
	files, err := fs.Glob(root, "etc/sysctl.d/*.conf") // sorted; the pattern is right
	if err != nil {
		return nil, []error{err}
	}
	var out []doctor.Asked
	var errs []error
	for _, file := range distinct(root, append(files, "etc/sysctl.conf")) {
		text, err := fs.ReadFile(root, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // few hosts have both; a dangling link sets nothing
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read what sets sysctls: %w; run as a user who may read it", err))
			continue
		}
		lines, wrong := doctor.ParseConf("/"+file, string(text))
		errs = append(errs, wrong...)
		out = append(out, became(lines)...)
	}
	return out, errs
}

// distinct are files less those that are another name of one before: /etc/sysctl.d/99-sysctl.conf
// is a link to /etc/sysctl.conf on Debian, and that is where its lines are applied.
func distinct(root fs.FS, files []string) []string {
	var out []string
	var seen []fs.FileInfo
	for _, file := range files {
		info, err := fs.Stat(root, file)
		if err == nil && slices.ContainsFunc(seen, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
			continue
		}
		if err == nil {
			seen = append(seen, info)
		}
		out = append(out, file)
	}
	return out
}

// became fills in what the kernel made of each line.
func became(lines []doctor.Asked) []doctor.Asked {
	for i := range lines {
		a := &lines[i]
		_, err := os.Stat(procPath(a.Name))
		a.Exists = err == nil
		a.Now = sysctlNow(a.Name)
	}
	return lines
}

// procPath is where the kernel shows a sysctl. Parts that would lead out of
// /proc/sys are taken as names, which do not exist.
func procPath(name string) string {
	return "/proc/sys" + path.Clean("/"+strings.NewReplacer(".", "/", "/", ".").Replace(name))
}
