package exporter

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/internal/prose"
)

const runDocument = `# Metrics of a run while it goes on

~tcpbench run --metrics-listen 127.0.0.1:9464~, and ~sweep~ with the same flag, serve these to
Prometheus at ~http://127.0.0.1:9464/metrics~ until the run ends.
[examples/prometheus/run.json](../examples/prometheus/run.json) is a Grafana dashboard of them.

Each has the labels ~cell~ and ~repeat~: of a sweep, the cell that is measured now, by its
settings, and its repeat; empty elsewhere. What is not measured is absent. They change at the end of
each interval (~--interval~), so a scrape more often than that shows nothing new, and a cell
that is shorter than the time between two scrapes may not be seen. What a result has stays in
the result.

~tcpbench export --format openmetrics~ ([export.md](export.md)) writes those of each interval from a
result, under the same names.

Beside them are the standard metrics of the process, by the names that programs with Prometheus's
client library have: ~process_resident_memory_bytes~, ~process_open_fds~,
~process_cpu_seconds_total~, ~go_goroutines~, ~go_memstats_heap_alloc_bytes~ and others, without
labels. They are those of the process that serves them; a lab's client and server are others.

Histograms are native (schema 3: each bucket 9 % wider than the one before; Prometheus needs
~--enable-feature=native-histograms~), and have four classic buckets for each power of ten
for all others. A latency is right to 1 %.

`

// WriteRunMetrics writes the document of a run's metrics, as Markdown.
func WriteRunMetrics(w io.Writer) error {
	t := prose.Table{Head: prose.Words("metric", "kind", "labels", "what it is")}
	kinds := map[prometheus.ValueType]string{prometheus.CounterValue: "counter", prometheus.GaugeValue: "gauge"}
	last := ""
	for _, m := range runMetrics() {
		if m.name == last { // of another label
			continue
		}
		last = m.name
		kind := kinds[m.kind]
		if m.histogram != nil {
			kind = "histogram"
		}
		labels := ""
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(slices.Clone(m.labels), "`, `") + "`"
		}
		t.Add("`"+m.name+"`", kind, labels, m.help)
	}
	_, err := fmt.Fprintf(w, "%s%s\n", strings.ReplaceAll(runDocument, "~", "`"), t.Markup())
	return err
}
