/** What the service holds of a document. */
import { ask, askJson } from "./service.js";
import { update } from "./state.js";

/**
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./service.js").Problem} Problem
 */

/** Have the service remove what it holds of it. @param {Document} document */
export function forget(document) {
  if (!document.job) return;
  // It may be gone already, and is in time.
  ask(pathOf(document), { method: "DELETE", keepalive: true }).catch(() => {});
}

/** @param {Document} document */
export function pathOf(document) {
  return `/v1/jobs/${document.job.id}`;
}

/** The result of a page, as far as it is there: fetched when it is first wanted.
 * @param {Document} document @param {number} page
 * @returns {{result?: any, problem?: Problem}} */
export function resultOf(document, page) {
  const known = document.results.get(page);
  if (known) return known;
  /** @type {{result?: any, problem?: Problem}} */
  const entry = {};
  document.results.set(page, entry);
  askJson(`${pathOf(document)}/pages/${page}`)
    .then((result) => (entry.result = result))
    .catch((problem) => (entry.problem = problem))
    .finally(() => update());
  return entry;
}
