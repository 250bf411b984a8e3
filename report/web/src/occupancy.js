// What connecting costs by the share of the ports in use, in steps of half a percent.

import { repeated } from './repeats.js';

const bins = 200;

const axis = { values: (u, splits) => splits.map((v) => `${v} %`) };

export const place = (x) => `at ${Number(x.toFixed(1))} % of the ports in use`;

// occupancy is a chart of lines, each { name, hue, repeats: [{ x, y }] }.
export function occupancy(id, title, lines) {
  const xs = Array.from({ length: bins + 1 }, (_, i) => (i * 100) / bins);
  const spread = ({ x, y }) => {
    const out = xs.map(() => null);
    x.forEach((share, i) => { out[Math.round((share * bins) / 100)] = y[i]; });
    return out;
  };
  const end = Math.min(100, Math.max(5, ...lines.flatMap((l) => l.repeats.flatMap((r) => r.x))));
  return {
    id, title, unit: 'us', levels: [], x: { data: xs, range: [0, end], axis },
    lines: lines.flatMap((l) => repeated(l.name, l.repeats.map(spread), l.hue, { hue: l.hue, joined: true })),
  };
}
