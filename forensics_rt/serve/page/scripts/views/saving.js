/** Files to save: of the page, and of the document. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { pathOf } from "../results.js";
import { download } from "../downloads.js";
import { state } from "../state.js";
import { TEXT } from "../words/texts.js";
import { icon } from "./parts.js";

/** @param {import("../documents.js").Document} document @param {number} page @param {any} result */
export function saving(document, page, result) {
  const { job, file } = document;
  const base = job.pages.length > 1 ? `${file.name}-page${page}` : file.name;
  const path = pathOf(document);
  const ofPage = `${path}/pages/${page}`;
  const examined = result.verdict !== "not_applicable";
  return html`<section>
    <h2>${TEXT.save}</h2>
    <div class="saving">
      ${
        job.state === "done" && state.reports
          ? html`${button(TEXT.saveReportPdf, `${path}/report?format=pdf`, `${file.name}.report.pdf`)}
          ${button(TEXT.saveReportHtml, `${path}/report?format=html`, `${file.name}.report.html`)}`
          : nothing
      }
      ${
        job.state === "done" && result.page_report
          ? button(TEXT.savePdf, `${path}/result`, `${file.name}.annotated.pdf`, "application/pdf")
          : nothing
      }
      ${button(TEXT.saveMarked, `${ofPage}/overlay`, `${base}.overlay.jpg`)}
      ${examined ? button(TEXT.saveMask, `${ofPage}/mask`, `${base}.mask.png`) : nothing}
      ${button(TEXT.saveJson, ofPage, `${base}.json`)}
      ${
        job.state === "done" && job.pages.length > 1
          ? button(TEXT.saveAllJson, `${path}/result`, `${file.name}.json`, "application/json")
          : nothing
      }
    </div>
    ${state.downloadProblem ? html`<p class="wrong" role="alert">${state.downloadProblem}</p>` : nothing}
    <p class="kept">${job.expires ? TEXT.keptUntil(timeOf(job.expires)) : TEXT.saveAfter}</p>
  </section>`;
}

/** @param {string} label @param {string} path @param {string} name @param {string} [accept] */
function button(label, path, name, accept) {
  const onClick = async (/** @type {Event} */ event) => {
    const pressed = /** @type {HTMLElement} */ (event.currentTarget);
    pressed.setAttribute("aria-busy", "true");
    await download(path, name, accept);
    pressed.removeAttribute("aria-busy");
  };
  return html`<button type="button" class="quiet" @click=${onClick}>${icon("download")}${label}</button>`;
}

/** @param {string} date */
function timeOf(date) {
  return new Date(date).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
