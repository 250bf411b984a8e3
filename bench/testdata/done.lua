-- Prints what wrk counted as one line of JSON, after its own report.
function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format(
      '{"microseconds":%d,"requests":%d,"bytes":%d,"errors":%d,"status":%d}\n',
      summary.duration, summary.requests, summary.bytes,
      e.connect + e.read + e.write + e.timeout, e.status))
end
