/** Requests to the service, and its errors. */
import { TEXT } from "./words/texts.js";
import { update } from "./state.js";

/** An error of the service: problem details (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{error: string, detail: string, title?: string}} details
   * @param {number} [wait] Seconds after which to ask again. */
  constructor(status, details, wait = 0) {
    super(details.detail);
    this.status = status;
    this.error = details.error;
    this.detail = details.detail;
    this.wait = wait;
  }
}

const REPORT = "/v1/jobs/{job_id}/report";
// Not kept anywhere: whoever opens the page again gives it again.
let token = "";
/** @type {Promise<void> | null} */
let asking = null;

/** @returns {Record<string, string>} */
export function authorization() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Have the person give the token; all requests that miss it wait for the same answer. */
export function askForToken() {
  asking ??= new Promise((resolve) => {
    const giveToken = (/** @type {string} */ given) => {
      token = given;
      asking = null;
      update({ giveToken: null });
      resolve();
    };
    update({ giveToken });
  });
  return asking;
}

/**
 * Ask the service. 401 asks the person for the token, and then the service again.
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function ask(path, init = {}) {
  for (;;) {
    const used = token;
    const headers = { ...authorization(), ...init.headers };
    const answer = await fetch(path, { ...init, headers }).catch((error) => {
      throw error.name === "AbortError" ? error : notReached();
    });
    if (answer.ok) return answer;
    if (answer.status !== 401) throw await problemIn(answer);
    if (used === token) await askForToken();
  }
}

/** @param {string} path @param {RequestInit} [init] */
export async function askJson(path, init) {
  return (await ask(path, init)).json();
}

/** Learn what computes the results, and whether the service makes reports. Without an answer the page
 * works too: it only does not say so. */
export function meet() {
  askJson("/version").then(
    (version) => update({ version }),
    () => {},
  );
  askJson("/openapi.json").then(
    (api) => update({ reports: Boolean(api.paths[REPORT]?.get) }),
    () => {},
  );
}

export function notReached() {
  return new Problem(0, { error: "NotReached", detail: TEXT.notReached });
}

/** @param {Response} answer */
async function problemIn(answer) {
  const wait = Number(answer.headers.get("Retry-After"));
  return new Problem(answer.status, problemDetails(await answer.text(), answer.status), wait);
}

/** @param {string} body @param {number} status */
export function problemDetails(body, status) {
  try {
    const details = JSON.parse(body);
    if (details.detail && details.error) return details;
  } catch {
    // Something between the browser and the service answered.
  }
  return { error: "Unexpected", detail: TEXT.unexpected(status) };
}
