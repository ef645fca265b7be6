/** The list of files, and the pages of the one that is shown. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { repeat } from "../../third_party/lit-html/directives/repeat.js";
import { cancel, remove, show } from "../documents.js";
import { pathOf } from "../results.js";
import { state } from "../state.js";
import { percent } from "../words/numbers.js";
import { TEXT } from "../words/texts.js";
import { statusOf, wordsOf, worstPage } from "../words/verdicts.js";
import { icon, iconButton, isBusy, pickers, progress } from "./parts.js";

export function files() {
  return html`<section class="files" aria-label=${TEXT.files}>
    ${pickers(TEXT.addFiles, "outline")}
    <ul>
      ${repeat(state.documents, (one) => one.id, file)}
    </ul>
  </section>`;
}

/** @param {import("../documents.js").Document} document */
function file(document) {
  const shown = document === state.document;
  const { name } = document.file;
  return html`<li class="file ${shown ? "shown" : ""}">
    <div class="row">
      <button type="button" class="pick" aria-current=${shown ? "true" : "false"} @click=${() => show(document)}>
        ${thumbnail(document, worstPage(document.job)?.page)}
        <span class="said">
          <span class="name" title=${name}>${name}</span>
          <span class="status ${tone(document)}">${statusOf(document)}</span>
        </span>
      </button>
      ${iconButton("x", TEXT.remove(name), () => leave(document))}
    </div>
    ${isBusy(document) ? busy(document) : nothing}
    ${shown && document.job?.pages.length > 1 ? pages(document) : nothing}
  </li>`;
}

/** @param {import("../documents.js").Document} document */
function busy(document) {
  const label = TEXT.cancelOf(document.file.name);
  return html`<div class="row busy">
    ${progress(document)}
    <button type="button" class="quiet" aria-label=${label} @click=${() => cancel(document)}>${TEXT.cancel}</button>
  </div>`;
}

/** @param {import("../documents.js").Document} document */
function pages(document) {
  return html`<ol class="pages" aria-label=${TEXT.pages(document.file.name)}>
    ${repeat(
      document.job.pages,
      (page) => page.page,
      (page) => pageButton(document, page),
    )}
  </ol>`;
}

/** @param {import("../documents.js").Document} document @param {any} page */
function pageButton(document, page) {
  const shown = state.page === page.page;
  const known = ["done", "failed"].includes(page.state);
  const verdict =
    page.state === "done"
      ? wordsOf(page.verdict).short
      : page.state === "failed"
        ? TEXT.failedPageTitle
        : TEXT.queued;
  return html`<li>
    <button
      type="button"
      class="leaf"
      title=${verdict}
      aria-current=${shown ? "page" : "false"}
      ?disabled=${!known}
      @click=${() => show(document, page.page)}
    >
      ${thumbnail(document, page.state === "done" ? page.page : undefined, page.state === "failed")}
      <span class="number">
        <span><span class="unseen">${TEXT.pageWord} </span>${page.page}</span>
        ${
          page.state === "done" && page.verdict !== "not_applicable"
            ? html`<span class="score ${page.verdict}">${percent(page.score, 0)}</span>`
            : nothing
        }
        <span class="unseen">${verdict}</span>
      </span>
    </button>
  </li>`;
}

/** @param {import("../documents.js").Document} document @param {number} [page] @param {boolean} [failed] */
function thumbnail(document, page, failed = document.phase === "failed") {
  if (page === undefined) {
    return html`<span class="thumbnail">${icon(failed ? "file-x" : "file-text")}</span>`;
  }
  const entry = document.job.pages.find((/** @type {any} */ one) => one.page === page);
  return html`<span class="thumbnail turn-${entry.exif_orientation ?? 1}">
    <service-image .alt=${""} .lazy=${true} .source=${`${pathOf(document)}/pages/${page}/thumbnail`}></service-image>
  </span>`;
}

/** @param {import("../documents.js").Document} document */
function tone(document) {
  if (document.phase === "failed") return "failed";
  return document.phase === "done" ? (worstPage(document.job)?.verdict ?? "") : "";
}

/** Whoever uses the keyboard stays near. @param {import("../documents.js").Document} document */
function leave(document) {
  remove(document);
  // Once the list is drawn without it.
  setTimeout(() => {
    const list = globalThis.document;
    const next =
      list.querySelector('.pick[aria-current="true"]') ?? list.querySelector(".pickers button");
    /** @type {HTMLElement | null} */ (next)?.focus();
  });
}
