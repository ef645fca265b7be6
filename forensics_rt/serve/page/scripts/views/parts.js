/** Small parts that several views have. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { addFiles } from "../documents.js";
import { TEXT } from "../words/texts.js";

// Formats that browsers do not call images stand here by suffix.
const ACCEPT = "image/*,application/pdf,.heic,.heif,.jp2,.tif,.tiff,.pnm,.pgm,.ppm";

/** @param {string} name One of styles/icons.css; it says nothing to who listens. */
export function icon(name) {
  return html`<span class="icon icon-${name}" aria-hidden="true"></span>`;
}

/** A button with an icon alone. @param {string} name @param {string} label @param {() => void} onClick
 * @param {boolean} [disabled] */
export function iconButton(name, label, onClick, disabled = false) {
  return html`<button
    type="button"
    class="quiet square"
    aria-label=${label}
    title=${label}
    ?disabled=${disabled}
    @click=${onClick}
  >
    ${icon(name)}
  </button>`;
}

/** Buttons that open the browser's own choice of files, and the camera of a phone.
 * @param {string} label @param {string} look */
export function pickers(label, look) {
  return html`<div class="pickers">
    <button type="button" class=${look} @click=${openNext}>${icon("upload")}${label}</button>
    <input type="file" hidden multiple accept=${ACCEPT} @change=${take} />
    <button type="button" class="outline camera" @click=${openNext}>${icon("camera")}${TEXT.photograph}</button>
    <input type="file" hidden accept="image/*" capture="environment" @change=${take} />
  </div>`;
}

function openNext(/** @type {Event} */ event) {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  /** @type {HTMLInputElement} */ (button.nextElementSibling).click();
}

function take(/** @type {Event} */ event) {
  const input = /** @type {HTMLInputElement} */ (event.currentTarget);
  addFiles(input.files ?? []);
  input.value = ""; // so that the same file can be chosen again
}

/** How far a document is. @param {import("../documents.js").Document} document */
export function progress(document) {
  const { job, phase, sent } = document;
  const label = TEXT.progressOf(document.file.name);
  if (phase === "sending")
    return html`<progress aria-label=${label} value=${sent} max="1"></progress>`;
  if (phase === "queued") return nothing;
  if (job?.pages.length > 1) {
    return html`<progress aria-label=${label} value=${job.examined} max=${job.pages.length}></progress>`;
  }
  return html`<progress aria-label=${label}></progress>`;
}

/** @param {import("../documents.js").Document} document */
export function isBusy(document) {
  return ["queued", "sending", "examining"].includes(document.phase);
}
