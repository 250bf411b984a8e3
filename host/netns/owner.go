package netns

import (
	"regexp"
	"slices"
	"strings"

	"tcpbench/internal/prose"
)

// Owner is what a process belongs to, by its cgroup. What it is no part of is "".
type Owner struct {
	// Cgroup is the path of the control group.
	Cgroup string `json:"cgroup,omitempty"`
	// Pod is the UID of a Kubernetes pod, as `kubectl get pod -o jsonpath={.metadata.uid}`
	// has it; that of a static pod is the hash of its manifest.
	Pod string `json:"pod,omitempty"`
	// Container is the ID of a container, Runtime what runs it: containerd, docker, cri-o, podman.
	Container string `json:"container,omitempty"`
	Runtime   string `json:"runtime,omitempty"`
	// Unit is that of systemd.
	Unit string `json:"unit,omitempty"`
}

// ParseOwner reads a /proc/PID/cgroup (cgroups(7)) of either version. Of many hierarchies
// it takes the one that says most.
func ParseOwner(text string) Owner { return newSegments().owner(text) }

// owner is ParseOwner of many texts: to compile patterns costs more than all else of a walk.
func (k segments) owner(text string) Owner {
	var best Owner
	score := -1
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		o := k.ownerOf(f[2])
		if s := o.says(f[1]); s > score {
			best, score = o, s
		}
	}
	return best
}

// printable is o with a question mark for what is not UTF-8 or not printable: whoever makes a
// cgroup chooses its name.
func (o Owner) printable() Owner {
	o.Cgroup, o.Unit = prose.Printable(o.Cgroup), prose.Printable(o.Unit)
	return o
}

// says is how much is known of an owner by a hierarchy: of equals, that of systemd, then
// version 2, is taken.
func (o Owner) says(controllers string) int {
	s := 0
	for _, part := range []string{o.Pod, o.Container, o.Unit, strings.Trim(o.Cgroup, "/")} {
		if s *= 2; part != "" {
			s++
		}
	}
	s *= 4
	switch controllers {
	case "name=systemd":
		return s + 2
	case "":
		return s + 1
	default:
		return s
	}
}

// The segments of a cgroup's path. Kubelets write a pod's UID with "_" where systemd makes
// its groups; a container's has what runs it before its ID there.
const (
	podSegment = `^(?:[a-z-]*kubepods[a-z-]*-)?pod` +
		`([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$`
	ctrSegment = `^(?:(docker|cri-containerd|crio|libpod|nerdctl|containerd)-)?([0-9a-f]{64})(?:\.scope)?$`
)

// segments tells those of pods and containers.
type segments struct{ pods, containers *regexp.Regexp }

func newSegments() segments {
	return segments{regexp.MustCompile(podSegment), regexp.MustCompile(ctrSegment)}
}

// ownerOf reads a path. The last pod and container count: those of a cluster may
// be in a container themselves, as kind's are.
func (k segments) ownerOf(path string) Owner {
	o := Owner{Cgroup: path}
	// "slice:runtime:ID" is what a kubelet writes whose runtime has another cgroup driver.
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == ':' })
	for i, s := range parts {
		if m := k.pods.FindStringSubmatch(s); m != nil {
			o.Pod, o.Container, o.Runtime = strings.ReplaceAll(m[1], "_", "-"), "", ""
		}
		if m := k.containers.FindStringSubmatch(s); m != nil {
			o.Container, o.Runtime = m[2], runtimeOf(m[1], parts[:i])
		}
		if strings.HasSuffix(s, ".service") || strings.HasSuffix(s, ".scope") && !k.containers.MatchString(s) {
			o.Unit = s
		}
	}
	return o
}

// runtimeOf is what runs a container whose segment begins so, below others.
func runtimeOf(prefix string, above []string) string {
	names := map[string]string{"cri-containerd": "containerd", "containerd": "containerd", "nerdctl": "containerd",
		"docker": "docker", "crio": "cri-o", "libpod": "podman"}
	if name := names[prefix]; name != "" {
		return name
	}
	for _, s := range slices.Backward(above) {
		if name := names[s]; name != "" {
			return name
		}
	}
	return ""
}
