// Charts over one axis: they share the cursor and the zoom, one slider steps through their points by keyboard, and
// one line says the values there.

import { element } from './element.js';
import { pointAt } from './point.js';

export class Group {
  // axis writes a place on the shared axis; what names the points for a slider; idle is said while nobody asks.
  constructor(axis, what, idle = '') {
    this.axis = axis;
    this.idle = idle;
    this.charts = [];
    this.busy = false;
    this.value = element('output', { class: 'values' }, idle);
    this.slider = element('input', { type: 'range', min: 0, step: 1, 'aria-label': what });
    this.slider.addEventListener('input', () => this.step(Number(this.slider.value)));
    this.slider.addEventListener('focus', () => this.step(Number(this.slider.value)));
    this.reset = element('button', { type: 'button', class: 'reset', hidden: true, onclick: () => this.zoom(null) },
      'Show all');
    this.bar = element('div', { class: 'stepper' }, this.slider, this.reset);
    this.on = {
      cursor: (u, idx) => this.follow(u, idx),
      zoom: (u, min, max) => this.zoomed(u, min, max),
      reset: () => this.zoom(null),
    };
  }

  add(chart) {
    this.charts.push(chart);
    this.note(...chart.spec.x.range);
    if (this.charts.length > 1 && chart.spec.x.data.length <= this.points.length) return;
    this.points = chart.spec.x.data;
    this.slider.max = this.points.length - 1;
    this.slider.value = this.points.length - 1;
    this.slider.setAttribute('aria-valuetext', 'arrow keys step through the points');
  }

  each(do_) {
    if (this.busy) return;
    this.busy = true;
    try {
      this.charts.forEach(do_);
    } finally {
      this.busy = false;
    }
  }

  // step moves every cursor to the nth point.
  step(n) {
    const x = this.points[n];
    this.show(x, null);
  }

  follow(u, idx) {
    if (this.busy) return;
    const left = u.cursor.left;
    if (idx == null || !(left >= 0)) {
      this.leave();
      return;
    }
    this.show(u.posToVal(left, 'x'), u);
  }

  // leave forgets where the pointer was; where the slider is in use, its place stays.
  leave() {
    if (document.activeElement === this.slider) return;
    this.each((c) => {
      c.u.setCursor({ left: -10, top: -10 }, false);
      c.showValues(null);
    });
    this.value.textContent = this.idle;
  }

  // show puts the cursor of all charts but from's at x, and says what is there.
  show(x, from) {
    const parts = [];
    this.each((c) => {
      const idx = pointAt(c.spec.x.data, x, c.spec.x.ends);
      const px = c.u.valToPos(from ? x : c.spec.x.data[idx], 'x');
      if (c.u !== from) c.u.setCursor({ left: px, top: 0 }, false);
      c.showValues(idx);
      parts.push(...c.describe(idx));
    });
    const place = this.points[pointAt(this.points, x, true)];
    const said = `${this.axis(place)}: ${parts.join(', ')}`;
    this.value.textContent = said;
    this.slider.value = pointAt(this.points, x, true);
    this.slider.setAttribute('aria-valuetext', said);
  }

  zoomed(u, min, max) {
    if (this.busy || this.charts.length === 0) return;
    this.each((c) => c.u !== u && c.u.setScale('x', { min, max }));
    this.note(min, max);
  }

  // note keeps what is shown of the whole.
  note(min, max) {
    const [from, to] = this.charts[0].spec.x.range;
    this.reset.hidden = min <= from && max >= to;
    this.charts.forEach((c) => Object.assign(c.figure.dataset, { from: min, to: max }));
  }

  zoom(to) {
    const [min, max] = to ?? this.charts[0].spec.x.range;
    this.each((c) => c.u.setScale('x', { min, max }));
    this.note(min, max);
  }

  redraw() {
    this.each((c) => c.u.redraw());
  }

  destroy() {
    this.charts.forEach((c) => c.u.destroy());
    this.charts = [];
  }
}
