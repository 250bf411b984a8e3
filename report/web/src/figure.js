// How numbers are written for people: the rules of the Go package internal/figure, in three digits at least.

const unmeasured = '\u2013';

function places(v) {
  return Math.max(0, 2 - Math.floor(Math.log10(Number(Math.abs(v).toPrecision(3)))));
}

// fixed is v with so many decimal places; of two that are as near it is the even one, as strconv has it, and not the
// larger, as toFixed.
function fixed(v, n) {
  const exact = v.toFixed(Math.min(n + 40, 100));
  const end = exact.length - (Math.min(n + 40, 100) - n);
  const below = exact.slice(0, end).replace(/\.$/, '');
  return /^\.?50*$/.test(exact.slice(end - (n === 0 ? 1 : 0))) && /[02468]$/.test(below) ? below : v.toFixed(n);
}

export function number(v) {
  if (v == null || !Number.isFinite(v)) return unmeasured;
  if (v === 0) return '0';
  const text = fixed(v, Math.min(places(v), 20));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function scaled(v, write, units) {
  const last = units[units.length - 1];
  for (const u of units) {
    const text = write(v / u[0]);
    if (text === unmeasured) return text;
    if (u === last || Math.abs(Number(text)) >= 1) return text + u[1];
  }
  return unmeasured;
}

export function micros(us) {
  return us === 0 ? '0 s' : scaled(us, number, [[1e6, ' s'], [1e3, ' ms'], [1, ' us']]);
}

export const seconds = (s) => (s == null ? unmeasured : micros(s * 1e6));

export const percent = (v) => scaled(v, number, [[1, ' %']]);

export const perSecond = (v) => scaled(v, number, [[1, '/s']]);

// tick is a number along an axis: 500, 1.5k.
export function tick(v) {
  const short = (x) => String(Number(Number(x).toPrecision(3)));
  return scaled(v, short, [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']]);
}

// writers are how values of each unit of the data are written, in full and along an axis.
const writers = {
  number: { full: number, short: tick },
  rate: { full: perSecond, short: tick },
  us: { full: micros, short: micros },
  percent: { full: percent, short: percent },
  s: { full: seconds, short: seconds },
};

export const writer = (unit) => writers[unit] ?? writers.number;

// parsed is the number that a text of a table begins with, in one unit, for sorting; NaN of words.
export function parsed(text) {
  const m = /^[<>~\s]*([-+]?[\d.]+)\s*(us|ms|s|min|h|k|M|G|%)?\b/.exec(text);
  if (!m) return NaN;
  const factor = { us: 1e-6, ms: 1e-3, min: 60, h: 3600, k: 1e3, M: 1e6, G: 1e9 }[m[2]] ?? 1;
  return Number(m[1]) * factor;
}
