package main

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The DaemonSet runs a command line that there is, with the two capabilities that it takes
// and no other, and finds processes of the node.
func TestTheDaemonSetWatchesPods(t *testing.T) {
	var set struct {
		Spec struct{ Template struct{ Spec podSpec } }
	}
	if err := yaml.Load([]byte(readText(t, "../../examples/kubernetes/watch.yaml")), &set); err != nil {
		t.Fatal(err)
	}
	pod := set.Spec.Template.Spec
	if !pod.HostPID || len(pod.Containers) != 1 {
		t.Fatalf("%+v, want the processes of the node and one container", pod)
	}
	c := pod.Containers[0]
	parses(t, "tcpbench "+strings.Join(c.Args, " "))
	may := c.SecurityContext
	if !may.ReadOnlyRootFilesystem || !slices.Equal(may.Capabilities.Drop, []string{"ALL"}) ||
		!slices.Equal(may.Capabilities.Add, []string{"SYS_ADMIN", "SYS_PTRACE"}) {
		t.Errorf("%+v, want two capabilities and a file system that is read alone", may)
	}
	if listen := "--listen=0.0.0.0:9464"; !slices.Contains(c.Args, listen) || c.Ports[0].ContainerPort != 9464 {
		t.Errorf("%v and %+v, want the port of %s", c.Args, c.Ports, listen)
	}
}

type podSpec struct {
	HostPID    bool `yaml:"hostPID"`
	Containers []struct {
		Args  []string
		Ports []struct {
			ContainerPort int `yaml:"containerPort"`
		}
		SecurityContext struct {
			ReadOnlyRootFilesystem bool `yaml:"readOnlyRootFilesystem"`
			Capabilities           struct{ Drop, Add []string }
		} `yaml:"securityContext"`
	}
}
