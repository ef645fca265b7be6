/** Above the picture: which layers are shown, which page, and how large. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { live } from "../../third_party/lit-html/directives/live.js";
import { show } from "../documents.js";
import { say, state, update } from "../state.js";
import { percent } from "../words/numbers.js";
import { TEXT } from "../words/texts.js";
import { iconButton } from "./parts.js";

const LAYERS = /** @type {const} */ (["compare", "heat", "original"]);

/** @param {import("../documents.js").Document} document @param {number} page */
export function tools(document, page) {
  return html`<div class="tools">${layers()}${pager(document, page)}${zoomer()}</div>`;
}

function layers() {
  return html`<fieldset class="layers">
    <legend class="unseen">${TEXT.show}</legend>
    ${LAYERS.map(
      (layer) => html`<label
        ><input
          type="radio"
          name="layer"
          value=${layer}
          .checked=${live(state.layer === layer)}
          @change=${() => update({ layer })}
        /><span>${TEXT[layer]}</span></label
      >`,
    )}
  </fieldset>`;
}

/** @param {import("../documents.js").Document} document @param {number} page */
function pager(document, page) {
  const known = document.job.pages.filter((/** @type {any} */ one) =>
    ["done", "failed"].includes(one.state),
  );
  if (document.job.pages.length < 2) return nothing;
  const at = known.findIndex((/** @type {any} */ one) => one.page === page);
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ to) =>
    iconButton(name, label, () => show(document, to.page), !to);
  return html`<div class="pager">
    ${button("chevron-left", TEXT.previousPage, known[at - 1])}
    <span>${TEXT.pageOf(page, document.job.pages.length)}</span>
    ${button("chevron-right", TEXT.nextPage, known[at + 1])}
  </div>`;
}

function zoomer() {
  const area = () => /** @type {any} */ (globalThis.document.querySelector("zoom-area"));
  const all = () => {
    update({ part: null });
    area().showAll();
    say(TEXT.allShown);
  };
  return html`<div class="zoomer">
    ${iconButton("zoom-out", TEXT.zoomOut, () => area().zoomOut())}
    <span class="zoom">${percent(state.zoom, 0)}</span>
    ${iconButton("zoom-in", TEXT.zoomIn, () => area().zoomIn())} ${iconButton("maximize", TEXT.whole, all)}
  </div>`;
}
