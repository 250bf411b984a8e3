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

// The modes.
const (
	// ModeShort opens a connection for every request.
	ModeShort Mode = "short"
	// ModeKeepalive sends requests on connections that are held.
	ModeKeepalive Mode = "keepalive"
	// ModeIdle holds connections open and sends nothing.
	ModeIdle Mode = "idle"
)

// Arrival is how planned starts are spread.
type Arrival string

// The arrivals.
const (
	// ArrivalConstant spaces them evenly.
	ArrivalConstant Arrival = "constant"
	// ArrivalPoisson draws the gaps: independent users.
	ArrivalPoisson Arrival = "poisson"
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
	// MaxCapture is how many packets of a run are kept, of each its head.
	MaxCapture = 100_000
	// MaxIdleConns bounds an HTTP client's pool of idle connections.
	MaxIdleConns = MaxConcurrency
)

// Workload is every option of one run. [DefaultWorkload] gives the defaults.
type Workload struct {
	// Concurrency is the number of connections in flight.
	Concurrency int
	// Count ends the run after so many connections, in ModeKeepalive requests;
	// 0 means no limit.
	Count int64
	// Duration ends the run; 0 stands for the default: see [Workload.TimeLimit].
	Duration time.Duration
	// Rate plans the starts of connections, in ModeKeepalive of requests; zero
	// begins the next one when one before has ended.
	Rate Rate
	// Arrival spreads the planned starts.
	Arrival Arrival
	// Mode is what a connection is used for.
	Mode Mode
	// RequestsPerConn is how many requests a held connection carries.
	RequestsPerConn Span
	// Linger is SO_LINGER on the client's sockets.
	Linger Linger
	// Close says who ends a connection first.
	Close ClosePolicy
	// BlockingClose clears O_NONBLOCK before close(2). It needs a linger time.
	BlockingClose bool
	// ServerClose says when the embedded server closes its end.
	ServerClose ServerClose
	// Until says whether exhaustion ends the run.
	Until Until
	// Steady is for how long the ports in use must not have grown for the
	// load to count as sustainable; 0 never.
	Steady time.Duration
	// OnExhausted is the reaction to the first failure for lack of a port.
	OnExhausted OnExhausted
	// Source are the client's addresses.
	Source Sources
	// Destinations is how many ports the lab's server listens on.
	Destinations int
	// ServerThreads is how many threads of the embedded server share the connections.
	ServerThreads int
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
	// ProxySysctl are set in the namespace of the lab's proxy.
	ProxySysctl Sysctls
	// NAT is a host between the lab's client and server.
	NAT NAT
	// TCPKeepalive is SO_KEEPALIVE and its values.
	TCPKeepalive TCPKeepalive
	// Link is what joins the lab's client and server.
	Link Link
	// Capture is how many TCP segments of the lab's link are kept, from the
	// first one on.
	Capture int
	// CutLink is when the lab's link goes down, from the start; 0 never.
	CutLink time.Duration
	// RequestSize and ResponseSize are in bytes, of an HTTP answer its body's
	// in a lab; 0 leaves the message out.
	RequestSize, ResponseSize int
	// Exchange is what is said for a request, in place of messages of a size, and Hello
	// once before it, at the start of each connection.
	Exchange, Hello Exchange
	// Method, Header and Body are of every HTTP request.
	Method string
	Header Headers
	Body   string
	// BodySize is how many bytes of filler the body has instead of Body; 0 none.
	BodySize int
	// Retry has a request whose connection the server has ended sent again, where its
	// method permits it.
	Retry Switch
	// ProxyProtocol is the header that comes first on each connection.
	ProxyProtocol ProxyProtocol
	// ReadBody tells whether engine nethttp reads an answer's body before it
	// closes it.
	ReadBody bool
	// Insecure accepts any certificate, CACert names the file of the authorities that are
	// trusted; "" are the host's.
	Insecure bool
	CACert   string
	// Cert and Key name the files of the client's certificate; "" is none.
	Cert, Key string
	// ServerName is asked for instead of the host of the URL; "" is that one.
	ServerName string
	// HTTP are the versions of HTTP that are offered by ALPN.
	HTTP HTTPVersion
	// TLSResume has handshakes take up the session of an earlier one.
	TLSResume Switch
	// ServerCert, ServerKey and ServerClientCA name files of the lab's https server: its
	// certificate, and the authorities of client certificates that it asks for; "" is none.
	ServerCert, ServerKey, ServerClientCA string
	// MaxIdleConnsPerHost is net/http's Transport.MaxIdleConnsPerHost.
	MaxIdleConnsPerHost int
	// Engine opens the connections.
	Engine EngineName
	// Sockets says what becomes of a socket whose connection is over.
	Sockets SocketUse
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
		Arrival:      ArrivalConstant,
		Mode:         ModeShort,
		Close:        CloseClient,
		ServerClose:  ServerCloseEOF,
		Until:        UntilDuration,
		Steady:       5 * time.Second,
		OnExhausted:  OnExhaustedStop,
		Destinations: 1,
		IP:           IPv4,

		ServerThreads: 1,
		NAT:           defaultNAT(),

		BindNoPort:   true,
		PortSelect:   PortSelectKernel,
		RequestSize:  64,
		ResponseSize: 64,
		Method:       "GET",
		ReadBody:     true,
		Engine:       EngineAuto,
		Sockets:      SocketsKeep,
		Retry:        On,
		HTTP:         HTTPBoth,

		ProxyProtocol: NoProxyHeader,

		TLSResume: On,

		MaxIdleConnsPerHost: 2, // as net/http's own
		Threads:             1,
		Timeout:             5 * time.Second,
		Interval:            time.Second,
		Seed:                1,
	}
}

// Settings returns w's options in the order of the help text. Setting one
// changes w.
func (w *Workload) Settings() []Setting {
	var all []Setting
	for _, g := range w.Groups() {
		all = append(all, g.Settings...)
	}
	return all
}

// Group is some of the settings, under a heading of the help text.
type Group struct {
	Title    string
	Settings []Setting
}

// Groups returns w's options as the help text has them.
func (w *Workload) Groups() []Group {
	return []Group{
		{"Load", w.load()},
		{"Hosts and ports", w.hosts()},
		{"NAT", w.NAT.settings()},
		{"Requests", w.requests()},
		{"TLS", w.tls()},
		{"Engine and time", w.run()},
	}
}

func count(lo, hi int) func(string) (int, error) { return within(parseInt, lo, hi) }

func wait(lo, hi time.Duration) func(string) (time.Duration, error) {
	return within(parseDuration, lo, hi)
}

// load is how many connections there are, for how long, and how each ends.
func (w *Workload) load() []Setting {
	return []Setting{
		setting("concurrency", "c", "connections in flight: `N`", &w.Concurrency, count(1, MaxConcurrency),
			strconv.Itoa),
		setting("count", "n", "stop after `N` connections, with --mode keepalive requests; 10k, 1m", &w.Count,
			parseOptionalCount, formatOptionalCount),
		setting("duration", "z", "stop after `D`; with a count and without this, only the count ends the run",
			&w.Duration, w.parseTimeLimit, func(time.Duration) string { return w.timeLimit() }),
		setting("rate", "r", "open loop: planned starts per second over the whole run: `R`, as 500, 10k, "+
			"50/1s, or a ramp "+
			"100..10k", &w.Rate, ParseRate, Rate.String),
		word("arrival", "", "how planned starts are spread: `constant|poisson`", &w.Arrival, ArrivalConstant,
			ArrivalPoisson),
		word("mode", "", "`short|keepalive|idle`: a connection per request; requests on held connections; "+
			"connections held "+
			"open", &w.Mode, ModeShort, ModeKeepalive, ModeIdle),
		setting("requests-per-conn", "", "keepalive: reconnect after `N|MIN:MAX` requests",
			&w.RequestsPerConn, ParseSpan,
			Span.String),
		setting("linger", "", "SO_LINGER on the client's sockets: `off|0|D`; 0 closes with RST", &w.Linger, ParseLinger,
			Linger.String),
		choice("close", "who closes first, and how", &w.Close, Closings()),
		setting("blocking-close", "", "with a linger time: make the socket blocking before close(2)", &w.BlockingClose,
			parseBool, strconv.FormatBool),
		choice("server-close", "lab: when the embedded server closes its end", &w.ServerClose, ServerClosings()),
		word("until", "", "`exhausted|duration`; exhausted: the first failure for lack of a port ends the run",
			&w.Until,
			UntilExhausted, UntilDuration),
		setting("steady", "", "ports in use that have not grown for `D` prove the load sustainable; 0 never", &w.Steady,
			wait(0, MaxDuration), time.Duration.String),
		word("on-exhausted", "", "`stop|continue|recover`; recover: keep trying, time the first success",
			&w.OnExhausted,
			OnExhaustedStop, OnExhaustedContinue, OnExhaustedRecover),
	}
}

// hosts is where connections come from and go to, and what lies between.
func (w *Workload) hosts() []Setting {
	return []Setting{
		setting("source", "", "client addresses to use in turn: `ADDR,...|CIDR|N`; N: the lab makes that many",
			&w.Source,
			ParseSources, Sources.String),
		setting("destinations", "", "lab: the embedded server listens on `N` ports, used in turn", &w.Destinations,
			count(1, MaxDestinations), strconv.Itoa),
		setting("server-threads", "", "lab: `N` threads of the embedded server share its connections",
			&w.ServerThreads, count(1, MaxThreads), strconv.Itoa),
		word("ip", "", "address family in the lab, or of a host name: `4|6`", &w.IP, IPv4, IPv6),
		setting("bind-no-port", "", "IP_BIND_ADDRESS_NO_PORT with --source", &w.BindNoPort, parseBool,
			strconv.FormatBool),
		setting("source-ports", "", "IP_LOCAL_PORT_RANGE on every socket: `LO-HI`", &w.SourcePorts, ParsePortRange,
			PortRange.String),
		word("port-select", "", "`kernel|walk`; walk: bind the next port explicitly", &w.PortSelect, PortSelectKernel,
			PortSelectWalk),
		sysctlSetting("sysctl", "in the lab's client namespace, repeatable: `KEY=VALUE`", &w.Sysctl),
		sysctlSetting("server-sysctl", "in the lab's server namespace, repeatable: `KEY=VALUE`", &w.ServerSysctl),
		sysctlSetting("proxy-sysctl", "in the namespace of the lab's proxy, repeatable: `KEY=VALUE`", &w.ProxySysctl),
		setting("tcp-keepalive", "", "SO_KEEPALIVE and its values, `off|on|IDLE,INTERVAL,COUNT`, "+
			"as 60s,10s,3; on: those "+
			"of the sysctls tcp_keepalive_*", &w.TCPKeepalive, ParseTCPKeepalive, TCPKeepalive.String),
		setting("link", "", "lab: `veth|loopback|RULE; RULE`; with rules, as drop fin from server nth "+
			"1, the link is a "+
			"program that loses, delays, doubles, holds back and replays segments", &w.Link, ParseLink, Link.String),
		setting("capture", "", "lab: keep the first `N` TCP segments: flags, times, and a file for tcpdump; 0 none",
			&w.Capture, count(0, MaxCapture), strconv.Itoa),
		setting("cut-link", "", "lab: take the client's link down `D` after the start; 0 never", &w.CutLink,
			wait(0, MaxDuration), time.Duration.String),
	}
}

// requests is what connections carry.
func (w *Workload) requests() []Setting {
	return []Setting{
		setting("request-size", "", "tcp targets: `BYTES` of a request", &w.RequestSize, count(0, MaxMessage),
			strconv.Itoa),
		setting("response-size", "", "tcp targets: `BYTES` of an answer; in a lab also of an HTTP answer's body",
			&w.ResponseSize, count(0, MaxMessage), strconv.Itoa),
		exchangeSetting("exchange", "", "for each request", &w.Exchange),
		exchangeSetting("hello", "hello-", "once, at the start of each connection", &w.Hello),
		setting("method", "m", "http targets: the request's `METHOD`", &w.Method, parseMethod,
			func(s string) string { return s }),
		headerSetting("header", "H", "http targets: a field of the request, repeatable: `'Name: value'`", &w.Header),
		bodySetting(&w.Body),
		setting("body-size", "", "http targets: a request's body of this many `BYTES`, instead of --body; "+
			"while it is sent, "+
			"an early answer is read", &w.BodySize, count(0, MaxMessage), strconv.Itoa),
		word("retry", "", "http targets, keepalive: `on|off`; on: a request whose connection the server has ended is "+
			"sent again, where its method permits it; off: it has failed", &w.Retry, On, Off),
		word("proxy-protocol", "", "`none|v1|v2`: a PROXY header comes first on each connection, as from a proxy",
			&w.ProxyProtocol, NoProxyHeader, ProxyV1, ProxyV2),
		setting("read-body", "", "engine nethttp: read each answer's body before Body.Close, as a program should",
			&w.ReadBody, parseBool, strconv.FormatBool),
		setting("max-idle-conns-per-host", "", "engine nethttp: `N` idle connections that its pool keeps",
			&w.MaxIdleConnsPerHost, count(0, MaxIdleConns), strconv.Itoa),
	}
}

// run is how they are opened and measured.
func (w *Workload) run() []Setting {
	return []Setting{
		choice("engine", "what opens the connections", &w.Engine, Engines()),
		word("sockets", "", "`keep|fresh`; keep: engine epoll disconnects and connects again in place of close and "+
			"socket, where the packets are the same", &w.Sockets, SocketsKeep, SocketsFresh),
		setting("threads", "", "native engine threads: `N`", &w.Threads, count(1, MaxThreads), strconv.Itoa),
		setting("timeout", "", "connect, and each request, may take `D`", &w.Timeout,
			wait(time.Millisecond, MaxTimeout),
			time.Duration.String),
		setting("warmup", "", "run for `D` first, not counted", &w.Warmup, wait(0, MaxDuration), time.Duration.String),
		setting("interval", "", "sampling interval: `D`", &w.Interval, wait(10*time.Millisecond, time.Hour),
			time.Duration.String),
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

// parseMethod reads a token (RFC 9110, 9.1); what it means is the server's.
func parseMethod(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f ||
			strings.ContainsRune("()<>@,;:\\\"/[]?={}", r)
	}) {
		return "", fmt.Errorf("%q is not a method such as GET", s)
	}
	return s, nil
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// Set gives the option called name a value. `sysctl.KEY`, `server-sysctl.KEY`,
// `proxy-sysctl.KEY` and `nat-sysctl.KEY` name one sysctl each. The error
// names what was wrong and the nearest right name.
func (w *Workload) Set(name, value string) error { return w.set(w.Settings(), name, value) }

// set does so with the settings of w, which take longer to make than to search.
func (w *Workload) set(settings []Setting, name, value string) error {
	if setting, key, ok := cutSysctl(name); ok {
		return w.sysctls(setting).put(setting, key, value)
	}
	names := make([]string, 0, len(settings))
	for _, s := range settings {
		if s.Name == name {
			return s.Set(value)
		}
		names = append(names, s.Name)
	}
	return &UnknownKeyError{Key: name, Known: names}
}

// sysctls is where the values of a setting of sysctls are; nil for another.
func (w *Workload) sysctls(setting string) *Sysctls {
	switch setting {
	case "sysctl":
		return &w.Sysctl
	case "server-sysctl":
		return &w.ServerSysctl
	case "proxy-sysctl":
		return &w.ProxySysctl
	case "nat-sysctl":
		return &w.NAT.Sysctl
	default:
		return nil
	}
}

// cutSysctl splits `sysctl.KEY`, of any setting of sysctls, at the first dot.
func cutSysctl(name string) (setting, key string, ok bool) {
	setting, key, ok = strings.Cut(name, ".")
	return setting, key, ok && new(Workload).sysctls(setting) != nil
}

// UnknownKeyError is a name that no option has.
type UnknownKeyError struct {
	Key   string
	Known []string
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("unknown key %q%s", e.Key, suggest.DidYouMean(e.Key, e.Known))
}

// RequestBody is what an HTTP request carries.
func (w *Workload) RequestBody() string {
	if w.BodySize > 0 {
		return strings.Repeat("tcpbench", w.BodySize/8+1)[:w.BodySize]
	}
	return w.Body
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
	settings := v.Settings()
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		var text string
		if json.Unmarshal(raw[name], &text) != nil {
			text = string(raw[name])
		}
		var unknown *UnknownKeyError
		if err := v.set(settings, name, text); err != nil && !errors.As(err, &unknown) {
			return err
		}
	}
	*w = v
	return nil
}
