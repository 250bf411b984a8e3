package fleet

import "tcpbench/results"

// built is a version, with the hash of the program where the version does not tell builds
// apart.
type built struct {
	tool results.Tool
	hash string
}

// same reports whether two programs are of one source. A revision decides alone where it is
// known: whoever builds it without its tags gives it another version.
func (b built) same(other built) bool {
	if b.tool.Revision == "" {
		return b == other
	}
	return b.hash == other.hash && b.tool.Revision == other.tool.Revision
}

// String is the version with what tells builds of it apart.
func (b built) String() string {
	name := b.tool.Version
	if b.tool.Revision != "" {
		name += " (" + b.tool.Revision[:min(len(b.tool.Revision), 12)] + ")"
	}
	if b.hash != "" {
		name += " (build " + b.hash + ")"
	}
	return name
}
