package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// phpTruth is what php-fpm does to ports towards redis.
func phpTruth() []*results.Run {
	return []*results.Run{proxied("connect, for each request", 2000, 2000, 14_000), proxied("pconnect", 8, 160_000, 0)}
}

func TestPHPWithPersistentConnections(t *testing.T) {
	const each, persistent = "connect, for each request", "pconnect"
	got := wantAnswer(t, "php-fpm", scenario.Confirmed, phpTruth()...)
	wantText(t, got, "with pconnect: 160000 requests, 0 errors, 8 connections to the backend, ")
	wantPractice(t, got, "use pconnect: 20000 requests on a connection instead of 1, and")
	wantText(t, wantAnswer(t, "php-fpm", scenario.Refuted, proxied(each, 2000, 2000, 14_000),
		proxied(persistent, 2000, 2000, 14_000)), "with pconnect: 16000 requests, 14000 errors, 2000 connections")
	// Ports that last without it say nothing of pconnect.
	wantText(t, wantAnswer(t, "php-fpm", scenario.Unclear, proxied(each, 1000, 1000, 0), phpTruth()[1]),
		"without pconnect ports run out")
	// Nor do errors of another kind.
	wantText(t, wantAnswer(t, "php-fpm", scenario.Unclear, phpTruth()[0], proxied(persistent, 1, 0, 300_000)),
		"ports run out, or connections outlast them")
}
