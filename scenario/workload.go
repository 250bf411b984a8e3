package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpbench/internal/suggest"
)

// Mode is what a connection is used for.
type Mode string

// ModeShort opens a connection for every request.
const ModeShort Mode = "short"

// ClosePolicy says who ends a connection, and how. The side that sends the
// first FIN keeps the TIME_WAIT (RFC 9293, 3.6).
type ClosePolicy string

// The close policies.
const (
	// CloseClient closes as soon as the answer has arrived.
	CloseClient ClosePolicy = "client"
	// CloseShutdown sends FIN with shutdown(SHUT_WR), reads to the end, closes.
	CloseShutdown ClosePolicy = "shutdown"
	// CloseServer waits for the server's FIN, then closes.
	CloseServer ClosePolicy = "server"
)

// Until says what ends a run before its duration or count.
type Until string

// The ends of a run.
const (
	UntilDuration  Until = "duration"
	UntilExhausted Until = "exhausted"
)

// OnExhausted says what to do when no local port is left.
type OnExhausted string

// The reactions to exhaustion.
const (
	OnExhaustedStop     OnExhausted = "stop"
	OnExhaustedContinue OnExhausted = "continue"
	OnExhaustedRecover  OnExhausted = "recover"
)

// PortSelect says who picks the local port.
type PortSelect string

// The ways to pick a local port.
const (
	PortSelectKernel PortSelect = "kernel"
	PortSelectWalk   PortSelect = "walk"
)

// EngineName names what opens the connections.
type EngineName string

// The engines. Auto stands for the best one that the kernel allows.
const (
	EngineAuto    EngineName = "auto"
	EngineIOUring EngineName = "io_uring"
	EngineEpoll   EngineName = "epoll"
)

// IPFamily is the address family in the lab, or of a host name.
type IPFamily string

// The address families.
const (
	IPv4 IPFamily = "4"
	IPv6 IPFamily = "6"
)

// Bounds that no machine this tool runs on exceeds.
const (
	MaxConcurrency  = 1_000_000
	MaxDestinations = 1024
	MaxThreads      = 256
	MaxMessage      = 16 << 20
	MaxDuration     = 24 * time.Hour
	// MaxTimeout is also the longest latency that is recorded.
	MaxTimeout = time.Hour
)

// Workload is every option of one run. [DefaultWorkload] gives the defaults.
type Workload struct {
	// Concurrency is the number of connections in flight.
	Concurrency int
	// Count ends the run after so many connections; 0 means no limit.
	Count int64
	// Duration ends the run.
	Duration time.Duration
	// Mode is what a connection is used for.
	Mode Mode
	// Linger is SO_LINGER on the client's sockets.
	Linger Linger
	// Close says who ends a connection first.
	Close ClosePolicy
	// Until says whether exhaustion ends the run.
	Until Until
	// Steady is for how long the ports in use must not have grown for the
	// load to count as sustainable; 0 never.
	Steady time.Duration
	// OnExhausted is the reaction to the first failure for want of a port.
	OnExhausted OnExhausted
	// Source are the client's addresses.
	Source Sources
	// Destinations is how many ports the lab's server listens on.
	Destinations int
	// IP is the address family.
	IP IPFamily
	// BindNoPort sets IP_BIND_ADDRESS_NO_PORT when a source is bound.
	BindNoPort bool
	// SourcePorts sets IP_LOCAL_PORT_RANGE.
	SourcePorts PortRange
	// PortSelect says who picks the local port.
	PortSelect PortSelect
	// Sysctl are set in the lab's client namespace.
	Sysctl Sysctls
	// ServerSysctl are set in the lab's server namespace.
	ServerSysctl Sysctls
	// RequestSize and ResponseSize are in bytes; 0 leaves the message out.
	RequestSize, ResponseSize int
	// Engine opens the connections.
	Engine EngineName
	// Threads is how many threads the engine uses.
	Threads int
	// Timeout bounds connect and each request.
	Timeout time.Duration
	// Warmup comes before Duration and is not counted.
	Warmup time.Duration
	// Interval is the sampling interval.
	Interval time.Duration
	// Seed is for everything drawn at random.
	Seed int64
}

// DefaultWorkload returns the defaults of `tcpbench run`.
func DefaultWorkload() Workload {
	return Workload{
		Concurrency:  50,
		Duration:     10 * time.Second,
		Mode:         ModeShort,
		Close:        CloseClient,
		Until:        UntilDuration,
		Steady:       5 * time.Second,
		OnExhausted:  OnExhaustedStop,
		Destinations: 1,
		IP:           IPv4,
		BindNoPort:   true,
		PortSelect:   PortSelectKernel,
		RequestSize:  64,
		ResponseSize: 64,
		Engine:       EngineAuto,
		Threads:      1,
		Timeout:      5 * time.Second,
		Interval:     time.Second,
		Seed:         1,
	}
}

// Settings returns w's options in the order of the help text. Setting one
// changes w.
func (w *Workload) Settings() []Setting {
	count := func(lo, hi int) func(string) (int, error) { return within(parseInt, lo, hi) }
	wait := func(lo, hi time.Duration) func(string) (time.Duration, error) { return within(parseDuration, lo, hi) }

	return []Setting{
		setting("concurrency", "c", "connections in flight: `N`", &w.Concurrency, count(1, MaxConcurrency), strconv.Itoa),
		setting("count", "n", "stop after `N` connections; 10k, 1m", &w.Count, parseOptionalCount, formatOptionalCount),
		setting("duration", "z", "stop after `D`", &w.Duration, wait(time.Millisecond, MaxDuration), time.Duration.String),
		word("mode", "", "`short`: a connection per request", &w.Mode, ModeShort),
		setting("linger", "", "SO_LINGER on the client's sockets: `off|0|D`; 0 closes with RST", &w.Linger, ParseLinger, Linger.String),
		word("close", "", "who closes first, and how: `client|shutdown|server`", &w.Close, CloseClient, CloseShutdown, CloseServer),
		word("until", "", "`exhausted|duration`; exhausted: the first failure for want of a port ends the run", &w.Until, UntilExhausted, UntilDuration),
		setting("steady", "", "ports in use that have not grown for `D` prove the load sustainable; 0 never", &w.Steady, wait(0, MaxDuration), time.Duration.String),
		word("on-exhausted", "", "`stop|continue|recover`; recover: keep trying, time the first success", &w.OnExhausted, OnExhaustedStop, OnExhaustedContinue, OnExhaustedRecover),
		setting("source", "", "client addresses to use in turn: `ADDR,...|CIDR|N`; N: the lab makes that many", &w.Source, ParseSources, Sources.String),
		setting("destinations", "", "lab: the embedded server listens on `N` ports, used in turn", &w.Destinations, count(1, MaxDestinations), strconv.Itoa),
		word("ip", "", "address family in the lab, or of a host name: `4|6`", &w.IP, IPv4, IPv6),
		setting("bind-no-port", "", "IP_BIND_ADDRESS_NO_PORT with --source", &w.BindNoPort, parseBool, strconv.FormatBool),
		setting("source-ports", "", "IP_LOCAL_PORT_RANGE on every socket: `LO-HI`", &w.SourcePorts, ParsePortRange, PortRange.String),
		word("port-select", "", "`kernel|walk`; walk: bind the next port explicitly", &w.PortSelect, PortSelectKernel, PortSelectWalk),
		sysctlSetting("sysctl", "in the lab's client namespace, repeatable: `KEY=VALUE`", &w.Sysctl),
		sysctlSetting("server-sysctl", "in the lab's server namespace, repeatable: `KEY=VALUE`", &w.ServerSysctl),
		setting("request-size", "", "tcp targets: bytes sent on a connection: `BYTES`", &w.RequestSize, count(0, MaxMessage), strconv.Itoa),
		setting("response-size", "", "tcp targets: bytes expected back: `BYTES`", &w.ResponseSize, count(0, MaxMessage), strconv.Itoa),
		word("engine", "", "`auto|io_uring|epoll`; auto: io_uring where the kernel permits it and it costs less, else epoll", &w.Engine, EngineAuto, EngineIOUring, EngineEpoll),
		setting("threads", "", "native engine threads: `N`", &w.Threads, count(1, MaxThreads), strconv.Itoa),
		setting("timeout", "", "connect, and each request, may take `D`", &w.Timeout, wait(time.Millisecond, MaxTimeout), time.Duration.String),
		setting("warmup", "", "run for `D` first, not counted", &w.Warmup, wait(0, MaxDuration), time.Duration.String),
		setting("interval", "", "sampling interval: `D`", &w.Interval, wait(10*time.Millisecond, time.Hour), time.Duration.String),
		setting("seed", "", "for everything drawn at random: `N`", &w.Seed, ParseCount, formatInt),
	}
}

func parseOptionalCount(s string) (int64, error) {
	if s == None {
		return 0, nil
	}
	n, err := ParseCount(s)
	if err != nil {
		return 0, err
	}
	if n < 1 {
		return 0, fmt.Errorf("%d is below 1", n)
	}
	return n, nil
}

func formatOptionalCount(n int64) string {
	if n == 0 {
		return None
	}
	return fmt.Sprint(n)
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// Set gives the option called name a value. `sysctl.KEY` and
// `server-sysctl.KEY` name one sysctl each. The error names what was wrong
// and the nearest right name.
func (w *Workload) Set(name, value string) error {
	if key, ok := strings.CutPrefix(name, "sysctl."); ok {
		return w.Sysctl.put("sysctl", key, value)
	}
	if key, ok := strings.CutPrefix(name, "server-sysctl."); ok {
		return w.ServerSysctl.put("server-sysctl", key, value)
	}
	settings := w.Settings()
	names := make([]string, 0, len(settings))
	for _, s := range settings {
		if s.Name == name {
			return s.Set(value)
		}
		names = append(names, s.Name)
	}
	return &UnknownKeyError{Key: name, Known: names}
}

// UnknownKeyError is a name that no option has.
type UnknownKeyError struct {
	Key   string
	Known []string
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("unknown key %q%s", e.Key, suggest.DidYouMean(e.Key, e.Known))
}

// Validate reports every pair of options that cannot go together.
func (w *Workload) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if w.Concurrency < w.Threads {
		bad("threads: %d threads cannot share %d connections; raise concurrency to %d", w.Threads, w.Concurrency, w.Threads)
	}
	if w.Warmup > 0 && w.Until == UntilExhausted {
		bad("warmup: the ports it takes would be missing from the count of until=exhausted; leave one of them out")
	}
	for _, a := range w.Source.Addrs {
		if a.Is4() != (w.IP == IPv4) {
			bad("source: %s is not an IPv%s address; set ip to match", a, w.IP)
		}
	}
	return errors.Join(errs...)
}

// MarshalJSON writes every option under its name, defaults included.
func (w Workload) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, s := range w.Settings() {
		b.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(&b, "%q:%s", s.Name, s.json())
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. Options that are not there get
// their defaults; those of a later version, which this one does not know, are
// left out.
func (w *Workload) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	v := DefaultWorkload()
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		var text string
		if json.Unmarshal(raw[name], &text) != nil {
			text = string(raw[name])
		}
		var unknown *UnknownKeyError
		if err := v.Set(name, text); err != nil && !errors.As(err, &unknown) {
			return err
		}
	}
	*w = v
	return nil
}
