/** Files that the person keeps. */
import { ask } from "./service.js";
import { update } from "./state.js";

const OPEN_MS = 60_000;

/** Fetch a file of the service and hand it to the browser.
 * @param {string} path @param {string} name @param {string} [accept] */
export async function download(path, name, accept = "*/*") {
  update({ downloadProblem: null });
  try {
    const answer = await ask(path, { headers: { Accept: accept } });
    const address = URL.createObjectURL(await answer.blob());
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), OPEN_MS);
  } catch (error) {
    update({ downloadProblem: /** @type {Error} */ (error).message });
  }
}
