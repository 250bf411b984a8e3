// Repeats of one cell on one axis: each of them, and their median as long as half of them last.

const most = 1500;

// grid is every point of several axes in order, thinned to what can be seen.
export function grid(axes) {
  const all = [...new Set(axes.flat())].sort((a, b) => a - b);
  if (all.length <= most) return all;
  const out = [];
  for (let i = 0; i < most; i++) out.push(all[Math.round((i * (all.length - 1)) / (most - 1))]);
  return out;
}

// held is a series on another axis: a value stands from the point before it up to its own.
export function held(xs, values, onto) {
  let i = 0;
  return onto.map((x) => {
    while (i < xs.length && xs[i] < x) i++;
    return i < xs.length ? values[i] : null;
  });
}

// repeated are the lines of one figure: each of several repeats faint, and their median. look is what all of them have.
export function repeated(name, lists, dash, look) {
  const thin = lists.length > 1 ? lists.map((values) => ({ ...look, name, of: name, values, faint: true })) : [];
  return [...thin, { ...look, name, values: median(lists), dash }];
}

function median(lists) {
  return lists[0].map((_, i) => {
    const values = lists.map((l) => l[i]).filter((v) => v != null).sort((a, b) => a - b);
    if (2 * values.length < lists.length || values.length === 0) return null;
    const middle = values.length >> 1;
    return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  });
}
