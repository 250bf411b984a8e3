package cell

import (
	"runtime/debug"

	"tcpbench/results"
)

// ToolVersion is the version of this program, as far as its build recorded it.
func ToolVersion() results.Tool {
	t := results.Tool{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		t.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			t.Revision = s.Value
		}
	}
	return t
}
