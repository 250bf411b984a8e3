package browsertest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Page is a tab.
type Page struct {
	b       *Browser
	session string

	mu       sync.Mutex
	problems []string // errors of scripts and of the policy, and what the console says
	requests []string // of anything but the page itself
	loaded   chan struct{}
}

// Look is how a page is looked at.
type Look struct {
	Width, Height int // CSS pixels
	Dark          bool
	// NoScript switches scripts off.
	NoScript bool
}

// Open opens an HTML file.
func (b *Browser) Open(t testing.TB, file string, look Look) *Page {
	t.Helper()
	var target struct{ TargetID string }
	p := &Page{b: b, loaded: make(chan struct{}, 1)}
	p.into(t, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	p.into(t, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p.session = attached.SessionID
	b.mu.Lock()
	b.page[p.session] = p
	b.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		p.do(t, domain+".enable", nil)
	}
	if look.NoScript {
		p.do(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	}
	p.Look(t, look)
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	p.do(t, "Page.navigate", map[string]any{"url": (&url.URL{Scheme: "file", Path: path}).String()})
	select {
	case <-p.loaded:
	case <-time.After(patience):
		t.Fatalf("%s has not loaded in %v", file, patience)
	}
	t.Cleanup(func() { _, _ = b.send("", "Target.closeTarget", map[string]any{"targetId": target.TargetID}) })
	return p
}

// Look changes the window and the colours that are preferred.
func (p *Page) Look(t testing.TB, look Look) {
	t.Helper()
	p.do(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": look.Width, "height": look.Height,
		"deviceScaleFactor": 1, "mobile": false})
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	p.do(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}}})
}

// Print shows the page as paper does.
func (p *Page) Print(t testing.TB) {
	t.Helper()
	p.do(t, "Emulation.setEmulatedMedia", map[string]any{"media": "print"})
}

// event keeps what a test asks for. It runs while the browser's lock is held.
func (p *Page) event(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case p.loaded <- struct{}{}:
		default:
		}
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
		p.problems = append(p.problems, string(m.Params))
	case "Network.requestWillBeSent":
		var r struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &r) == nil && !strings.HasPrefix(r.Request.URL, "file:") {
			p.requests = append(p.requests, r.Request.URL)
		}
	}
}

// Problems are what the console said, and Requests what was loaded beside the page.
func (p *Page) Problems() []string { return p.kept(&p.problems) }

// Requests are the addresses of what was asked for, but for files.
func (p *Page) Requests() []string { return p.kept(&p.requests) }

func (p *Page) kept(list *[]string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), *list...)
}

// Eval returns the value of an expression of JavaScript, awaited, into v, if that is not nil.
func (p *Page) Eval(t testing.TB, expression string, v any) {
	t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	p.into(t, p.session, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true,
		"awaitPromise": true, "userGesture": true}, &out)
	if out.ExceptionDetails != nil {
		t.Fatalf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(out.Result.Value, v); err != nil {
		t.Fatalf("%s = %s: %v", expression, out.Result.Value, err)
	}
}

// Point is a place in the window.
type Point struct{ X, Y float64 }

// Within is the point at these shares of the width and the height of the first element of
// a selector, which is scrolled into view.
func (p *Page) Within(t testing.TB, selector string, x, y float64) Point {
	t.Helper()
	var box struct{ X, Y, W, H float64 }
	quoted, _ := json.Marshal(selector) // a string always marshals
	p.Eval(t, `(() => { const e = document.querySelector(`+string(quoted)+`);
		if (!e) throw new Error("there is no " + `+string(quoted)+`);
		e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect();
		return {x: r.left, y: r.top, w: r.width, h: r.height}; })()`, &box)
	return Point{box.X + x*box.W, box.Y + y*box.H}
}

// Mouse sends an event of the mouse: mouseMoved, mousePressed or mouseReleased.
func (p *Page) Mouse(t testing.TB, event string, at Point, clicks int) {
	t.Helper()
	buttons, button := 0, "none"
	if event != "mouseMoved" || clicks > 0 {
		buttons, button = 1, "left"
	}
	p.do(t, "Input.dispatchMouseEvent", map[string]any{"type": event, "x": at.X, "y": at.Y, "button": button,
		"buttons": buttons, "clickCount": clicks})
}

// Key presses a key, by its name in KeyboardEvent.key and its code of Windows.
func (p *Page) Key(t testing.TB, key string, code int) {
	t.Helper()
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		p.do(t, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key,
			"windowsVirtualKeyCode": code})
	}
}

// Screenshot writes the whole page as PNG.
func (p *Page) Screenshot(t testing.TB, file string) {
	t.Helper()
	var out struct{ Data string }
	p.into(t, p.session, "Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true},
		&out)
	png, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *Page) do(t testing.TB, method string, params any) {
	t.Helper()
	p.into(t, p.session, method, params, nil)
}

// into sends a command and decodes its answer.
func (p *Page) into(t testing.TB, session, method string, params, v any) {
	t.Helper()
	answer, err := p.b.send(session, method, params)
	if err == nil && v != nil {
		err = json.Unmarshal(answer, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}
