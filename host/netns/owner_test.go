package netns

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseOwner(t *testing.T) {
	const uid, under = "0f3f2d1e-5a6b-4c7d-8e9f-a0b1c2d3e4f5", "0f3f2d1e_5a6b_4c7d_8e9f_a0b1c2d3e4f5"
	id, outer, static := strings.Repeat("ab", 32), strings.Repeat("cd", 32), strings.Repeat("e", 32)
	v2 := func(path string) string { return "0::" + path + "\n" }
	tests := []struct {
		name, text string
		want       Owner // without its path
	}{
		{"kubelet with systemd, containerd, v2",
			v2("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + under +
				".slice/cri-containerd-" + id + ".scope"), Owner{Pod: uid, Container: id, Runtime: "containerd"}},
		{"a guaranteed pod has no class in its path",
			v2("/kubepods.slice/kubepods-pod" + under + ".slice/crio-" + id + ".scope"),
			Owner{Pod: uid, Container: id, Runtime: "cri-o"}},
		{"kubelet with cgroupfs, v1",
			"12:pids:/kubepods/besteffort/pod" + uid + "/" + id +
				"\n1:name=systemd:/kubepods/besteffort/pod" + uid + "/" + id,
			Owner{Pod: uid, Container: id}},
		{"kubelet with cgroupfs, v2", v2("/kubepods/pod" + uid + "/" + id), Owner{Pod: uid, Container: id}},
		{"the cgroup namespace of another container",
			v2("/../../kubepods-besteffort-pod" + under + ".slice/cri-containerd-" + id + ".scope"),
			Owner{Pod: uid, Container: id, Runtime: "containerd"}},
		{"two cgroup drivers", "3:cpu:/system.slice/containerd.service/kubepods-burstable-pod" + under +
			".slice:cri-containerd:" + id,
			Owner{Pod: uid, Container: id, Runtime: "containerd", Unit: "containerd.service"}},
		{"a static pod", v2("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + static +
			".slice/cri-containerd-" + id + ".scope"), Owner{Pod: static, Container: id, Runtime: "containerd"}},
		{"a pod of kind, which is in a container of docker",
			v2("/docker/" + outer + "/kubelet.slice/kubelet-kubepods.slice/" +
				"kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" + under +
				".slice/cri-containerd-" + id + ".scope"), Owner{Pod: uid, Container: id, Runtime: "containerd"}},
		{"a pod without a container, as its sandbox may be", v2("/kubepods/pod" + uid), Owner{Pod: uid}},
		{"docker with systemd", v2("/system.slice/docker-" + id + ".scope"), Owner{Container: id, Runtime: "docker"}},
		{"docker with cgroupfs",
			"4:memory:/docker/" + id + "\n0::/docker/" + id, Owner{Container: id, Runtime: "docker"}},
		{"podman of a user", v2("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id +
			".scope/container"), Owner{Container: id, Runtime: "podman", Unit: "user@1000.service"}},
		{"a service, in v1 beside the unified hierarchy", "3:cpu:/\n1:name=systemd:/system.slice/nginx.service\n0::/",
			Owner{Unit: "nginx.service"}},
		{"a session", v2("/user.slice/user-0.slice/session-3.scope"), Owner{Unit: "session-3.scope"}},
		{"an ID of another length is none", v2("/docker/abcdef"), Owner{}},
		{"a path that says pod, and is none", v2("/podcast/pod-1.slice"), Owner{}},
		{"nothing", "", Owner{}},
		{"no cgroup file", "nonsense\n1:2\n", Owner{}},
		{"the root", v2("/"), Owner{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ParseOwner(tt.text)
			if path := got.Cgroup; !strings.Contains(tt.text, path) || path == "" && strings.Contains(tt.text, ":/") {
				t.Errorf("Cgroup = %q of %q", path, tt.text)
			}
			got.Cgroup = ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseOwner(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func FuzzParseOwner(f *testing.F) {
	f.Add("0::/kubepods/pod0f3f2d1e-5a6b-4c7d-8e9f-a0b1c2d3e4f5/" + strings.Repeat("ab", 32) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		if o := ParseOwner(text); !strings.Contains(text, o.Cgroup) {
			t.Errorf("ParseOwner(%q) = %+v, whose path is not there", text, o)
		}
	})
}
