// Columns of a table that sort its rows.

import { element } from './element.js';
import { parsed } from './figure.js';

export function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((th, i) => {
    const button = element('button', { type: 'button', class: 'sort' }, ...th.childNodes);
    th.append(button);
    button.addEventListener('click', () => {
      const down = th.getAttribute('aria-sort') === 'ascending';
      heads.forEach((h) => h.removeAttribute('aria-sort'));
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => order(a.cells[i], b.cells[i], down ? -1 : 1)));
    });
  });
}

// order has what is no number after all numbers, whichever way they go.
function order(a, b, sign) {
  const [s, t] = [a.textContent.trim(), b.textContent.trim()];
  const [x, y] = [parsed(s), parsed(t)];
  if (Number.isNaN(x) && Number.isNaN(y)) return sign * s.localeCompare(t, 'en', { numeric: true });
  if (Number.isNaN(x)) return 1;
  if (Number.isNaN(y)) return -1;
  return sign * (x - y);
}
