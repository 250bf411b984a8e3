// The points of charts as a table, for who reads no charts; it is made when it is opened.

import { element } from './element.js';
import { writer } from './figure.js';
import { held } from './repeats.js';

export function valuesTable(axis, points, place, specs) {
  const details = element('details', { class: 'values-table' }, element('summary', {}, 'These values as a table'));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(table(axis, points, place, specs));
  });
  return details;
}

function table(axis, points, place, specs) {
  const columns = specs.flatMap((spec) => spec.lines.filter((l) => !l.faint).map((l) => ({
    name: `${spec.title}: ${l.name}`, write: writer(spec.unit).full, values: held(spec.x.data, l.values, points),
  })));
  const head = element('tr', {}, element('th', { scope: 'col' }, axis),
    ...columns.map((c) => element('th', { scope: 'col', class: 'number' }, c.name)));
  const rows = points.map((x, i) => element('tr', {}, element('th', { scope: 'row' }, place(x)),
    ...columns.map((c) => element('td', { class: 'number' }, c.write(c.values[i])))));
  return element('div', { class: 'scroll tall', role: 'region', tabindex: 0, 'aria-label': 'Values' },
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)));
}
