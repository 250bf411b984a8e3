// What happened in a run, on its axis: a line in each chart, and a label that explains itself.

import { element } from './element.js';

// marks draws them over a chart; labelOf makes the label of each, from the mark and its place among them.
export function marks(list, labelOf) {
  let placed = [];
  const place = (u) => {
    for (const { mark, line, label } of placed) {
      const { min, max } = u.scales.x;
      const inside = mark.at >= min && mark.at <= max;
      const x = u.valToPos(mark.at, 'x');
      const right = x > u.over.clientWidth / 2;
      line.hidden = !inside;
      line.style.left = `${x}px`;
      label.hidden = !inside;
      label.querySelector('.tip').classList.toggle('left', right);
      const turned = right && !label.classList.contains('small');
      label.style.left = turned ? '' : `${x}px`;
      label.style.right = turned ? `${u.over.clientWidth - x}px` : '';
    }
  };
  const init = (u) => {
    placed = list.map((mark, i) => {
      const line = element('div', { class: `mark ${mark.kind}` });
      const label = labelOf(mark, i);
      // The chart below must not take a click on the label for the begin of a zoom.
      for (const type of ['mousedown', 'dblclick']) label.addEventListener(type, (e) => e.stopPropagation());
      u.over.append(line, label);
      return { mark, line, label };
    });
    place(u);
  };
  return { ready: [init], setScale: [(u) => placed.length && place(u)], setSize: [(u) => placed.length && place(u)] };
}

// flag is a label with its name, a row below the one before.
export function flag(mark, row) {
  const id = `mark-${Math.random().toString(36).slice(2)}`;
  const button = element('button', { type: 'button', class: `flag ${mark.kind}`, 'aria-describedby': id }, mark.label,
    element('span', { class: 'tip', role: 'tooltip', id }, mark.why));
  button.style.top = `${-24 + row * 24}px`;
  return button;
}

// arrow is a label without a name, for charts below one that has flags: they have the keyboard's stops.
export function arrow(mark) {
  return element('span', { class: `flag small ${mark.kind}` },
    element('span', { class: 'tip', role: 'tooltip' }, element('strong', {}, mark.label), mark.why));
}
