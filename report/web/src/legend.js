// The legend switches lines, by mouse and by keyboard, and shows their values where the cursor is.

import { element } from './element.js';

export function legend(lines, onSwitch) {
  const box = element('ul', { class: 'legend' });
  const outputs = lines.map((line) => {
    const value = element('span', { class: 'value' });
    const swatch = element('span', { class: `swatch hue-${line.hue}${line.level ? ' level' : ''}` });
    const button = element('button', { type: 'button', 'aria-pressed': 'true' }, swatch, line.name, value);
    button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(on));
      onSwitch(line, on);
    });
    box.append(element('li', {}, button));
    return value;
  });
  return { box, show: (texts) => texts.forEach((t, i) => { outputs[i].textContent = t; }) };
}
