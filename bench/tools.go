package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// crrSource is the bare loop of short connections.
//
//go:embed testdata/crr.c
var crrSource string

// tool is another program, or the reason why there is none.
type tool struct {
	Path    string `json:"path,omitempty"`
	Missing string `json:"missing,omitempty"`
}

// tools are the programs beside which tcpbench is measured.
type tools struct {
	Dir   string `json:"dir"` // of those that were built
	CRR   tool   `json:"crr"`
	RR    tool   `json:"rr"`
	Hey   tool   `json:"hey"`
	Wrk   tool   `json:"wrk"`
	AB    tool   `json:"ab"`
	Neper tool   `json:"neper"`

	RedisServer    tool `json:"redis_server"`
	RedisBenchmark tool `json:"redis_benchmark"`
}

// prepareTools builds what is built from source and looks for the others.
func prepareTools(ctx context.Context) (tools, error) {
	dir, err := os.MkdirTemp("", "tcpbench-bench-")
	if err != nil {
		return tools{}, fmt.Errorf("prepare tools: %w", err)
	}
	return tools{
		Dir: dir,
		CRR: compile(ctx, dir, "crr", crrSource),
		RR:  compile(ctx, dir, "rr", rrSource),
		Hey: build(ctx, filepath.Join(dir, "hey"), "go", "build", "-o", filepath.Join(dir, "hey"),
			"github.com/rakyll/hey"),
		Wrk:   find("wrk", "wrk"),
		AB:    find("ab", "apache2-utils"),
		Neper: findNeper(os.Getenv("NEPER")),

		RedisServer:    find("redis-server", "redis-server"),
		RedisBenchmark: find("redis-benchmark", "redis-tools"),
	}, nil
}

func (t tools) remove() { _ = os.RemoveAll(t.Dir) } // it lies in the system's temporary directory

// compile makes a program of C source.
func compile(ctx context.Context, dir, name, text string) tool {
	path := filepath.Join(dir, name)
	source := path + ".c"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		return tool{Missing: err.Error()}
	}
	return build(ctx, path, "gcc", "-O2", "-o", path, source)
}

// build runs a compiler that makes path.
func build(ctx context.Context, path, name string, args ...string) tool {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return tool{Missing: fmt.Sprintf("%s: %v %s", name, err, out)}
	}
	return tool{Path: path}
}

func find(name, debianPackage string) tool {
	path, err := exec.LookPath(name)
	if err != nil {
		return tool{Missing: fmt.Sprintf("%s is not installed; apt-get install %s", name, debianPackage)}
	}
	return tool{Path: path}
}

func findNeper(dir string) tool {
	if dir == "" {
		return tool{Missing: "NEPER is unset; build github.com/google/neper with `make tcp_crr` and set NEPER " +
			"to its directory"}
	}
	path := filepath.Join(dir, "tcp_crr")
	if _, err := os.Stat(path); err != nil {
		return tool{Missing: fmt.Sprintf("NEPER is %q: %v", dir, err)}
	}
	return tool{Path: path}
}
