package gate

import (
	"fmt"
	"io"
	"strings"
)

// WriteGitHub writes workflow commands of GitHub Actions: an annotation at the
// policy's line for every check that did not pass, failures as errors, what is
// inconclusive as warnings, and the answer as a notice. Of each kind GitHub
// shows ten a step, beside a file only if that is in the repository; where
// r.Policy is empty, none is named.
func WriteGitHub(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, c := range r.Checks {
		kind, ok := map[Answer]string{Failed: "error", Inconclusive: "warning"}[c.Answer]
		if !ok {
			continue
		}
		at := ""
		if r.Policy != "" {
			at = "file=" + escapeProperty(r.Policy) + ","
			if c.Line > 0 {
				at += fmt.Sprintf("line=%d,col=%d,", c.Line, c.Column)
			}
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", kind, at, escapeProperty(c.Cell+": "+c.Name), escapeData(c.brief()))
	}
	fmt.Fprintf(&b, "::notice title=tcpbench gate::%s\n", escapeData(r.Headline()))
	return put(w, b.String())
}

// escapeData and escapeProperty are those of actions/toolkit, command.ts.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
