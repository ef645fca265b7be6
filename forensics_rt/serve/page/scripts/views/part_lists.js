/** Parts of a picture that can be zoomed to: lists of buttons. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { say, state, update } from "../state.js";
import { TEXT } from "../words/texts.js";
import { turnedBox } from "../orientation.js";

const MOST = 12;

/** @param {any} result @returns {Record<string, any[]>} */
export function partsOf(result) {
  const { overlays = [], hidden = [], differences = [] } = result.page_report ?? {};
  return { regions: result.regions, overlays, hidden, differences };
}

/** Where a part is on the picture, in words. @param {any} result @param {number[]} box */
export function placeOf(result, box) {
  const { width, height, exif_orientation: orientation } = result;
  const [left, top, w, h] = turnedBox(box, orientation, width, height);
  const [across, down] = orientation >= 5 ? [height, width] : [width, height];
  const third = (/** @type {number} */ at) => Math.min(2, Math.max(0, Math.floor(at * 3)));
  return TEXT.places[third((top + h / 2) / down)][third((left + w / 2) / across)];
}

/** How large a part is as it is seen. @param {any} result @param {number[]} box */
export function sizeOf(result, box) {
  const { width, height, exif_orientation: orientation } = result;
  return TEXT.regionSize(turnedBox(box, orientation, width, height));
}

/**
 * @param {any} result
 * @param {string} list Which of `partsOf`.
 * @param {(part: any, index: number) => {name: string, title: unknown, said: unknown}} words
 * @param {(part: any) => unknown} [lead] Stands before the words.
 */
export function partList(result, list, words, lead = () => nothing) {
  const parts = partsOf(result)[list];
  const shown = state.allRegions ? parts : parts.slice(0, MOST);
  return html`<ol class="parts">
      ${shown.map((part, index) => {
        const { name, title, said } = words(part, index);
        const chosen = state.part?.list === list && state.part.index === index;
        return html`<li>
          <button
            type="button"
            class="part"
            aria-pressed=${chosen ? "true" : "false"}
            @click=${() => choose(chosen ? null : { list, index }, name)}
          >
            ${lead(part)}<span><strong>${title}</strong><small>${said}</small></span>
          </button>
        </li>`;
      })}
    </ol>
    ${
      parts.length > shown.length
        ? html`<button type="button" class="quiet" @click=${() => update({ allRegions: true })}>
          ${TEXT.more(parts.length - shown.length)}
        </button>`
        : nothing
    }`;
}

/** @param {typeof state.part} part @param {string} name */
function choose(part, name) {
  update({ part });
  say(part ? TEXT.zoomed(name) : TEXT.allShown);
}
