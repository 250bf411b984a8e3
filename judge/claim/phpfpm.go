package claim

import "tcpbench/scenario"

// phpFPM judges whether pconnect keeps php-fpm from running out of ports towards redis.
//
// phpredis keeps a connection that was opened with pconnect in the worker process, where
// the next request finds it: there are as many as workers. One of connect is closed with the
// request that opened it, by php-fpm first.
func phpFPM() Rule {
	return Rule{
		Figures: []Figure{timeWaits("proxy"), upstreamConnections(), perUpstreamConnection(), badAnswers(),
			firstFailure(), portsOf("proxy")},
		Judge: judgePHPFPM,
	}
}

func judgePHPFPM(e *Evidence) Verdict {
	const each, persistent = "connect, for each request", "pconnect"
	e.Needs(e.upstream(each) == upstreamRanOut, "without pconnect ports run out", "%s", ranOut(e, each))
	fate := e.upstream(persistent)
	e.Needs(fate != upstreamUndecided, persistent+": ports run out, or connections outlast them", "%s",
		ranOut(e, persistent))
	if fate == upstreamRanOut {
		return verdict(scenario.Refuted, "with pconnect: %s; with connect: %s.", ranOut(e, persistent),
			ranOut(e, each)).
			practice("do not count on pconnect: watch php-fpm's TIME_WAITs, of %v ports.",
				e.Of(persistent, portsOf("proxy")))
	}
	return verdict(scenario.Confirmed, "with pconnect: %s; with connect: %s.", ranOut(e, persistent), ranOut(e, each)).
		practice("use pconnect: %v requests on a connection instead of %v, and as many ports as worker processes.",
			e.Of(persistent, perUpstreamConnection()), e.Of(each, perUpstreamConnection()))
}
