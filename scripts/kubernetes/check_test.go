// Package kubernetes holds the examples for Kubernetes against the code of its API server. It
// is a module of its own: what that needs is nothing of the program's.
package kubernetes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/batch"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
)

// examples are where the files are.
const examples = "../../examples/kubernetes"

// watch is the example that is to see all pods of a node.
const watch = "watch.yaml"

// The API server would take each object of the examples, without a warning, and their pods in a
// namespace in which pods have to be restricted; those that enter other pods' namespaces, in one
// that permits all.
func TestAClusterTakesTheExamples(t *testing.T) {
	for file, kinds := range map[string]string{"agents.yaml": "DaemonSet", "job.yaml": "Service Job",
		watch: "DaemonSet"} {
		text, err := os.ReadFile(filepath.Join(examples, file))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, doc := range documents(t, text) {
			level := api.LevelRestricted
			if file == watch {
				level = api.LevelPrivileged
			}
			kind, problems := problemsOf(doc, level)
			got = append(got, kind)
			for _, p := range problems {
				t.Errorf("%s: %s: %s", file, kind, p)
			}
		}
		if all := strings.Join(got, " "); all != kinds {
			t.Errorf("%s has %q, want %q", file, all, kinds)
		}
	}
}

// A fault in an example is found.
func TestAClusterRefusesFaults(t *testing.T) {
	tests := []struct{ name, file, old, new, want string }{
		{"without a fault", "agents.yaml", "readOnly: true", "readOnly: true", ""},
		{"a key that is misspelt", "agents.yaml", "readOnlyRootFilesystem", "readOnlyRootFileSystem",
			"unknown field"},
		{"a key that is there twice", "job.yaml", "backoffLimit: 0", "backoffLimit: 0\n  backoffLimit: 1",
			"already set"},
		{"a number that is text", "job.yaml", "completions: 4", "completions: four", "cannot unmarshal"},
		{"labels that the selector does not find", "agents.yaml", "labels: {app: tcpbench-agent}",
			"labels: {app: tcpbench}", "selector"},
		{"a volume that there is not", "agents.yaml", "{name: tmp, emptyDir", "{name: temp, emptyDir", "Not found"},
		{"a name that is none", "job.yaml", "subdomain: tcpbench", "subdomain: tcp_bench", "subdomain"},
		{"a policy that a job cannot have", "job.yaml", "restartPolicy: Never", "restartPolicy: Always",
			"restartPolicy"},
		{"more at once than there are", "job.yaml", "completionMode: Indexed", "completionMode: Each",
			"completionMode"},
		{"a pod that may be root", "job.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"},
		{"capabilities that are kept", "agents.yaml", "capabilities: {drop: [ALL]}", "capabilities: {}",
			"capabilities"},
		{"a sysctl that is not safe", "agents.yaml", "net.ipv4.ip_local_port_range", "net.core.somaxconn",
			"somaxconn"},
		{"a pod that sees the node's processes", watch, "on every node", "on every node", "hostPID"},
		{"a key of the capabilities that is misspelt", watch, "drop: [ALL]", "dropped: [ALL]", "unknown field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(examples, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte(tt.old)) {
				t.Fatalf("%s has no %q", tt.file, tt.old)
			}
			var all []string
			for _, doc := range documents(t, bytes.Replace(text, []byte(tt.old), []byte(tt.new), 1)) {
				_, problems := problemsOf(doc, api.LevelRestricted)
				all = append(all, problems...)
			}
			if said := strings.Join(all, "\n"); (tt.want == "") != (said == "") || !strings.Contains(said, tt.want) {
				t.Errorf("with %q: %q, want %q in it", tt.new, said, tt.want)
			}
		})
	}
}

// documents are those of a file of YAML.
func documents(t *testing.T, text []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for r := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, doc)
	}
}

// problemsOf is what a cluster has against an object, in a namespace of a pod security standard.
func problemsOf(doc []byte, level api.Level) (kind string, problems []string) {
	codecs := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	obj, k, err := codecs.UniversalDecoder().Decode(doc, nil, nil)
	if err != nil {
		return "", []string{err.Error()}
	}
	var s rest.RESTCreateStrategy
	var pod *core.PodTemplateSpec
	switch o := obj.(type) {
	case *apps.DaemonSet:
		s, pod = daemonset.Strategy, &o.Spec.Template
	case *batch.Job:
		s, pod = job.Strategy, &o.Spec.Template
	case *core.Service:
		s = service.Strategy
		o.Spec.ClusterIPs = []string{o.Spec.ClusterIP} // which the server's store does, or assigns one
	default:
		return k.Kind, []string{"no example is one"}
	}
	problems = create(s, obj, *k)
	if pod != nil {
		problems = append(problems, podProblems(pod, level)...)
	}
	return k.Kind, problems
}

// create does what the API server does before it keeps a new object.
func create(s rest.RESTCreateStrategy, obj runtime.Object, k schema.GroupVersionKind) []string {
	m, err := meta.Accessor(obj)
	if err != nil {
		return []string{err.Error()}
	}
	ctx := request.WithRequestInfo(request.WithNamespace(context.Background(), m.GetNamespace()),
		&request.RequestInfo{APIGroup: k.Group, APIVersion: k.Version})
	rest.FillObjectMetaSystemFields(m)
	if err := rest.BeforeCreate(s, ctx, obj); err != nil {
		return []string{err.Error()}
	}
	return s.WarningsOnCreate(ctx, obj)
}

// podProblems is what a pod security standard has against a pod. The strictest, restricted,
// permits safe sysctls alone.
func podProblems(of *core.PodTemplateSpec, level api.Level) []string {
	var pod v1.PodTemplateSpec
	if err := corev1.Convert_core_PodTemplateSpec_To_v1_PodTemplateSpec(of, &pod, nil); err != nil {
		return []string{err.Error()}
	}
	var out []string
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	at := api.LevelVersion{Level: level, Version: api.LatestVersion()}
	for _, r := range evaluator.EvaluatePod(at, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			out = append(out, r.ForbiddenReason+": "+r.ForbiddenDetail)
		}
	}
	return out
}
