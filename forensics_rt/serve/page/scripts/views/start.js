/** What is seen before there is a file. */
import { html } from "../../third_party/lit-html/lit-html.js";
import { TEXT } from "../words/texts.js";
import { icon, pickers } from "./parts.js";

export function start() {
  const host = location.host;
  return html`<main class="start">
    <h1>${TEXT.startTitle}</h1>
    <p class="lead">${TEXT.startLead}</p>
    <section class="drop" aria-label=${TEXT.addFiles}>
      <span class="mark">${icon("scan-search")}</span>
      <p class="here">${TEXT.dropHere}</p>
      ${pickers(TEXT.choose, "primary")}
      <p class="or paste">${TEXT.orPaste}</p>
      <p class="or">${TEXT.kinds}</p>
    </section>
    <div class="tips">
      ${tip("file-text", TEXT.best, TEXT.bestTips)} ${tip("gauge", TEXT.meaning, TEXT.meaningTips)}
      ${tip(
        "lock",
        TEXT.privacy,
        TEXT.privacyTips.map((one) => (typeof one === "function" ? one(host) : one)),
      )}
    </div>
  </main>`;
}

/** @param {string} name @param {string} title @param {string[]} said */
function tip(name, title, said) {
  return html`<section>
    <h2>${icon(name)}${title}</h2>
    ${said.map((one) => html`<p>${one}</p>`)}
  </section>`;
}
