/** Waiting, and asking again. */
import { Problem } from "./service.js";

const TRIES = 5;

/** Ask again where the service says so, or was not reached.
 * @template T @param {() => Promise<T>} request @param {AbortSignal} signal @returns {Promise<T>} */
export async function patiently(request, signal) {
  for (let tried = 1; ; tried++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Problem) || signal.aborted) throw error;
      const lost = error.status === 0 && tried < TRIES;
      if (!lost && !(error.wait && [429, 503].includes(error.status))) throw error;
      await pause((error.wait || tried) * 1000, signal);
    }
  }
}

/** Wait; an abort rejects. @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
