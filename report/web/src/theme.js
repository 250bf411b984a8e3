// Colours come from the style sheet, so that charts follow light and dark.

const read = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const hues = 6;

// hue is the colour of the nth line of a chart, or of a fixed role.
export const hue = (n) => read(`--line-${n % hues}`);

export const paint = (role) => read(`--${role}`);

// dash tells lines apart without colour.
const dashes = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4]];
export const dash = (n) => dashes[n % dashes.length];

export function onThemeChange(redraw) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
}
