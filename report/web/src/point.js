// pointAt is the index of the point of x: the next one where points are the ends of what they stand for, else the
// nearest.
export function pointAt(xs, x, ends) {
  let lo = 0;
  let hi = xs.length - 1;
  while (lo < hi) {
    const middle = (lo + hi) >> 1;
    if (xs[middle] < x - 1e-9) lo = middle + 1;
    else hi = middle;
  }
  if (!ends && lo > 0 && x - xs[lo - 1] < xs[lo] - x) return lo - 1;
  return lo;
}
