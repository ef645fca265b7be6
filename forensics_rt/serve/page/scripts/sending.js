/** Sends a file. XMLHttpRequest, because fetch does not say how much of a body is sent. */
import { Problem, askForToken, authorization, notReached, problemDetails } from "./service.js";

/**
 * Start a job.
 * @param {File} file
 * @param {{damaged?: string}} options
 * @param {string} password Of a locked PDF.
 * @param {(share: number) => void} onSent How much is sent, 0 to 1.
 * @param {AbortSignal} signal
 * @returns {Promise<any>} The job.
 */
export async function sendFile(file, options, password, onSent, signal) {
  for (;;) {
    const answer = await send(file, options, password, onSent, signal);
    if (answer.status === 202) return JSON.parse(answer.responseText);
    if (answer.status === 401) {
      await askForToken();
      continue;
    }
    const details = problemDetails(answer.responseText, answer.status);
    throw new Problem(answer.status, details, Number(answer.getResponseHeader("Retry-After")));
  }
}

/** @returns {Promise<XMLHttpRequest>} */
function send(file, options, password, onSent, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name);
    request.open("POST", `/v1/jobs?${new URLSearchParams(options)}`);
    for (const [name, value] of Object.entries(authorization())) {
      request.setRequestHeader(name, value);
    }
    if (password) request.setRequestHeader("Pdf-Password", password);
    request.upload.onprogress = (event) => event.total && onSent(event.loaded / event.total);
    request.onload = () => resolve(request);
    request.onerror = () => reject(notReached());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
