/** <service-image>: a picture of the service, fetched with the token, freed when it is gone. */
import { ask } from "../service.js";

/** Wide enough that a thumbnail is there before it is scrolled to. */
const MARGIN = "300px";

/**
 * Properties: `source`, its address at the service; `alt`; `strength`; `lazy`, whether to wait until
 * it is near the screen. Events: `load` with the picture in `detail`, and `fail`.
 */
class ServiceImage extends HTMLElement {
  #source = "";
  #address = "";
  #stop = new AbortController();
  #image = new Image();
  lazy = false;

  constructor() {
    super();
    this.#image.draggable = false;
    this.#image.decoding = "async";
  }

  set alt(/** @type {string} */ text) {
    this.#image.alt = text;
  }

  /** Opacity, 0 to 1. */
  set strength(/** @type {number} */ share) {
    this.style.opacity = String(share);
  }

  get source() {
    return this.#source;
  }

  set source(source) {
    if (source === this.#source) return;
    this.#source = source;
    if (this.isConnected) this.#begin();
  }

  connectedCallback() {
    this.#begin();
  }

  disconnectedCallback() {
    this.#free();
  }

  #begin() {
    this.#free();
    if (!this.#source) return;
    this.#stop = new AbortController();
    this.dataset.state = "loading";
    if (!this.lazy) {
      this.#load(this.#stop.signal);
      return;
    }
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.#load(this.#stop.signal);
      },
      { rootMargin: MARGIN },
    );
    near.observe(this);
    this.#stop.signal.addEventListener("abort", () => near.disconnect());
  }

  async #load(/** @type {AbortSignal} */ signal) {
    try {
      const answer = await ask(this.#source, { signal });
      const blob = await answer.blob();
      if (signal.aborted) return;
      this.#address = URL.createObjectURL(blob);
      this.#image.src = this.#address;
      await this.#image.decode();
      if (signal.aborted) return;
      this.append(this.#image);
      this.dataset.state = "there";
      this.dispatchEvent(new CustomEvent("load", { detail: this.#image }));
    } catch (error) {
      if (signal.aborted) return;
      this.dataset.state = "failed";
      this.dispatchEvent(new CustomEvent("fail", { detail: error }));
    }
  }

  #free() {
    this.#stop.abort();
    this.#image.remove();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
  }
}

customElements.define("service-image", ServiceImage);
