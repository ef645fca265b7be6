/** The whole page: the bar, and the start or the desk below. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { state } from "../state.js";
import { TEXT } from "../words/texts.js";
import { documentView } from "./document.js";
import { files } from "./files.js";
import { icon } from "./parts.js";
import { start } from "./start.js";
import { tokenDialog } from "./token.js";

export function page() {
  const working = state.documents.length > 0;
  return html`
    ${working ? html`<a class="skip" href="#result">${TEXT.skip}</a>` : nothing}
    <header class="bar">
      <span class="brand"><img src="/page/icon.svg" alt="" width="28" height="28" />${TEXT.name}</span>
      ${state.version ? engine(state.version) : nothing}
    </header>
    ${working ? html`<main class="desk">${files()}${documentView()}</main>` : start()}
    ${state.dragging ? html`<div class="letgo">${icon("upload")}<p>${TEXT.letGo}</p></div>` : nothing}
    ${state.giveToken ? tokenDialog(state.giveToken) : nothing}
  `;
}

/** @param {Record<string, any>} version */
function engine(version) {
  const told = [version.bundle_name, version.backend, version.precision];
  return html`<span class="engine">${told.join(" · ")}</span>`;
}
