// One chart: lines over an axis, levels across it, a band between two levels, a legend.
//
// A line is { name, values, hue, dash, step, faint, of }: a faint one is a repeat of the line that `of` names, and is
// switched with it. A level is { name, value, hue }.

import uPlot from 'uplot';
import { element } from './element.js';
import { legend } from './legend.js';
import { writer } from './figure.js';
import { pointAt } from './point.js';
import { dash, hue, paint } from './theme.js';

const logRatio = 8; // as the pictures have it: what lies closer is seen better on a linear axis

function positives(lines, levels) {
  let lo = Infinity;
  let hi = 0;
  const take = (v) => {
    if (v > 0) {
      lo = Math.min(lo, v);
      hi = Math.max(hi, v);
    }
  };
  for (const l of lines) l.values.forEach(take);
  for (const l of levels) take(l.value);
  return { lo, hi };
}

// scaleOf is logarithmic where the values lie far apart, unless the chart counts from 0.
function scaleOf(spec) {
  const { lo, hi } = positives(spec.lines, spec.levels);
  if (!spec.linear && hi > logRatio * lo) {
    const from = 10 ** Math.floor(Math.log10(lo));
    return { distr: 3, log: 10, range: [from, Math.max(10 ** Math.ceil(Math.log10(hi) - 1e-9), 10 * from)] };
  }
  return { range: (u, min, max) => [0, niceAbove(Math.max(max ?? 0, ...spec.levels.map((l) => l.value), 0))] };
}

function niceAbove(v) {
  if (!(v > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(v));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((m) => m * unit).find((n) => n >= v * 1.04) ?? 15 * unit;
}

function seriesOf(line, log) {
  return {
    label: line.name,
    scale: 'y',
    stroke: () => (line.faint ? `${hue(line.hue)}55` : hue(line.hue)),
    width: line.faint ? 1 : 2,
    dash: line.level ? [5, 4] : dash(line.dash ?? 0),
    paths: line.step ? uPlot.paths.stepped({ align: -1 }) : uPlot.paths.linear(),
    points: { show: line.level || line.faint ? false : undefined, size: 5 },
    spanGaps: Boolean(line.joined),
    value: (u, v) => (log && v === 0 ? null : v),
  };
}

function axes(spec) {
  const font = '12px system-ui, "Liberation Sans", Arial, sans-serif';
  const common = { font, stroke: () => paint('quiet'), grid: { stroke: () => paint('line'), width: 1 },
    ticks: { stroke: () => paint('line'), width: 1, size: 4 } };
  const y = writer(spec.unit).short;
  return [
    { ...common, size: 34, gap: 4, space: 56, ...spec.x.axis },
    { ...common, scale: 'y', size: 58, gap: 4, space: 34,
      values: (u, splits) => splits.map((v) => (v == null ? null : y(v))),
      filter: labelled, grid: { ...common.grid, filter: labelled }, ticks: { ...common.ticks, filter: labelled } },
  ];
}

// labelled are the splits of an axis that have a line and a label: of a logarithmic one powers of ten, and where these
// are few also their double and their fivefold.
function labelled(u, splits) {
  const { distr, min, max } = u.scales.y;
  if (distr !== 3) return splits;
  const wanted = max / min > 100 ? [1] : [1, 2, 5];
  return splits.map((v) => {
    const digit = v / 10 ** Math.floor(Math.log10(v) + 1e-9);
    return wanted.some((w) => Math.abs(digit - w) < 1e-6) ? v : null;
  });
}

// chart draws spec into box. on has cursor(chart, index) and zoom(chart, min, max), reset().
export function chart(box, spec, on) {
  const levels = spec.levels.map((l) => ({ ...l, level: true, values: spec.x.data.map(() => l.value) }));
  const lines = [...spec.lines, ...levels];
  const y = scaleOf(spec);
  const log = y.distr === 3;
  const data = [spec.x.data, ...lines.map((l) => (log ? l.values.map((v) => (v > 0 ? v : null)) : l.values))];
  const figure = element('figure', { class: 'chart', 'data-chart': spec.id },
    element('figcaption', {}, element('strong', {}, spec.title), spec.note ? ` ${spec.note}` : ''));
  const canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  const own = legend(lines.filter((l) => !l.faint), (line, shown) => lines.forEach((l, i) => {
    if (l === line || (l.faint && l.of === line.name)) u.setSeries(i + 1, { show: shown });
  }));
  figure.append(canvas, own.box);
  box.append(figure);
  const over = spec.over ?? { ready: [], setScale: [], setSize: [] };
  const u = new uPlot({
    width: Math.max(canvas.clientWidth, 260), height: spec.height,
    padding: [spec.marks ? 26 : 12, 24, 0, 0],
    legend: { show: false },
    scales: { x: { time: false, range: (me, min, max) => within(spec.x.range, min, max) }, y },
    axes: axes(spec),
    series: [{}, ...lines.map((l) => seriesOf(l, log))],
    bands: bandOf(spec, lines),
    cursor: { y: false, drag: { x: true, y: false, dist: 4 }, points: { size: 7 },
      dataIdx: (me, i, idx, x) => (i > 0 && (lines[i - 1].level || lines[i - 1].faint) ? null
        : pointAt(spec.x.data, x, spec.x.ends)),
      bind: { dblclick: () => () => on.reset() } },
    hooks: {
      setCursor: [(me) => on.cursor(me, me.cursor.idx)],
      setScale: [(me, key) => key === 'x' && on.zoom(me, me.scales.x.min, me.scales.x.max), ...over.setScale],
      setSize: over.setSize,
      ready: over.ready,
    },
  }, data, canvas);
  u.setScale('x', { min: spec.x.range[0], max: spec.x.range[1] }); // and not what its own data are from and to
  fit(u, canvas, spec.height);
  const write = writer(spec.unit).full;
  const named = lines.map((l, i) => ({ l, i })).filter(({ l }) => !l.faint);
  const texts = (idx) => named.map(({ l, i }) => (idx == null || l.level ? (l.level ? l.text : '')
    : write(lines[i].values[idx])));
  own.show(texts(null));
  return {
    u, spec, figure,
    // describe is every value at a point, in words.
    describe: (idx) => named.filter(({ l }) => !l.level && l.values[idx] != null)
      .map(({ l }) => `${l.name} ${write(l.values[idx])}`),
    showValues: (idx) => own.show(texts(idx)),
  };
}

function within(range, min, max) {
  return min == null || max == null ? range : [Math.max(min, range[0]), Math.min(max, range[1])];
}

function bandOf(spec, lines) {
  if (!spec.band) return [];
  const at = (name) => lines.findIndex((l) => l.level && l.name === name) + 1;
  const [hi, lo] = spec.band.map(at);
  return hi && lo ? [{ series: [hi, lo], fill: () => `${hue(lines[hi - 1].hue)}33` }] : [];
}

function fit(u, canvas, height) {
  new ResizeObserver(() => {
    const width = Math.floor(canvas.clientWidth);
    if (width > 0 && width !== u.width) u.setSize({ width, height });
  }).observe(canvas);
}
