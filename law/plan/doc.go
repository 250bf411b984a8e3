// Package plan turns the law of capacity into decisions: what settings hold,
// how long a rate lasts under them, and the ways to reach a higher one,
// cheapest first, each with its price and its risk.
//
// It measures nothing: package proof does, for one way at a time. Rates are
// connections per second, or requests per second where a way is to send many
// requests on each connection.
package plan
