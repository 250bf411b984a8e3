// Package browsertest drives headless Chromium over its DevTools protocol, through a
// pipe (--remote-debugging-pipe): messages of JSON that end with a NUL. It is for tests.
package browsertest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// patience is how long an answer of the browser may take: a busy machine starts it in
// some seconds.
const patience = 60 * time.Second

// Browser is one that runs, until its test ends.
type Browser struct {
	t    testing.TB
	in   io.Writer
	mu   sync.Mutex // of what follows
	last int
	wait map[int]chan message
	page map[string]*Page // by session
	err  error
}

// message is a command, its answer, or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts the browser with a profile of its own.
func Start(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	if err != nil {
		t.Fatalf("%v, nor is chromium-headless-shell; make deps installs it", err)
	}
	args := []string{"--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync",
		"--disable-component-update", "--mute-audio", "--hide-scrollbars", "--user-data-dir=" +
			filepath.Join(t.TempDir(), "profile")}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it starts in none as root
	}
	ours, theirs := pipe(t), pipe(t)
	cmd := exec.Command(path, args...)
	cmd.ExtraFiles = []*os.File{ours.r, theirs.w} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ours.r.Close()
	theirs.w.Close()
	b := &Browser{t: t, in: ours.w, wait: map[int]chan message{}, page: map[string]*Page{}}
	ended := make(chan struct{})
	go func() { // ends with the browser
		b.read(theirs.r)
		close(ended)
	}()
	t.Cleanup(func() {
		_, _ = b.send("", "Browser.close", nil)
		ours.w.Close()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		_ = cmd.Wait()
		theirs.r.Close()
	})
	return b
}

type ends struct{ r, w *os.File }

func pipe(t testing.TB) ends {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return ends{r, w}
}

// read passes on what the browser says, until it ends.
func (b *Browser) read(r io.Reader) {
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			b.end(fmt.Errorf("read from the browser: %w", err))
			return
		}
		var m message
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			b.end(fmt.Errorf("read from the browser: %w", err))
			return
		}
		b.take(m)
	}
}

func (b *Browser) take(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.ID != 0 {
		if c := b.wait[m.ID]; c != nil {
			delete(b.wait, m.ID)
			c <- m
		}
		return
	}
	if p := b.page[m.Session]; p != nil {
		p.event(m)
	}
}

func (b *Browser) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	for id, c := range b.wait {
		delete(b.wait, id)
		close(c)
	}
}

// send gives a command to a session, "" for the browser's own, and returns the answer.
func (b *Browser) send(session, method string, params any) (json.RawMessage, error) {
	text, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	if params == nil {
		text = []byte("{}")
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	if b.err != nil {
		b.mu.Unlock()
		return nil, b.err
	}
	b.last++
	m := message{ID: b.last, Session: session, Method: method, Params: text}
	b.wait[m.ID] = answer
	whole, err := json.Marshal(m)
	if err == nil {
		_, err = b.in.Write(append(whole, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: the browser has ended", method)
		case m.Error != nil:
			return nil, fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		return m.Result, nil
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: no answer in %v", method, patience)
	}
}
