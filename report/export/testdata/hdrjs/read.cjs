// Reads an interval log with HdrHistogram's own reader for JavaScript, and prints what it
// found as JSON: every histogram, and the percentile text of all with one tag.
// Usage: NODE_PATH=.../node_modules node read.cjs FILE.hlog TAG
const fs = require('fs');
const hdr = require('hdr-histogram-js');

const reader = new hdr.HistogramLogReader(fs.readFileSync(process.argv[2], 'utf8'));
const out = {intervals: [], percentiles: ''};
let all = null;
for (;;) {
	const h = reader.nextIntervalHistogram();
	if (h === null) break;
	out.intervals.push({
		tag: h.tag, start_ms: h.startTimeStampMsec, end_ms: h.endTimeStampMsec,
		count: h.totalCount, p50: h.getValueAtPercentile(50), p99: h.getValueAtPercentile(99), max: h.maxValue,
	});
	if (h.tag !== process.argv[3]) continue;
	if (all === null) all = h; else all.add(h);
}
if (all !== null) out.percentiles = all.outputPercentileDistribution(5, 1000);
process.stdout.write(JSON.stringify(out));
