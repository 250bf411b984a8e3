// The report's script. Everything that it shows is in the page's data block; it loads nothing. Without it the page
// has the same figures as tables and pictures.

import { Choice } from './choice.js';
import { copyable } from './copy.js';
import { pick } from './pick.js';
import { heat } from './heat.js';
import { Overlay, whole } from './overlay.js';
import { sortable } from './sort.js';
import { onThemeChange } from './theme.js';
import { timeView } from './time.js';

const drawn = [];
const data = JSON.parse(document.getElementById('data').textContent);
data.runs.forEach((r) => r.charts.forEach((c) => { c.t ??= r.t; }));
const runsOf = (cell) => data.cells[cell].runs.map((i) => data.runs[i]);

const views = {
  // The charts of one cell.
  cell(box) {
    const runs = runsOf(Number(box.dataset.cell));
    const time = timeView(box, runs);
    if (time) drawn.push(time);
    const more = document.createElement('div');
    more.className = 'panels';
    box.append(more);
    drawn.push(whole(more, runs));
  },
  // The matrix as colours.
  heat(box) {
    heat(box, data.matrix);
  },
  // Both sides of a comparison in one picture.
  sides(box) {
    const panels = document.createElement('div');
    panels.className = 'panels';
    const overlay = new Overlay(panels);
    const draw = (pair) => overlay.draw([['base', 0], ['new', 1]].map(([side, hue]) => ({ hue,
      name: data.cells.find((c) => c.runs.includes(pair[side][0])).label, runs: pair[side].map((i) => data.runs[i]) })));
    if (data.sides.length > 1) box.append(pick('Cell ', data.sides.map((p) => p.name), (i) => draw(data.sides[i])));
    box.append(panels);
    draw(data.sides[0]);
    drawn.push(overlay);
  },
  // Cells by choice.
  overlay(box) {
    const panels = document.createElement('div');
    panels.className = 'panels';
    const overlay = new Overlay(panels);
    const show = () => overlay.draw(choice.chosen.map(({ i, hue }) => ({ name: data.cells[i].label, hue,
      runs: runsOf(i) })));
    const choice = new Choice(data.cells.map((c) => c.label), data.overlaid, show);
    box.append(choice.box, panels);
    show();
    drawn.push(overlay);
  },
};

function show(box) {
  if (box.dataset.shown) return;
  box.dataset.shown = 'yes';
  views[box.dataset.view](box);
}

// A view within a closed part is drawn when that is opened.
function begin(box) {
  const closed = box.closest('details:not([open])');
  if (!closed) {
    show(box);
    return;
  }
  closed.addEventListener('toggle', () => closed.open && show(box));
}

// A link into a closed part opens it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target?.closest('details');
  if (closed && !closed.open) {
    closed.open = true;
    target.scrollIntoView();
  }
}

document.documentElement.classList.add('js');
document.querySelectorAll('details.static').forEach((d) => { d.open = false; });
document.querySelectorAll('[data-view]').forEach(begin);
document.querySelectorAll('[data-sortable] table').forEach(sortable);
document.querySelectorAll('pre.command').forEach(copyable);
onThemeChange(() => drawn.forEach((d) => d.redraw()));
addEventListener('hashchange', openTarget);
openTarget();
