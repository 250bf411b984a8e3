package main

import (
	"encoding/json"
	"errors"
)

// heyTemplate has hey print what is needed as JSON. Its summary rounds, and
// its CSV has no bytes.
const heyTemplate = `{"seconds":{{.Total.Seconds}},"requests":{{.NumRes}},"bytes":{{.SizeTotal}},` +
	`"statuses":{{jsonify .StatusCodeDist}},"errors":{{jsonify .ErrorDist}}}`

// hey is github.com/rakyll/hey on one processor.
func hey(t tools, keepalive bool) contender {
	name := "hey -cpus 1 -disable-keepalive"
	if keepalive {
		name = "hey -cpus 1"
	}
	return external(name, t.Hey, httpServer(), func(l load) []string {
		args := []string{"-cpus", "1", "-c", l.flight(), "-z", l.seconds() + "s", "-o", heyTemplate}
		if !keepalive {
			args = append(args, "-disable-keepalive")
		}
		return append(args, l.url())
	}, parseHey)
}

func parseHey(out []byte) (tally, error) {
	var said struct {
		Seconds  float64          `json:"seconds"`
		Requests int64            `json:"requests"` // failed ones too
		Bytes    int64            `json:"bytes"`    // of bodies
		Statuses map[string]int64 `json:"statuses"`
		Errors   map[string]int64 `json:"errors"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return tally{}, err
	}
	good := said.Statuses["200"]
	bad := said.Requests - good
	if err := errors.Join(counted("answers of 200", good), counted("others", bad),
		counted("bytes", said.Bytes)); err != nil {
		return tally{}, err
	}
	d, err := elapsed(said.Seconds)
	return tally{Elapsed: d, Requests: &good, Bytes: &said.Bytes, BodyOnly: true, Bad: bad}, err
}
