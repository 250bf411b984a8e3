package cell

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStamped(t *testing.T) {
	tests := []struct {
		name, stamp string
		want        Source
	}{
		{"a release", "v0.9.0,be8f73e,2026-11-29T08:09:41Z,clean",
			Source{Version: "v0.9.0", Revision: "be8f73e", Date: "2026-11-29T08:09:41Z", Dirty: new(false)}},
		{"files that differ from the commit", "v0.9.0+dirty,be8f73e,2026-11-29T08:09:41Z,dirty",
			Source{Version: "v0.9.0+dirty", Revision: "be8f73e", Date: "2026-11-29T08:09:41Z", Dirty: new(true)}},
		{"an archive of a release's source", "v0.9.0",
			Source{Version: "v0.9.0", Unknown: "it was built outside a git clone"}},
		{"an archive of unknown source", ",,,",
			Source{Version: "devel", Unknown: "it was built outside a git clone"}},
		{"whether files differed was not looked at", "v0.9.0,be8f73e,,",
			Source{Version: "v0.9.0", Revision: "be8f73e"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, stamped(tt.stamp)); diff != "" {
			t.Errorf("%s: stamped(%q) differs (-want +got):\n%s", tt.name, tt.stamp, diff)
		}
	}
}

func TestRecordedByGo(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.0.0-20261129080941-be8f73eb371d+dirty"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "be8f73e"},
			{Key: "vcs.time", Value: "2026-11-29T08:09:41Z"}, {Key: "vcs.modified", Value: "true"}},
	}
	want := Source{Version: "v0.0.0-20261129080941-be8f73eb371d+dirty", Revision: "be8f73e",
		Date: "2026-11-29T08:09:41Z", Dirty: new(true)}
	if diff := cmp.Diff(want, recorded(info)); diff != "" {
		t.Errorf("recorded() differs (-want +got):\n%s", diff)
	}
	if want.clean() {
		t.Error("a dirty Source is clean")
	}
	info.Settings[2].Value = "false"
	if got := recorded(info); *got.Dirty || !got.clean() {
		t.Errorf("recorded() of what was not modified = %+v, want a clean one", got)
	}
	for name, none := range map[string]*debug.BuildInfo{"no build info": nil,
		"build info without version control": {Main: debug.Module{Version: "(devel)"}}} {
		got := recorded(none)
		if got.Version != "devel" || got.Revision != "" || got.Dirty != nil || got.clean() ||
			!strings.Contains(got.Unknown, "-buildvcs=false") {
			t.Errorf("%s: recorded() = %+v, want devel and why nothing else is known", name, got)
		}
	}
}
