package fleet

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/results"
	"tcpbench/scenario"
)

// told is an agent's word of what it keeps, and the parts that it gives.
type told struct {
	data  []byte
	bytes int64  // that it says it has
	sum   string // "" is that of the data
	after int    // parts after which nothing comes any more; 0 is all
}

// pulled gets what such an agent keeps into a directory.
func pulled(ctx context.Context, t *testing.T, of told) (*measurement, *peer, error) {
	t.Helper()
	sum := sha256.Sum256(of.data)
	kept := message.Kept{Run: "r-1", Bytes: of.bytes, Sum: cmp.Or(of.sum, hex.EncodeToString(sum[:]))}
	w := &giver{told: of}
	f, err := newFleet(Options{Line: w, Dir: t.TempDir(), Collect: "`tcpbench fleet collect`"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	p := &peer{fleet: f, name: "b", instance: "i", heard: time.Now().Add(time.Hour), status: &message.Status{
		Held: &f.self, Kept: []message.Kept{kept}}}
	f.mu.Lock() // it beats
	f.peers["b"], f.members, w.fleet = p, []*peer{p}, f
	f.mu.Unlock()
	m := &measurement{Fleet: f, run: "r-1", agents: map[string]*results.Agent{"b": {Name: "b"}}}
	if err := os.MkdirAll(filepath.Join(f.options.Dir, "r-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	return m, p, m.fetch(ctx)
}

// giver is a line to an agent that only gives parts.
type giver struct {
	told
	fleet *Fleet
	gave  int
}

func (g *giver) Listen(func(string, []byte)) error { return nil }

func (g *giver) Tell(name string, b []byte) error {
	o, err := message.DecodeOrder(b)
	if err != nil || name == "" {
		return err
	}
	g.fleet.announce(func() {
		p := g.fleet.peers[name]
		switch {
		case o.Taken != "":
			p.status = &message.Status{Held: &g.fleet.self}
		case o.Give != nil && (g.after == 0 || g.gave < g.after):
			g.gave++
			from := min(o.Give.Offset, int64(len(g.data)))
			p.chunk = &message.Chunk{Run: o.Give.Run, Offset: o.Give.Offset,
				Data: g.data[from:min(from+message.ChunkBytes, int64(len(g.data)))]}
		}
	})
	return nil
}

func TestAResultComesInPartsOrNotAtAll(t *testing.T) {
	var text bytes.Buffer
	long := results.Run{Schema: results.Schema, Options: scenario.DefaultWorkload(),
		Targets: []string{strings.Repeat("tcpbench", message.ChunkBytes/6)}}
	if err := results.Encode(&text, &long); err != nil {
		t.Fatal(err)
	}
	data, cut := text.Bytes(), text.Bytes()[:text.Len()-40]
	size := int64(len(data)) // of two parts
	tests := []struct {
		name string
		of   told
		want string // why it is lost; "" where it came
	}{
		{"it comes whole", told{data: data, bytes: size}, ""},
		{"it is not what it was", told{data: data, bytes: size, sum: "00"}, "has not come as it was sent"},
		{"it is too long", told{data: data, bytes: mostBytes + 1}, "none has more than"},
		{"it cannot be read", told{data: cut, bytes: size - 40}, "cannot be read"},
		{"it has no bytes", told{}, "cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, p, err := pulled(t.Context(), t, tt.of)
			path := m.partPath("r-1", "b", false)
			got, readErr := os.ReadFile(path)
			left, dirErr := os.ReadDir(filepath.Dir(path))
			if err := errors.Join(err, dirErr); err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if p.lost != nil || readErr != nil || !bytes.Equal(got, tt.of.data) || p.kept("r-1") != nil {
					t.Errorf("lost %+v, %d bytes, %v; want all of it, and taken", p.lost, len(got), readErr)
				}
				return
			}
			if came := tt.want == "cannot be read"; p.lost == nil || !strings.Contains(p.lost.why, tt.want) ||
				len(left) > 0 != came || p.kept("r-1") == nil {
				t.Errorf("lost %+v, and %v is there, want %v, for %q, and that the agent keeps it", p.lost, left, came,
					tt.want)
			}
		})
	}
}

func TestFetchingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	data := make([]byte, 3*message.ChunkBytes)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	begun := time.Now()
	m, p, err := pulled(ctx, t, told{data: data, bytes: int64(len(data)), after: 2})
	if err == nil || fault.Status(err) != fault.StatusInterrupted || !strings.Contains(err.Error(), "fleet collect") ||
		time.Since(begun) > 5*time.Second {
		t.Errorf("fetch() = %v after %v, want that it is interrupted, and how to get the rest", err, time.Since(begun))
	}
	left, dirErr := os.ReadDir(filepath.Join(m.options.Dir, "r-1"))
	if dirErr != nil || len(left) > 0 || p.lost != nil || p.kept("r-1") == nil {
		t.Errorf("%v is left, %v, lost %+v; want nothing, and that the agent keeps it", left, dirErr, p.lost)
	}
}
