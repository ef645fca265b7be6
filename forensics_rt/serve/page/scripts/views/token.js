/** Asks for the token of the service. */
import { html } from "../../third_party/lit-html/lit-html.js";
import { update } from "../state.js";
import { TEXT } from "../words/texts.js";

/** @param {(token: string) => void} giveToken */
export function tokenDialog(giveToken) {
  const onSubmit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    giveToken(String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("token")));
  };
  return html`<dialog aria-labelledby="token-title" @close=${() => update()}>
    <article>
      <h2 id="token-title">${TEXT.tokenTitle}</h2>
      <p>${TEXT.tokenDetail}</p>
      <form @submit=${onSubmit}>
        <label>${TEXT.token}<input type="password" name="token" required autofocus autocomplete="off" /></label>
        <button type="submit">${TEXT.useToken}</button>
      </form>
    </article>
  </dialog>`;
}
