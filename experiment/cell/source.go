package cell

import (
	"runtime/debug"
	"strings"

	"tcpbench/results"
)

// stamp is VERSION,REVISION,DATE,clean or dirty of what a build was made of; the linker puts it
// in (-X), which needs a variable. Go itself records nothing in a worktree of git, in an archive
// of the source, and with -buildvcs=false, which a GOFLAGS may set.
var stamp string

// devel is the version of a build that recorded none.
const devel = "devel"

// Source is what this program was built from.
type Source struct {
	// Version is a tag such as v0.9.0, Go's pseudo-version of a commit, with +dirty where files
	// differed from it, or devel.
	Version string `json:"version"`
	// Revision is the commit, in hex; "" where it is not known.
	Revision string `json:"revision,omitempty"`
	// Date is that of the commit, in RFC 3339 and UTC; "" where it is not known.
	Date string `json:"date,omitempty"`
	// Dirty reports whether files differed from the commit; nil where it is not known.
	Dirty *bool `json:"dirty,omitempty"`
	// Unknown says why the revision is not known; "" where it is.
	Unknown string `json:"unknown,omitempty"`
}

// BuiltFrom is what this program was built from, as far as its build recorded it.
func BuiltFrom() Source {
	if stamp != "" {
		return stamped(stamp)
	}
	info, _ := debug.ReadBuildInfo()
	return recorded(info)
}

// ToolVersion is the version of this program, as results have it.
func ToolVersion() results.Tool {
	s := BuiltFrom()
	return results.Tool{Version: s.Version, Revision: s.Revision}
}

// clean reports whether the revision is all that this program was built from.
func (s Source) clean() bool { return s.Revision != "" && s.Dirty != nil && !*s.Dirty }

// stamped reads what make had the linker put in. A field may be empty.
func stamped(stamp string) Source {
	field := func() string {
		var first string
		first, stamp, _ = strings.Cut(stamp, ",")
		return first
	}
	s := Source{Version: field(), Revision: field(), Date: field()}
	if s.Version == "" {
		s.Version = devel
	}
	switch state := field(); {
	case s.Revision == "":
		s.Unknown = "it was built outside a git clone"
	case state != "":
		s.Dirty = new(state == "dirty")
	}
	return s
}

// recorded reads what Go itself recorded; info is nil where it recorded nothing.
func recorded(info *debug.BuildInfo) Source {
	s := Source{Version: devel, Unknown: "go build recorded none: it ran outside a git clone, in a worktree, " +
		"with -buildvcs=false, or as go run or go test; make build does"}
	if info == nil {
		return s
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		s.Version = v
	}
	for _, set := range info.Settings {
		switch set.Key {
		case "vcs.revision":
			s.Revision, s.Unknown = set.Value, ""
		case "vcs.time":
			s.Date = set.Value
		case "vcs.modified":
			s.Dirty = new(set.Value == "true")
		}
	}
	return s
}
