/** Starts the page. */
import { render } from "../third_party/lit-html/lit-html.js";
import "./elements/region_crop.js";
import "./elements/service_image.js";
import "./elements/zoom_area.js";
import { forget } from "./results.js";
import { meet } from "./service.js";
import { drawWith, state, update } from "./state.js";
import { takeFiles } from "./taking_files.js";
import { page } from "./views/page.js";

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
app.replaceChildren();
drawWith(() => {
  render(page(), app);
  // Nothing else can be done before it is answered; Escape closes it, and the next draw opens it.
  /** @type {HTMLDialogElement | null} */ (
    document.querySelector("dialog:not([open])")
  )?.showModal();
});
takeFiles();
update();
meet();
// Who closes the page leaves nothing behind.
addEventListener("pagehide", (event) => {
  if (!event.persisted) state.documents.forEach(forget);
});
