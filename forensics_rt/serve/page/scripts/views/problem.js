/** An error, and what can be done about it. */
import { html, nothing } from "../../third_party/lit-html/lit-html.js";
import { examineAgain } from "../documents.js";
import { TEXT } from "../words/texts.js";
import { icon } from "./parts.js";

/**
 * @typedef {import("../documents.js").Document} Document
 * @typedef {{error: string, detail: string}} Told
 */

/** @param {Document} document @param {Told} told @param {string} title */
export function problem(document, told, title) {
  const kind = kindOf(document, told);
  const { detail } = told;
  const words = {
    locked: { mark: "lock", title: TEXT.lockedTitle, detail: TEXT.lockedDetail },
    damaged: { mark: "file-x", title: TEXT.damagedTitle, detail: TEXT.damagedDetail },
    gone: { mark: "clock", title: TEXT.goneTitle, detail: TEXT.goneDetail },
    other: { mark: "file-x", title, detail },
  }[kind];
  return html`<div class="notice problem">
    <span class="mark">${icon(words.mark)}</span>
    <h1>${words.title}</h1>
    <p class="name">${document.file.name}</p>
    <p>${words.detail}</p>
    ${kind === "locked" ? passwordForm(document) : buttons(document, kind)}
    ${
      kind === "other"
        ? nothing
        : html`<details>
          <summary>${TEXT.details}</summary>
          <p>${detail}</p>
        </details>`
    }
  </div>`;
}

/** @param {Document} document @param {Told} told */
function kindOf(document, told) {
  if (told.error === "ImageLocked") return "locked";
  if (["JobNotFound", "PageNotFound"].includes(told.error)) return "gone";
  // The service names this option where it would help.
  if (!document.damaged && told.detail.includes("damaged=examine")) return "damaged";
  return "other";
}

/** @param {Document} document @param {string} kind */
function buttons(document, kind) {
  const { password, damaged } = document;
  if (kind === "damaged") {
    const onClick = () => examineAgain(document, { damaged: true, password });
    return html`<button type="button" @click=${onClick}>${TEXT.examineDamaged}</button>`;
  }
  const onClick = () => examineAgain(document, { damaged, password });
  return html`<button type="button" class=${kind === "gone" ? "" : "outline"} @click=${onClick}>
    ${icon("refresh-cw")}${TEXT.checkAgain}
  </button>`;
}

/** @param {Document} document */
function passwordForm(document) {
  const onSubmit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    examineAgain(document, { password: String(given.get("password")), damaged: document.damaged });
  };
  return html`<form @submit=${onSubmit}>
    <label>${TEXT.password}<input type="password" name="password" required autocomplete="off" /></label>
    <button type="submit">${TEXT.unlock}</button>
  </form>`;
}
