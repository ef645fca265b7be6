/** What was found, in words: beside the picture. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { state } from "../state.js";
import { percent } from "../words/numbers.js";
import { TEXT } from "../words/texts.js";
import { adviceOf, scoreMeaning, wordsOf } from "../words/verdicts.js";
import { facts } from "./facts.js";
import { notes } from "./notes.js";
import { partList, placeOf, sizeOf } from "./part_lists.js";
import { icon } from "./parts.js";
import { saving } from "./saving.js";

/** @param {import("../documents.js").Document} document @param {number} page @param {any} result */
export function panel(document, page, result) {
  return html`<div class="panel">
    ${verdict(document, result)} ${notes(result)} ${regions(result)} ${saving(document, page, result)} ${facts(result)}
  </div>`;
}

/** @param {import("../documents.js").Document} document @param {any} result */
function verdict(document, result) {
  const words = wordsOf(result.verdict);
  return html`<div class="verdict ${result.verdict ?? "none"}">
    <h1 title=${document.file.name}>${document.file.name}</h1>
    <div class="line">
      <p class="word">${icon(words.icon)}${words.title}</p>
      ${result.verdict === "not_applicable" ? nothing : html`<p class="figure">${percent(result.score)}</p>`}
    </div>
    ${result.verdict === "not_applicable" ? nothing : bar(result)}
    <p class="advice">${adviceOf(result)}</p>
    ${result.verdict === "not_applicable" ? nothing : html`<p class="meaning">${scoreMeaning(result)}</p>`}
  </div>`;
}

/** @param {any} result */
function bar(result) {
  const at = result.score * 100;
  return html`<svg class="bar-of-score" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="100" height="2"></rect>
    <rect class="share" width=${at} height="2"></rect>
  </svg>`;
}

/** @param {any} result */
function regions(result) {
  if (result.verdict === "not_applicable") return nothing;
  const words = (/** @type {any} */ region, /** @type {number} */ index) => ({
    name: TEXT.region(index + 1),
    title: `${index + 1} · ${placeOf(result, region.box)}`,
    said: `${TEXT.regionSign(region.mean_probability)} · ${sizeOf(result, region.box)}`,
  });
  const crop = (/** @type {any} */ region) =>
    html`<region-crop
      .box=${region.box}
      .orientation=${result.exif_orientation}
      .image=${state.image}
    ></region-crop>`;
  return html`<section>
    <h2>${TEXT.regions}<span class="count">${result.regions.length}</span></h2>
    ${result.regions.length ? partList(result, "regions", words, crop) : html`<p class="none">${TEXT.noRegions}</p>`}
  </section>`;
}
