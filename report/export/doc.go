// Package export writes results in the formats of other tools: HdrHistogram's logs
// (.hlog) and percentile text (.hgrm), CSV of intervals, and OpenMetrics.
//
// Every format has what the result has and nothing that was made up: what was not
// measured is absent, in CSV an empty field. Times are in seconds or microseconds, as
// the name of a column or a metric says; histograms are of nanoseconds, as in a result.
package export
