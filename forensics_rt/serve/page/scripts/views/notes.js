/** What the file itself gives away: damage, conversions, and what a PDF paints over or hides. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { TEXT } from "../words/texts.js";
import { partList, partsOf, placeOf, sizeOf } from "./part_lists.js";
import { icon } from "./parts.js";

const DAMAGED = "damaged:";
const WHICH_PAGE = /^page \d+ of \d+$/; // which the page says anyway

/** @param {any} result */
export function notes(result) {
  const conversions = result.provenance.conversions.filter(
    (/** @type {string} */ one) => !WHICH_PAGE.test(one),
  );
  const damage = conversions.filter((/** @type {string} */ one) => one.startsWith(DAMAGED));
  const others = conversions.filter((/** @type {string} */ one) => !one.startsWith(DAMAGED));
  const { overlays, hidden, differences } = partsOf(result);
  const told = [
    damage.length && note("warning", TEXT.noteDamaged, TEXT.noteDamagedDetail, sentences(damage)),
    overlays.length &&
      parts(result, "overlays", TEXT.noteOverlays(overlays.length), TEXT.noteOverlaysDetail),
    hidden.length && parts(result, "hidden", TEXT.noteHidden(hidden.length), TEXT.noteHiddenDetail),
    differences.length &&
      parts(
        result,
        "differences",
        TEXT.noteDifferences(differences.length),
        TEXT.noteDifferencesDetail,
      ),
    others.length && note("", TEXT.noteConverted, "", sentences(others)),
  ].filter(Boolean);
  return told.length ? html`<div class="notes">${told}</div>` : nothing;
}

/** @param {string} tone @param {string} title @param {string} detail @param {unknown} more */
function note(tone, title, detail, more) {
  return html`<details class="note ${tone}">
    <summary>${icon(tone ? "triangle-alert" : "info")}${title}</summary>
    ${detail ? html`<p>${detail}</p>` : nothing} ${more}
  </details>`;
}

/** @param {any} result @param {string} list @param {string} title @param {string} detail */
function parts(result, list, title, detail) {
  const words = (/** @type {any} */ part) => ({
    name: part.kind,
    title: part.kind,
    said: `${placeOf(result, part.box)} · ${sizeOf(result, part.box)}`,
  });
  return note("warning", title, detail, partList(result, list, words));
}

/** @param {string[]} said */
function sentences(said) {
  return html`<ul>
    ${said.map((one) => html`<li>${one.replace(DAMAGED, "").trim()}</li>`)}
  </ul>`;
}
