// Latency by percentile: each step to the right on the axis is ten times rarer, as in HdrHistogram's own plots.

import { repeated } from './repeats.js';

const perDecade = 40; // as the data has it

const label = (x) => (x < 2 ? `${Math.round(100 * (1 - 10 ** -x))} %` : `99${x > 2 ? `.${'9'.repeat(x - 2)}` : ''} %`);

export const place = (x) => `at ${Number((100 * (1 - 10 ** -x)).toPrecision(Math.max(3, Math.ceil(x) + 2)))} %`;

const beside = 82; // pixels of a chart that are not its axis

// axis has a label at every whole nine, or at as many of them as there is room for.
const axis = (end) => ({
  splits: () => [0, Math.log10(2), ...Array.from({ length: Math.floor(end) }, (_, i) => i + 1)],
  values: (u, splits) => {
    const { min, max } = u.scales.x;
    const px = (x) => ((u.width - beside) * x) / (max - min);
    const every = Math.ceil((8 * label(Math.floor(end)).length) / px(1));
    return splits.map((x) => {
      if (x > 0 && x < 1) return px(x) < 40 ? '' : label(x);
      return x % every === 0 ? label(x) : '';
    });
  },
});

// percentiles is a chart of lines, each { name, hue, repeats: [values] }.
export function percentiles(id, title, lines) {
  const n = Math.max(...lines.flatMap((l) => l.repeats.map((v) => v.length)), 2);
  const xs = Array.from({ length: n }, (_, i) => i / perDecade);
  const end = xs[n - 1];
  const padded = (v) => xs.map((_, i) => v[i] ?? null);
  return {
    id, title, unit: 'us', levels: [], x: { data: xs, range: [0, end], axis: axis(end) },
    lines: lines.flatMap((l) => repeated(l.name, l.repeats.map(padded), l.hue, { hue: l.hue })),
  };
}
