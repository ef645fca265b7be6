/** <region-crop>: a small part of a picture that is already there. */
import { turnOf } from "../orientation.js";

const MARGIN = 0.35; // of the box, on each side
const SMALLEST = 48; // pixels of the picture

/** Properties: `image`, an HTMLImageElement or null; `box`; `orientation`. */
class RegionCrop extends HTMLElement {
  #canvas = document.createElement("canvas");
  /** @type {HTMLImageElement | null} */ #image = null;
  /** @type {number[]} */ box = [];
  orientation = 1;

  connectedCallback() {
    this.append(this.#canvas);
  }

  set image(/** @type {HTMLImageElement | null} */ image) {
    if (image === this.#image) return;
    this.#image = image;
    queueMicrotask(() => this.#draw());
  }

  #draw() {
    if (!this.#image?.naturalWidth) return;
    const side = Math.round(64 * Math.min(devicePixelRatio, 2));
    this.#canvas.width = this.#canvas.height = side;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const [left, top, width, height] = this.box;
    const seen = Math.max(Math.max(width, height) * (1 + 2 * MARGIN), SMALLEST);
    const [x, y] = [left + width / 2 - seen / 2, top + height / 2 - seen / 2];
    context.setTransform(new DOMMatrix(turnOf(this.orientation, side, side)));
    context.drawImage(this.#image, x, y, seen, seen, 0, 0, side, side);
  }
}

customElements.define("region-crop", RegionCrop);
