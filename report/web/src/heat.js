// The matrix as a heat table: one setting across, the others down, one figure at a time.

import { element } from './element.js';
import { pick } from './pick.js';
import { sortable } from './sort.js';

export function heat(box, matrix) {
  const across = matrix.settings.length - 1;
  const holder = element('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Heat table' });
  const draw = (i) => holder.replaceChildren(table(matrix, across, matrix.metrics[i]));
  draw(0);
  box.append(pick('Figure ', matrix.metrics.map((m) => m.name), draw), holder,
    element('p', { class: 'note' }, 'The darker, the larger, on a scale of ratios. A heading sorts the rows.'));
}

const distinct = (values) => [...new Set(values)];

function table(matrix, across, metric) {
  const columns = distinct(matrix.cells.map((c) => c.settings[across]));
  const key = (c) => c.settings.filter((_, i) => i !== across).join('\u0000');
  const rows = distinct(matrix.cells.map(key));
  const shade = shades(metric.values);
  const names = matrix.settings.filter((_, i) => i !== across);
  const head = element('tr', {}, ...names.map((n) => element('th', { scope: 'col' }, n)),
    ...columns.map((v) => element('th', { scope: 'col', class: 'number' }, `${matrix.settings[across]} ${v}`)));
  const body = rows.map((row) => element('tr', {},
    ...row.split('\u0000').map((v) => element('th', { scope: 'row' }, v)),
    ...columns.map((v) => {
      const i = matrix.cells.findIndex((c) => key(c) === row && c.settings[across] === v);
      return i < 0 ? element('td', { class: 'number' }, '\u2013') : datum(matrix.cells[i], metric, i, shade(i));
    })));
  const out = element('table', { class: 'heat' }, element('caption', {}, metric.name),
    element('thead', {}, head), element('tbody', {}, ...body));
  sortable(out);
  return out;
}

function datum(cell, metric, i, share) {
  const said = metric.predicted?.[i];
  const td = element('td', { class: 'number' }, element('a', { href: `#${cell.id}` }, metric.texts[i]),
    ...(said ? [element('span', { class: 'predicted' }, said)] : []),
    element('span', { class: `badge ${cell.class}` }, cell.outcome));
  if (share != null) td.style.setProperty('--heat', `${Math.round(share * 42)}%`);
  return td;
}

// shades are shares from 0 to 1 by the logarithm of the values; null of what has none.
function shades(values) {
  const known = values.filter((v) => v > 0).map(Math.log);
  const lo = Math.min(...known);
  const hi = Math.max(...known);
  return (i) => (values[i] > 0 ? (hi > lo ? (Math.log(values[i]) - lo) / (hi - lo) : 0.5) : null);
}
