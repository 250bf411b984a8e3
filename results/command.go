package results

import (
	"fmt"
	"net"
	"regexp"
	"strings"

	"tcpbench/scenario"
)

// Command is the command line that measures the cell of r again. Where a command line
// alone cannot, it is empty, and why says what is missing.
func (r *Run) Command() (command, why string) {
	place, why := r.place()
	if why != "" {
		return "", why
	}
	words := []string{"tcpbench", "run"}
	if n := len(r.Agents); n > 0 {
		words = []string{"tcpbench", "fleet", "run", "--agents", fmt.Sprint(n)}
	}
	asked, usual := r.Options, scenario.DefaultWorkload()
	defaults := usual.Settings()
	for i, s := range asked.Settings() {
		if s.String() == defaults[i].String() || s.Name == "engine" && r.FromOutside() {
			continue
		}
		words = append(words, asFlags(&asked, s)...)
	}
	return ShellLine(append(words, place...)), ""
}

// place are the flags and the targets that say where r was, and against what.
func (r *Run) place() (words []string, why string) {
	e := r.Environment
	switch {
	case r.CutOff != nil:
		return nil, "a journal does not say where the run was"
	case len(e.ServerFiles)+len(e.ProxyFiles)+len(e.ClientFiles) > 0:
		return nil, "its programs read files, which only a scenario gives them: run that again"
	case e.Proxy != "":
		return nil, "a result does not say where the server behind a proxy listens: run its scenario again"
	}
	if e.Client != "" {
		words = append(words, "--client-cmd", e.Client)
	}
	switch e.TargetKind {
	case "embedded":
		if e.Server == "" { // as in results of earlier versions
			return words, ""
		}
		return append(words, "--server", e.Server), ""
	case "command":
		words = append(words, "--server-cmd", e.Server)
		for _, t := range r.Targets {
			words = append(words, inLab(t))
		}
		return words, ""
	default:
		return append(words, r.Targets...), ""
	}
}

// inLab is a target at an address of a lab, with the word for its host.
func inLab(target string) string {
	t, err := scenario.ParseTarget(target)
	if err != nil || t.Host == "" {
		return target
	}
	return strings.Replace(target, net.JoinHostPort(t.Host, fmt.Sprint(t.Port)),
		fmt.Sprintf("%s:%d", scenario.ServerHost, t.Port), 1)
}

// asFlags are the words that give a setting of w its value.
func asFlags(w *scenario.Workload, s scenario.Setting) []string {
	flag := "--" + s.Name
	for name, values := range map[string]scenario.Sysctls{"sysctl": w.Sysctl, "server-sysctl": w.ServerSysctl,
		"proxy-sysctl": w.ProxySysctl, "nat-sysctl": w.NAT.Sysctl} {
		if s.Name == name {
			return each(flag, values.Keys(), func(key string) string { return key + "=" + values[key] })
		}
	}
	switch {
	case s.Name == "header":
		return each(flag, w.Header, func(field string) string { return field })
	case s.Name == "exchange":
		return w.Exchange.AsFlags("--")
	case s.Name == "hello":
		return w.Hello.AsFlags("--hello-")
	case s.IsBool():
		return []string{flag + "=" + s.String()}
	default:
		return []string{flag, s.String()}
	}
}

func each(flag string, values []string, text func(string) string) []string {
	var words []string
	for _, v := range values {
		words = append(words, flag, text(v))
	}
	return words
}

// ShellLine is words as a POSIX shell reads them.
func ShellLine(words []string) string {
	plain := regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if !plain.MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
