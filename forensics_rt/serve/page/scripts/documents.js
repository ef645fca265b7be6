/** The documents on the page, from the file to its results. */
import { patiently, pause } from "./patience.js";
import { forget, pathOf } from "./results.js";
import { sendFile } from "./sending.js";
import { Problem, askJson } from "./service.js";
import { say, state, update } from "./state.js";
import { TEXT } from "./words/texts.js";
import { inWords } from "./words/verdicts.js";

/**
 * @typedef {"queued" | "sending" | "examining" | "done" | "failed" | "canceled"} Phase
 * @typedef {object} Document
 * @property {number} id
 * @property {File} file
 * @property {Phase} phase
 * @property {number} sent How much of the file is sent, 0 to 1.
 * @property {any} job As the service last told it.
 * @property {{error: string, detail: string} | null} problem
 * @property {string} password
 * @property {boolean} damaged Whether to examine what can be decoded of a damaged file.
 * @property {AbortController} stop
 * @property {Map<number, {result?: any, problem?: Problem}>} results By page.
 */

const AT_A_TIME = 2;
const POLL_MS = 400;
let lastId = 0;

/** Take files, and show the first if nothing else is shown. @param {Iterable<File>} files */
export function addFiles(files) {
  const added = [...files].map(fresh);
  if (!added.length) return;
  state.documents.push(...added);
  if (!state.document) show(added[0]);
  say(TEXT.filesAdded(added.length));
  update();
  startNext();
}

/** @param {File} file @returns {Document} */
function fresh(file) {
  return {
    id: ++lastId,
    file,
    phase: "queued",
    sent: 0,
    job: null,
    problem: null,
    password: "",
    damaged: false,
    stop: new AbortController(),
    results: new Map(),
  };
}

/** Show a page of a document; without a page, the first once it is done.
 * @param {Document | null} document @param {number | null} [page] */
export function show(document, page = null) {
  const first = document?.job?.pages.find((/** @type {any} */ one) => one.state !== "failed");
  const change = { document, page: page ?? (first?.state === "done" ? first.page : null) };
  update({ ...change, part: null, image: null, allRegions: false, downloadProblem: null });
}

/** Examine a document again, after what was changed. @param {Document} document
 * @param {Partial<Document>} change */
export function examineAgain(document, change = {}) {
  forget(document);
  Object.assign(document, fresh(document.file), { id: document.id }, change);
  if (state.document === document) show(document);
  update();
  startNext();
}

/** Cancel it, and keep the file for another try. @param {Document} document */
export function cancel(document) {
  document.stop.abort();
  forget(document);
  document.job = null;
  document.phase = "canceled";
  say(TEXT.canceled(document.file.name));
  if (state.document === document) show(document);
  update();
  startNext();
}

/** Take it off the page and out of the service. @param {Document} document */
export function remove(document) {
  document.stop.abort();
  forget(document);
  const at = state.documents.indexOf(document);
  state.documents.splice(at, 1);
  say(TEXT.removed(document.file.name));
  if (state.document === document)
    show(state.documents[Math.min(at, state.documents.length - 1)] ?? null);
  update();
  startNext();
}

function startNext() {
  const busy = state.documents.filter((one) => ["sending", "examining"].includes(one.phase));
  const next = state.documents.find((one) => one.phase === "queued");
  if (busy.length >= AT_A_TIME || !next) return;
  next.phase = "sending";
  examine(next, next.stop.signal).finally(startNext);
  startNext();
}

/** @param {Document} document @param {AbortSignal} signal */
async function examine(document, signal) {
  try {
    document.job = await started(document, signal);
    document.phase = "examining";
    while (!["done", "failed", "canceled"].includes(document.job.state)) {
      await pause(POLL_MS, signal);
      document.job = await patiently(() => askJson(pathOf(document), { signal }), signal);
      // The first page is shown while others wait.
      if (state.document === document && state.page === null) show(document);
      update();
    }
    document.problem = problemOf(document.job);
    document.phase = document.problem ? "failed" : "done";
    say(inWords(document));
  } catch (error) {
    if (signal.aborted) return;
    document.problem =
      error instanceof Problem ? error : { error: "Unexpected", detail: String(error) };
    document.phase = "failed";
    say(inWords(document));
  }
  update();
}

/** @param {Document} document @param {AbortSignal} signal */
async function started(document, signal) {
  const { file } = document;
  const most = state.version?.max_bytes;
  // The service would close the connection while the file is sent, and a browser does not say why.
  if (most && file.size > most) {
    throw new Problem(413, { error: "BodyTooLarge", detail: TEXT.tooLarge(file.size, most) });
  }
  const options = document.damaged ? { damaged: "examine" } : {};
  const onSent = (/** @type {number} */ sent) => {
    document.sent = sent;
    update();
  };
  return patiently(
    () => sendFile(document.file, options, document.password, onSent, signal),
    signal,
  );
}

/** What is wrong with all of a document. @param {any} job */
function problemOf(job) {
  const failed = job.pages.every((/** @type {any} */ page) => page.state === "failed");
  return job.problem ?? (failed ? job.pages[0]?.problem : null) ?? null;
}
