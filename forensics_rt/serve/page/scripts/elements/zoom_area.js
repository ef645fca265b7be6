/** <zoom-area>: sheets that lie over one another and are moved as one. Panzoom does the moving. */
import Panzoom from "../../third_party/panzoom/panzoom.es.js";
import { isOnSide, turnOf, turnedBox } from "../orientation.js";

const STEP = 0.35;
const MOVE = 60; // pixels of the screen, for an arrow key
const AROUND = 2.5; // the area is so many times as large as a region
const SHARPEST = 6; // pixels of the screen for a pixel of the picture
const PIXELATED = 2;

/**
 * The first `.sheet` is moved, the others follow; a `.turned` inside lies as EXIF says.
 * Properties: `picture`, {width, height, orientation, stretch}; `box`, what to zoom to or null.
 * Event: `zoom`, with the scale in `detail`.
 */
class ZoomArea extends HTMLElement {
  /** @type {any} */ #panzoom = null;
  /** @type {number[] | null} */ #box = null;
  /** @type {any} */ picture = null;
  #fit = 1;
  #resized = new ResizeObserver(() => this.#place());

  connectedCallback() {
    // The sheets are children, which come after this.
    queueMicrotask(() => {
      if (!this.isConnected) return;
      this.#panzoom = Panzoom(this.#sheets()[0], {
        canvas: true,
        cursor: "grab",
        step: STEP,
        minScale: 1,
        panOnlyWhenZoomed: true,
        touchAction: "pan-y",
        // The default keeps the keyboard's focus away.
        handleStartEvent: () => {},
        setTransform: (/** @type {any} */ _, /** @type {any} */ to) => this.#move(to),
      });
      this.#resized.observe(this);
    });
    this.addEventListener("wheel", (event) => this.#panzoom?.zoomWithWheel(event), {
      passive: false,
    });
    this.addEventListener("keydown", (event) => this.#press(event));
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    this.#panzoom?.destroy();
  }

  set box(/** @type {number[] | null} */ box) {
    if (String(box) === String(this.#box)) return;
    this.#box = box;
    if (this.#panzoom) this.#show(true);
  }

  zoomIn() {
    this.#panzoom.zoomIn();
  }

  zoomOut() {
    this.#panzoom.zoomOut();
  }

  showAll() {
    this.#box = null;
    this.#show(true);
  }

  #sheets() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".sheet")]);
  }

  /** Fit the sheets into the area. */
  #place() {
    const { width, height, orientation, stretch } = this.picture;
    const stored = [width * stretch[0], height * stretch[1]];
    const [w, h] = isOnSide(orientation) ? stored.toReversed() : stored;
    const fit = Math.min(this.clientWidth / w, this.clientHeight / h);
    if (!(fit > 0)) return;
    this.#fit = fit;
    for (const sheet of this.#sheets()) {
      sheet.style.width = `${w * fit}px`;
      sheet.style.height = `${h * fit}px`;
      // Margins, not places: Panzoom counts with them.
      sheet.style.margin = `${(this.clientHeight - h * fit) / 2}px ${(this.clientWidth - w * fit) / 2}px`;
      const turned = /** @type {HTMLElement} */ (sheet.querySelector(".turned"));
      turned.style.width = `${stored[0] * fit}px`;
      turned.style.height = `${stored[1] * fit}px`;
      turned.style.transform = `matrix(${turnOf(orientation, stored[0] * fit, stored[1] * fit)})`;
    }
    this.#panzoom.setOptions({ maxScale: Math.max(8, SHARPEST / fit) });
    this.#show(false);
  }

  #show(/** @type {boolean} */ animate) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const options = { animate: animate && !calm, force: true };
    if (!this.#box) {
      this.#panzoom.reset(options);
      return;
    }
    const { width, height, orientation, stretch } = this.picture;
    const [left, top, w, h] = turnedBox(this.#box, orientation, width, height);
    const [across, down] = isOnSide(orientation) ? stretch.toReversed() : stretch;
    const on = [across * this.#fit, down * this.#fit];
    const room = Math.min(this.clientWidth / (w * on[0]), this.clientHeight / (h * on[1]));
    const sheet = this.#sheets()[0];
    this.#panzoom.zoom(Math.max(1, room / AROUND), options);
    this.#panzoom.pan(
      sheet.offsetWidth / 2 - (left + w / 2) * on[0],
      sheet.offsetHeight / 2 - (top + h / 2) * on[1],
      options,
    );
  }

  #move(/** @type {{scale: number, x: number, y: number}} */ { scale, x, y }) {
    const [first, ...others] = this.#sheets();
    if (!first) return;
    first.style.transform = `scale(${scale}) translate(${x}px, ${y}px)`;
    for (const sheet of others) {
      sheet.style.transition = first.style.transition;
      sheet.style.transform = first.style.transform;
    }
    this.style.setProperty("--scale", String(scale));
    this.style.setProperty("--zoom", String(scale * this.#fit));
    this.classList.toggle("pixelated", scale * this.#fit > PIXELATED);
    // A finger scrolls the page until there is something to move.
    this.style.touchAction = first.style.touchAction = scale > 1 ? "none" : "pan-y";
    this.dispatchEvent(new CustomEvent("zoom", { detail: scale * this.#fit }));
  }

  #press(/** @type {KeyboardEvent} */ event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = MOVE / (this.#panzoom?.getScale() ?? 1);
    const move = (/** @type {number} */ x, /** @type {number} */ y) =>
      this.#panzoom.pan(x, y, { relative: true, animate: true });
    /** @type {Record<string, () => void>} */
    const keys = {
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => this.zoomOut(),
      0: () => this.showAll(),
      ArrowLeft: () => move(by, 0),
      ArrowRight: () => move(-by, 0),
      ArrowUp: () => move(0, by),
      ArrowDown: () => move(0, -by),
    };
    if (!keys[event.key] || !this.#panzoom) return;
    event.preventDefault();
    keys[event.key]();
  }
}

customElements.define("zoom-area", ZoomArea);
