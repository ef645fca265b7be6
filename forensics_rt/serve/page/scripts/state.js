/** What the page shows, in one object; a change of it draws the page again. */

/**
 * @typedef {import("./documents.js").Document} Document
 * @typedef {"compare" | "heat" | "original"} Layer
 */

export const state = {
  /** @type {Document[]} */
  documents: [],
  /** @type {Document | null} Whose result is shown. */
  document: null,
  /** @type {number | null} Which page of it. */
  page: null,
  /** @type {Layer} */
  layer: "compare",
  /** Of the heat map, 0 to 1. */
  opacity: 0.8,
  /** @type {{list: string, index: number} | null} The part of the picture that is zoomed to. */
  part: null,
  /** @type {HTMLImageElement | null} The picture that is shown, once it is loaded. */
  image: null,
  /** Pixels of the screen for a pixel of the picture. */
  zoom: 1,
  /** Whether all regions are listed, however many there are. */
  allRegions: false,
  /** @type {Record<string, any> | null} What computes the results. */
  version: null,
  /** Whether the service makes reports. */
  reports: false,
  /** Whether files are held over the page. */
  dragging: false,
  /** @type {((token: string) => void) | null} Takes the token that is asked for. */
  giveToken: null,
  /** @type {string | null} What went wrong with a download. */
  downloadProblem: null,
};

let draw = () => {};
let planned = false;

/** Say how the page is drawn. @param {() => void} how */
export function drawWith(how) {
  draw = how;
}

/** Change what is shown. @param {Partial<typeof state>} change */
export function update(change = {}) {
  Object.assign(state, change);
  if (planned) return;
  planned = true;
  queueMicrotask(() => {
    planned = false;
    draw();
  });
}

/** Say something to who listens instead of looking. @param {string} text */
export function say(text) {
  /** @type {HTMLElement} */ (document.getElementById("said")).textContent = text;
}
