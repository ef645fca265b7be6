/** Files that are dropped or pasted anywhere on the page. */
import { addFiles } from "./documents.js";
import { state, update } from "./state.js";
import { TEXT } from "./words/texts.js";

/** Listen to the whole window. */
export function takeFiles() {
  // Enter and leave come for every element on the way.
  let inside = 0;
  const drag = (/** @type {number} */ step) => (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    inside = Math.max(0, inside + step);
    if (state.dragging !== inside > 0) update({ dragging: inside > 0 });
  };
  addEventListener("dragenter", drag(1));
  addEventListener("dragleave", drag(-1));
  addEventListener("dragover", drag(0));
  addEventListener("drop", (event) => {
    event.preventDefault();
    inside = 0;
    update({ dragging: false });
    addFiles(event.dataTransfer?.files ?? []);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) event.preventDefault();
    addFiles(files.map(named));
  });
}

/** A pasted picture is always called the same. @param {File} file */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const time = new Date().toLocaleTimeString("en-GB").replaceAll(":", ".");
  const suffix = file.name.slice(file.name.lastIndexOf("."));
  return new File([file], `${TEXT.pasted} ${time}${suffix}`, { type: file.type });
}
