// What happened in a run, on its axis: a line in each chart, and a label that explains itself.

import { element } from './element.js';

// marks draws them over a chart; labelled tells whether this one has the labels.
export function marks(list, labelled) {
  let placed = [];
  const place = (u) => {
    for (const { mark, line, label } of placed) {
      const { min, max } = u.scales.x;
      const inside = mark.at >= min && mark.at <= max;
      const x = u.valToPos(mark.at, 'x');
      line.hidden = !inside;
      line.style.left = `${x}px`;
      if (!label) continue;
      label.hidden = !inside;
      const right = x > u.over.clientWidth / 2;
      label.style.left = right ? '' : `${x}px`;
      label.lastChild.classList.toggle('left', right);
      label.style.right = right ? `${u.over.clientWidth - x}px` : '';
    }
  };
  const init = (u) => {
    placed = list.map((mark, i) => {
      const line = element('div', { class: `mark ${mark.kind}` });
      const label = labelled ? flag(mark, i) : null;
      u.over.append(line, ...(label ? [label] : []));
      return { mark, line, label };
    });
    place(u);
  };
  return { ready: [init], setScale: [(u) => placed.length && place(u)], setSize: [(u) => placed.length && place(u)] };
}

function flag(mark, row) {
  const id = `mark-${Math.random().toString(36).slice(2)}`;
  const tip = element('span', { class: 'tip', role: 'tooltip', id }, mark.why);
  const button = element('button', { type: 'button', class: `flag ${mark.kind}`, 'aria-describedby': id },
    mark.label, tip);
  button.style.top = `${-24 + row * 24}px`;
  // The chart below must not take a click on the label for the begin of a zoom.
  for (const type of ['mousedown', 'dblclick']) button.addEventListener(type, (e) => e.stopPropagation());
  return button;
}
