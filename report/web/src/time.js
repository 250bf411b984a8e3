// The charts of one cell over time: every repeat faint, and their median; of one run the run itself.

import { chart } from './chart.js';
import { element } from './element.js';
import { seconds } from './figure.js';
import { Group } from './group.js';
import { arrow, flag, marks } from './marks.js';
import { grid, held, repeated } from './repeats.js';
import { valuesTable } from './values.js';

const hint = 'Move over a chart for its values, drag to zoom, double-click to see all again; the arrow keys step with ' +
  'the slider. The legend switches lines.';

// axis writes times in one unit, whatever the zoom.
export const axis = {
  values: (u, splits) => {
    const end = u.scales.x.max;
    return splits.map((v) => (end >= 1 ? `${Number(v.toPrecision(6))} s` : `${Number((v * 1e3).toPrecision(6))} ms`));
  },
};

// timeView draws the charts of runs into box, and returns their group; null where nothing was sampled.
export function timeView(box, runs) {
  const ids = [...new Set(runs.flatMap((r) => r.charts.map((c) => c.id)))];
  if (ids.length === 0) return null;
  const events = common(runs);
  const specs = ids.map((id) => together(runs.flatMap((r) => r.charts.filter((c) => c.id === id))));
  const end = Math.max(...specs.map((s) => s.x.data[s.x.data.length - 1]), ...events.map((m) => m.at));
  const group = new Group((x) => `at ${seconds(x)}`, 'Step through the charts over time', hint);
  const charts = element('div', { class: 'charts' });
  box.append(group.bar, group.value, charts);
  specs.forEach((spec, i) => {
    const main = i === 0;
    spec.x.range = [0, end];
    spec.x.axis = axis;
    group.add(chart(charts, {
      ...spec, height: main ? 260 : 190, marks: main && events.length > 0, over: marks(events, main ? flag : arrow),
    }, group.on));
  });
  box.append(valuesTable('time', group.points, seconds, specs));
  return group;
}

// together is one chart of all repeats of it.
export function together(charts) {
  const [first] = charts;
  const spec = { id: first.id, title: first.title, unit: first.unit, note: first.note, linear: first.linear,
    levels: first.levels ?? [], band: first.band };
  if (charts.length === 1) {
    spec.x = { data: first.t, ends: true };
    spec.lines = first.lines.map((l, i) => ({ name: l.name, values: l.v, hue: l.hue, dash: i, step: l.step }));
    return spec;
  }
  const xs = grid(charts.map((c) => c.t));
  spec.x = { data: xs, ends: true };
  spec.lines = [...new Set(charts.flatMap((c) => c.lines.map((l) => l.name)))].flatMap((name, dash) => {
    const found = charts.flatMap((c) => c.lines.filter((l) => l.name === name).map((l) => held(c.t, l.v, xs)));
    const { hue, step } = charts.flatMap((c) => c.lines).find((l) => l.name === name);
    return repeated(name, found, dash, { hue, step });
  });
  spec.note = `${first.note ? `${first.note} ` : ''}Faint: each of ${charts.length} repeats; bold: their median.`;
  return spec;
}

// common are the marks of all runs, each once: at the median of the times of those that have it.
function common(runs) {
  const names = [...new Set(runs.flatMap((r) => r.marks.map((m) => m.name)))];
  return names.map((name) => {
    const all = runs.flatMap((r) => r.marks.filter((m) => m.name === name)).sort((a, b) => a.at - b.at);
    const middle = all[all.length >> 1];
    const of = runs.length > 1 ? ` In ${all.length} of ${runs.length} repeats; this is the middle one.` : '';
    return { kind: middle.kind, at: middle.at, label: `${name} ${seconds(middle.at)}`, why: middle.why + of };
  }).sort((a, b) => a.at - b.at);
}
