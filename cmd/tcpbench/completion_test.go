package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/scenario"
)

// completed are what a shell is told to offer after words, the last of which is not whole,
// and how.
func completed(t *testing.T, words ...string) (offers []string, directive string) {
	t.Helper()
	var out strings.Builder
	root := newRoot(streams{strings.NewReader(""), &out, io.Discard, nil})
	root.SetArgs(append([]string{"__complete"}, words...))
	if err := root.Execute(); err != nil {
		t.Fatalf("__complete %q: %v", words, err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, l := range lines {
		lines[i], _, _ = strings.Cut(l, "\t")
	}
	return lines[:len(lines)-1], lines[len(lines)-1]
}

// Directives of cobra: offer files, nothing else, no space after it, directories.
const (
	offerFiles, offerNoFiles, offerNoSpace, offerDirs = ":0", ":4", ":6", ":16"
)

func TestAShellIsToldWhatAValueCanBe(t *testing.T) {
	tests := []struct {
		line      string
		want      string // all of them, or those that have to be among them after "..."
		directive string
	}{
		{"run --mode ", "short keepalive idle", offerNoFiles},
		{"run --progress ", "auto plain none", offerNoFiles},
		{"run --linger ", "off 0", offerNoFiles},
		{"run --bind-no-port=", "true false", offerNoFiles},
		{"run --concurrency ", "", offerNoFiles},
		{"run --output ", "", offerFiles},
		{"run --cacert ", "", offerFiles},
		{"run --body ", "", offerFiles},
		{"run --server-cmd ", "", offerFiles},
		{"run --sysctl ", "... net.ipv4.ip_local_port_range= net.ipv4.tcp_tw_reuse=", offerNoSpace},
		{"run --slo ", "... errors connect_p99", offerNoSpace},
		{"run ", "http:// https:// tcp:// unix:", offerNoSpace},
		{"sweep ", "... exhaustion redis-short", offerFiles},
		{"sweep exhaustion ", "", offerNoFiles},
		{"sweep --output ", "", offerDirs},
		{"compare --format ", "text markdown json csv html benchfmt", offerNoFiles},
		{"compare ", "", offerFiles},
		{"gate --policy ", "", offerFiles},
		{"gate --format ", "text markdown junit github html", offerNoFiles},
		{"history --metric ", "... connect_p99 connections_per_second", offerNoFiles},
		{"history --fail-on ", "none drift step any", offerNoFiles},
		{"plot --format ", "... png svg pdf", offerNoFiles},
		{"plan --nat ", "aws azure gcp", offerNoFiles},
		{"scenarios show ex", "exhaustion", offerNoFiles},
		{"fleet ", "run sweep list collect hub keys", offerNoFiles},
		{"fleet run --partial ", "refuse degrade", offerNoFiles},
		{"fleet run --keys ", "", offerDirs},
		{"fleet sweep ", "... exhaustion", offerFiles},
		{"fleet collect --dir ", "", offerDirs},
		{"agent --creds ", "", offerFiles},
		{"agent --allow-target ", "", offerNoFiles},
		{"fleet hub --dir ", "", offerDirs},
		{"fleet hub --listen ", "", offerNoFiles},
		{"fleet keys ", "", offerNoFiles},
		{"completion ", "bash fish powershell zsh", offerNoFiles},
		{"wat", "watch", offerNoFiles},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, directive := completed(t, strings.Split(tt.line, " ")...)
			want, some := strings.CutPrefix(tt.want, "... ")
			for _, w := range strings.Fields(want) {
				if !slices.Contains(got, w) {
					t.Errorf("%q is not offered, of %q", w, got)
				}
			}
			if !some && len(got) != len(strings.Fields(want)) || directive != tt.directive {
				t.Errorf("offered are %q %s, want %q %s", got, directive, tt.want, tt.directive)
			}
		})
	}
}

// allCommands are those of the program, but cobra's own.
func allCommands(root *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range root.Commands() {
		if c.Name() != "completion" && c.Name() != "help" {
			out = append(out, append(allCommands(c), c)...)
		}
	}
	return out
}

// A flag that takes one of a few words offers these, whoever adds it.
func TestEveryFlagWithAListOffersIt(t *testing.T) {
	n := 0
	for _, c := range allCommands(newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil})) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			var words []string
			switch v := f.Value.(type) {
			case *word:
				words = v.words
			case scenario.Setting:
				words = v.Words()
			}
			if len(words) == 0 {
				return
			}
			n++
			line := append(strings.Fields(c.CommandPath())[1:], "--"+f.Name+"=")
			if got, _ := completed(t, line...); !slices.Equal(got, words) {
				t.Errorf("%s --%s offers %q, want %q", c.CommandPath(), f.Name, got, words)
			}
		})
	}
	if n < 25 {
		t.Errorf("%d flags have a list, want those of run at least", n)
	}
}

func TestEveryCommandHasAHeading(t *testing.T) {
	root := newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil})
	for _, c := range root.Commands() {
		if c.GroupID == "" {
			t.Errorf("%s has no heading in the help; give it one in commandGroups", c.Name())
		}
	}
}

// The help of run has each flag once, under a heading.
func TestEveryFlagOfRunHasAHeading(t *testing.T) {
	root := newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil})
	cmd, _, err := root.Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	cmd.InitDefaultHelpFlag()
	help := cmd.UsageString()
	n := 0
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		n++
		if got := strings.Count(help, fmt.Sprintf(" --%s ", f.Name)); got < 1 {
			t.Errorf("--%s is not in the help of run", f.Name)
		}
		if f.Annotations[groupAnnotation] == nil && f.Name != "help" {
			t.Errorf("--%s has no heading", f.Name)
		}
	})
	if got := strings.Count(help, "\n  -") + strings.Count(help, "\n      --"); got != n {
		t.Errorf("the help of run has %d flags, want %d", got, n)
	}
}
