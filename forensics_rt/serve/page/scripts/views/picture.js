/** The picture of a page: its layers, the divider between them, and what moves them. */
import { html, nothing, svg } from "../../third_party/lit-html/lit-html.js";
import { live } from "../../third_party/lit-html/directives/live.js";
import { stretchOf } from "../orientation.js";
import { pathOf } from "../results.js";
import { state, update } from "../state.js";
import { TEXT } from "../words/texts.js";
import { partsOf } from "./part_lists.js";
import { tools } from "./tools.js";

/** @param {import("../documents.js").Document} document @param {number} page @param {any} result */
export function picture(document, page, result) {
  const path = `${pathOf(document)}/pages/${page}`;
  const part = state.part && partsOf(result)[state.part.list][state.part.index];
  const how = {
    width: result.width,
    height: result.height,
    orientation: result.exif_orientation,
    stretch: stretchOf(result.provenance.density),
  };
  return html`<div class="picture">
    ${tools(document, page)}
    <div class="stage" data-failed=${TEXT.pictureFailed}>
      <zoom-area
        tabindex="0"
        role="region"
        aria-label=${TEXT.area}
        .picture=${how}
        .box=${part?.box ?? null}
        @zoom=${(/** @type {CustomEvent} */ event) => event.detail !== state.zoom && update({ zoom: event.detail })}
      >
        <div class="sheet">
          <div class="turned">
            <service-image
              .alt=${TEXT.altOriginal}
              .source=${`${path}/image`}
              @load=${(/** @type {CustomEvent} */ event) => update({ image: event.detail })}
            ></service-image>
            ${state.layer === "heat" ? heat(path) : nothing} ${outline(result, part, state.layer !== "compare")}
          </div>
        </div>
        <div class="curtain" ?hidden=${state.layer !== "compare"}>
          <div class="sheet">
            <div class="turned">
              ${state.layer === "compare" ? marked(path, result) : nothing}
              ${outline(result, part, state.layer === "compare")}
            </div>
          </div>
        </div>
      </zoom-area>
      ${state.layer === "compare" ? divider() : nothing} ${state.layer === "heat" ? strength() : nothing}
    </div>
  </div>`;
}

/** @param {string} path @param {any} result */
function marked(path, result) {
  return html`<service-image
    class="marked"
    .alt=${TEXT.altMarked(result.regions.length)}
    .source=${`${path}/overlay`}
  ></service-image>`;
}

/** @param {string} path */
function heat(path) {
  return html`<service-image
    class="heat"
    .alt=${TEXT.altHeat}
    .source=${`${path}/heat`}
    .strength=${state.opacity}
  ></service-image>`;
}

/** The part that was chosen. @param {any} result @param {any} part @param {boolean} here */
function outline(result, part, here) {
  if (!part || !here) return nothing;
  const [left, top, width, height] = part.box;
  return html`<svg viewBox="0 0 ${result.width} ${result.height}" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect x=${left} y=${top} width=${width} height=${height}></rect>`}
  </svg>`;
}

function divider() {
  const move = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.currentTarget);
    input.setAttribute("aria-valuetext", TEXT.dividerAt(Number(input.value) / 100));
    input.parentElement?.style.setProperty("--at", `${input.value}%`);
  };
  return html`<input
      class="divider"
      type="range"
      min="0"
      max="100"
      step="1"
      value="12"
      aria-label=${TEXT.divider}
      aria-valuetext=${TEXT.dividerAt(0.12)}
      @input=${move}
    />
    <span class="side left" aria-hidden="true">${TEXT.left}</span>
    <span class="side right" aria-hidden="true">${TEXT.right}</span>`;
}

function strength() {
  const move = (/** @type {Event} */ event) =>
    update({ opacity: Number(/** @type {HTMLInputElement} */ (event.currentTarget).value) / 100 });
  return html`<div class="strength">
    <label
      >${TEXT.opacity}<input type="range" min="0" max="100" .value=${live(String(state.opacity * 100))} @input=${move}
    /></label>
    <span class="scale" aria-hidden="true"><span>${TEXT.weak}</span><i></i><span>${TEXT.strong}</span></span>
  </div>`;
}
