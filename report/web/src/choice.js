// Which cells are overlaid: a button each, in the colour of its line. No more than five at a time: the one that was
// chosen first gives way.

import { element } from './element.js';
import { hues } from './theme.js';

const most = 5;

export class Choice {
  constructor(names, chosen, onChange) {
    this.hue = new Map();
    this.onChange = onChange;
    this.buttons = names.map((name, i) => element('button', { type: 'button', 'aria-pressed': 'false',
      onclick: () => this.toggle(i) }, element('span', { class: 'swatch' }), name));
    this.box = element('div', { class: 'choice', role: 'group', 'aria-label': 'Cells that are overlaid' },
      ...this.buttons);
    chosen.slice(0, most).forEach((i) => this.take(i));
    this.paint();
  }

  // chosen are the indices of the cells and their colours, in the order of the cells.
  get chosen() {
    return [...this.hue].map(([i, hue]) => ({ i, hue })).sort((a, b) => a.i - b.i);
  }

  toggle(i) {
    if (this.hue.has(i)) this.hue.delete(i);
    else this.take(i);
    this.paint();
    this.onChange();
  }

  take(i) {
    if (this.hue.size >= most) this.hue.delete(this.hue.keys().next().value);
    const used = new Set(this.hue.values());
    let hue = 0;
    while (used.has(hue) && hue < hues) hue++;
    this.hue.set(i, hue);
  }

  paint() {
    this.buttons.forEach((b, i) => {
      b.setAttribute('aria-pressed', String(this.hue.has(i)));
      b.firstChild.className = this.hue.has(i) ? `swatch hue-${this.hue.get(i)}` : 'swatch off';
    });
  }
}
