// Dialog: a window over the page for instructions and the like. It closes by its button, by Escape, and by a click
// beside it.

import { make } from "./element.js";
import { translate } from "./translate.js";

export const DIALOG_STYLES = `
  dialog {
    inline-size: min(46rem, calc(100% - 24px)); max-inline-size: 736px; max-block-size: calc(100% - 24px);
    margin-block-start: max(12px, 6vh); padding: 0; border: 0; border-radius: 12px; background: var(--crowd-sheet);
    color: var(--crowd-ink); text-align: start; box-shadow: 0 12px 48px rgb(0 0 0 / 35%);
  }
  dialog:focus-visible { outline: none; }
  dialog::backdrop { background: rgb(10 14 12 / 55%); }
  .bar {
    position: sticky; inset-block-start: 0; display: flex; gap: 12px; align-items: center;
    justify-content: space-between; padding: 10px 10px 10px 20px; border-block-end: 1px solid var(--crowd-line);
    background: var(--crowd-sheet);
  }
  .bar h2 { margin: 0; font-size: 1.2em; line-height: 1.25; }
  .bar button {
    flex: none; min-inline-size: 44px; min-block-size: 44px; border: 0; border-radius: var(--crowd-corner);
    background: none; cursor: pointer; font-size: 18px;
  }
  .bar button:hover { background: var(--crowd-wash); }
  .content { padding: 16px 20px 20px; overflow-wrap: break-word; }
`;

/** A dialog with a heading, closed; `openDialog` shows it. */
export function makeDialog(...content) {
  const close = make("button", { type: "button", "aria-label": translate("Close") }, "✕");
  const dialog = make(
    "dialog",
    { "aria-labelledby": "dialog-heading" },
    make("div", { class: "bar" }, make("h2", { id: "dialog-heading" }), close),
    make("div", { class: "content" }, ...content),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    const box = dialog.getBoundingClientRect();
    const beside =
      event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (event.composedPath()[0] === dialog && beside) dialog.close();
  });
  return dialog;
}

export function openDialog(dialog, title) {
  dialog.querySelector("h2").textContent = title;
  if (!dialog.open) dialog.showModal();
}
