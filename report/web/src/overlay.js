// Cells in one picture: what they did over time, how long connecting and answering took, and what a port cost to find.

import { chart } from './chart.js';
import { element } from './element.js';
import { seconds } from './figure.js';
import { Group } from './group.js';
import { occupancy, place as sharePlace } from './occupancy.js';
import { percentiles, place as percentilePlace } from './percentile.js';
import { pick } from './pick.js';
import { grid, held } from './repeats.js';
import { axis, together } from './time.js';

// Overlay shows entries, each { name, hue, runs }, and is drawn anew when they change.
export class Overlay {
  constructor(box) {
    this.box = box;
    this.groups = [];
    this.phase = null;
  }

  draw(entries) {
    this.destroy();
    this.entries = entries;
    this.rates();
    this.latencies();
    this.costs();
  }

  destroy() {
    this.groups.forEach((g) => g.destroy());
    this.groups = [];
    this.box.replaceChildren();
  }

  redraw() {
    this.groups.forEach((g) => g.redraw());
  }

  // one draws a chart that has a cursor of its own.
  one(spec, axis, what, ...above) {
    const group = new Group(axis, what);
    const panel = element('div', { class: 'panel' }, ...above);
    this.box.append(panel);
    group.add(chart(panel, { height: 320, ...spec }, group.on));
    panel.append(group.bar, group.value);
    this.groups.push(group);
  }

  rates() {
    const found = this.entries.map((e) => ({ ...e, charts: e.runs.flatMap((r) => r.charts.filter((c) => c.rate)) }))
      .filter((e) => e.charts.length > 0);
    if (found.length === 0) return;
    const specs = found.map((e) => together(e.charts));
    const xs = grid(specs.map((s) => s.x.data));
    const lines = found.flatMap((e, i) => specs[i].lines.filter((l) => l.name === specs[i].lines[0].name).map((l) => ({
      ...l, name: e.name, of: e.name, hue: e.hue, dash: e.hue, values: held(specs[i].x.data, l.values, xs),
    })));
    const end = xs[xs.length - 1];
    this.one({
      id: 'overlay-rate', title: found[0].charts[0].title, unit: 'rate', levels: [], lines,
      x: { data: xs, ends: true, range: [0, end], axis },
    }, (x) => `at ${seconds(x)}`, 'Step through the rates over time');
  }

  latencies() {
    const phases = [...new Set(this.entries.flatMap((e) => e.runs.flatMap((r) => r.latency.map((l) => l.name))))];
    if (phases.length === 0) return;
    if (!phases.includes(this.phase)) [this.phase] = phases;
    const phase = pick('Phase ', phases, (i) => {
      this.phase = phases[i];
      this.draw(this.entries);
      this.box.querySelector('select')?.focus();
    });
    phase.lastChild.value = this.phase;
    const lines = this.entries.map((e) => ({ name: e.name, hue: e.hue,
      repeats: e.runs.flatMap((r) => r.latency.filter((l) => l.name === this.phase).map((l) => l.y)) }))
      .filter((l) => l.repeats.length > 0);
    this.one(percentiles('overlay-latency', 'Latency by percentile', lines), percentilePlace,
      'Step through the percentiles', phase);
  }

  costs() {
    const lines = this.entries.map((e) => ({ name: e.name, hue: e.hue,
      repeats: e.runs.flatMap((r) => (r.cost ? [r.cost[0]] : [])) })).filter((l) => l.repeats.length > 0);
    if (lines.length === 0) return;
    this.one(occupancy('overlay-cost', 'Time to connect by ports in use', lines), sharePlace,
      'Step through the share of the ports in use');
  }
}

// whole draws the latencies of one cell, every phase a line, and its cost of connecting.
export function whole(box, runs) {
  const overlay = new Overlay(box);
  overlay.entries = [];
  const phases = [...new Set(runs.flatMap((r) => r.latency.map((l) => l.name)))];
  if (phases.length > 0) {
    overlay.one(percentiles('latency-percentiles', 'Latency by percentile', phases.slice(0, 5).map((name, hue) => ({ name, hue,
      repeats: runs.flatMap((r) => r.latency.filter((l) => l.name === name).map((l) => l.y)) }))), percentilePlace,
    'Step through the percentiles');
  }
  const costs = [...new Set(runs.flatMap((r) => (r.cost ?? []).map((c) => c.name)))];
  if (costs.length > 0) {
    overlay.one(occupancy('cost', 'Time to connect by ports in use', costs.map((name, hue) => ({ name, hue,
      repeats: runs.flatMap((r) => (r.cost ?? []).filter((c) => c.name === name)) }))), sharePlace,
    'Step through the share of the ports in use');
  }
  return overlay;
}

