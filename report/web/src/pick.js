// One of several names.

import { element } from './element.js';

export function pick(label, names, onPick) {
  const select = element('select', {}, ...names.map((n) => element('option', {}, n)));
  select.addEventListener('change', () => onPick(select.selectedIndex));
  return element('label', { class: 'pick' }, label, select);
}
