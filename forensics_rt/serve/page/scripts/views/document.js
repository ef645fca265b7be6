/** The document that is shown: how far it is, what is wrong with it, or its result. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { keyed } from "../../third_party/lit-html/directives/keyed.js";
import { cancel, examineAgain } from "../documents.js";
import { resultOf } from "../results.js";
import { state } from "../state.js";
import { TEXT } from "../words/texts.js";
import { statusOf } from "../words/verdicts.js";
import { panel } from "./panel.js";
import { icon, isBusy, progress } from "./parts.js";
import { picture } from "./picture.js";
import { problem } from "./problem.js";

export function documentView() {
  const { document, page } = state;
  if (!document) return nothing;
  return html`<section id="result" class="result" tabindex="-1" aria-label=${TEXT.result}>
    ${keyed(document.id, content(document, page))}
  </section>`;
}

/** @param {import("../documents.js").Document} document @param {number | null} page */
function content(document, page) {
  if (page !== null) return pageView(document, page);
  if (isBusy(document)) return busy(document);
  if (document.phase === "canceled") return canceled(document);
  return problem(document, document.problem ?? { error: "", detail: "" }, TEXT.failedTitle);
}

/** @param {import("../documents.js").Document} document @param {number} page */
function pageView(document, page) {
  const entry = document.job.pages.find((/** @type {any} */ one) => one.page === page);
  if (entry.problem) return problem(document, entry.problem, TEXT.failedPageTitle);
  const { result, problem: why } = resultOf(document, page);
  if (why) return problem(document, why, TEXT.failedPageTitle);
  if (!result) return html`<div class="notice"><p aria-busy="true">${TEXT.loading}</p></div>`;
  return keyed(page, html`${picture(document, page, result)}${panel(document, page, result)}`);
}

/** @param {import("../documents.js").Document} document */
function busy(document) {
  return html`<div class="notice">
    <span class="mark searching">${icon("scan-search")}</span>
    <h1>${document.file.name}</h1>
    <p>${statusOf(document)}</p>
    ${progress(document)}
    <button type="button" class="outline" @click=${() => cancel(document)}>${icon("x")}${TEXT.cancel}</button>
  </div>`;
}

/** @param {import("../documents.js").Document} document */
function canceled(document) {
  return html`<div class="notice">
    <span class="mark">${icon("circle-slash")}</span>
    <h1>${TEXT.canceledTitle}</h1>
    <p class="name">${document.file.name}</p>
    <p>${TEXT.canceledDetail}</p>
    <button type="button" @click=${() => examineAgain(document)}>${icon("refresh-cw")}${TEXT.checkAgain}</button>
  </div>`;
}
