/** What a verdict and a score mean, in words. */
import { TEXT } from "./texts.js";
import { count, percent } from "./numbers.js";

/**
 * @typedef {"forged" | "authentic" | "uncertain" | "not_applicable" | "none"} Verdict
 * @typedef {{title: string, short: string, icon: string, advice: string}} Words
 */

/** @type {Record<Verdict, Words>} */
const WORDS = {
  forged: {
    title: "Probably edited",
    short: "Probably edited",
    icon: "shield-alert",
    advice: "Look at the marked regions, and compare them with the original.",
  },
  uncertain: {
    title: "Uncertain",
    short: "Uncertain",
    icon: "circle-question-mark",
    advice: "The traces are too weak to tell. Decide by looking.",
  },
  authentic: {
    title: "No sign of an edit",
    short: "No sign of an edit",
    icon: "shield-check",
    advice: "Nothing suspicious was found. This does not prove that nothing was changed.",
  },
  not_applicable: {
    title: "Nothing to check",
    short: "Nothing to check",
    icon: "circle-slash",
    advice: "The page shows no image. This says nothing about its text.",
  },
  none: {
    title: "No verdict",
    short: "No verdict",
    icon: "circle-question-mark",
    advice:
      "The score of this bundle is not calibrated, so that it is no probability. Look at the marked regions.",
  },
};
const WORST_FIRST = ["forged", "uncertain", "none", "authentic", "not_applicable"];

/** @param {Verdict | null} verdict */
export function wordsOf(verdict) {
  return WORDS[verdict ?? "none"];
}

/** What follows from a result. @param {any} result */
export function adviceOf(result) {
  if (result.regions.length || ["not_applicable", "authentic"].includes(result.verdict)) {
    return wordsOf(result.verdict).advice;
  }
  return "No single place stands out. Look at the heat map for weaker signs.";
}

/** What the figure says. @param {any} result */
export function scoreMeaning(result) {
  if (!result.calibrated)
    return "Raw score: how strongly the picture speaks for an edit, from 0 to 100 %. It is no probability.";
  const { prevalence, operating_point: point } = result.provenance;
  const share =
    prevalence === null
      ? "if edited pictures are as frequent as where the score was adjusted: one in two, for the bundles of this software"
      : `if ${percent(prevalence)} of all pictures are edited`;
  const limit = point === null ? "" : ` The verdict follows the operating point ${point}.`;
  return `The probability that this picture was edited, ${share}.${limit}`;
}

/** The page that counts most. @param {any} job @returns {any} */
export function worstPage(job) {
  const done = job?.pages.filter((/** @type {any} */ page) => page.state === "done") ?? [];
  const rank = (/** @type {any} */ page) => WORST_FIRST.indexOf(page.verdict ?? "none");
  return done.sort((a, b) => rank(a) - rank(b) || b.score - a.score)[0] ?? null;
}

/** How a document is, in a line. @param {import("../documents.js").Document} document */
export function statusOf(document) {
  const { phase, job, sent } = document;
  if (phase === "queued") return TEXT.queued;
  if (phase === "sending") return TEXT.sending(sent);
  if (phase === "failed")
    return document.problem?.error === "ImageLocked" ? TEXT.lockedTitle : "Not checked";
  if (phase === "canceled") return TEXT.canceledTitle;
  if (phase === "examining") return progressOf(job);
  const worst = worstPage(job);
  if (!worst) return TEXT.failedTitle;
  if (job.pages.length > 1) return pagesInWords(job);
  return `${wordsOf(worst.verdict).short}${worst.verdict === "not_applicable" ? "" : ` · ${percent(worst.score, 0)}`}`;
}

/** @param {any} job */
export function progressOf(job) {
  if (job.pages.length > 1) return TEXT.examiningPages(job.examined, job.pages.length);
  return job.state === "waiting" ? TEXT.waiting : TEXT.examining;
}

/** @param {any} job */
function pagesInWords(job) {
  const of = (/** @type {string} */ verdict) =>
    job.pages.filter((/** @type {any} */ page) => page.verdict === verdict).length;
  const failed = job.pages.filter((/** @type {any} */ page) => page.state === "failed").length;
  const parts = [];
  if (of("forged")) parts.push(`${of("forged")} probably edited`);
  if (of("uncertain")) parts.push(`${of("uncertain")} uncertain`);
  if (failed) parts.push(`${failed} not checked`);
  return `${count(job.pages.length, "page")}${parts.length ? `: ${parts.join(", ")}` : ""}`;
}

/** What is said aloud once a document is done. @param {import("../documents.js").Document} document */
export function inWords(document) {
  if (document.phase === "failed")
    return `${document.file.name}: ${TEXT.failedTitle}. ${document.problem?.detail}`;
  return `${document.file.name}: ${statusOf(document)}.`;
}
