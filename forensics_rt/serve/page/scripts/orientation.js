/** Pictures lie as they are stored; these turn them as EXIF says. */

/**
 * The matrix of CSS that turns a picture of w × h about its upper left corner.
 * @param {number} orientation EXIF's, 1 to 8.
 * @param {number} w @param {number} h
 */
export function turnOf(orientation, w, h) {
  const matrices = {
    2: [-1, 0, 0, 1, w, 0],
    3: [-1, 0, 0, -1, w, h],
    4: [1, 0, 0, -1, 0, h],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, h, 0],
    7: [0, -1, -1, 0, h, w],
    8: [0, -1, 1, 0, 0, w],
  };
  return matrices[/** @type {2} */ (orientation)] ?? [1, 0, 0, 1, 0, 0];
}

/** Whether a picture stands on its side. @param {number} orientation */
export function isOnSide(orientation) {
  return orientation >= 5;
}

/** Where a box lies once the picture is turned.
 * @param {number[]} box Left, top, width, height.
 * @param {number} orientation @param {number} w @param {number} h Of the picture as stored. */
export function turnedBox([x, y, width, height], orientation, w, h) {
  const [a, b, c, d, e, f] = turnOf(orientation, w, h);
  const [x1, y1] = [a * x + c * y + e, b * x + d * y + f];
  const [right, bottom] = [x + width, y + height];
  const [x2, y2] = [a * right + c * bottom + e, b * right + d * bottom + f];
  return [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)];
}

/** How many times as wide and as high a picture must be shown to look as it should.
 * @param {number[] | null | undefined} density Pixels per inch, across and down. */
export function stretchOf(density) {
  if (!density || density[0] === density[1]) return [1, 1];
  const most = Math.max(...density);
  return density.map((one) => Math.min(most / one, 4));
}
