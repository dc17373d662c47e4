// Drafts: what is filled in and not yet submitted outlives a reload. The work page around the task keeps it for this
// assignment (../drafts.js) and gives it back when the task is loaded again; nobody else gets it.
//
// As a browser does that restores a form, it sets what the page has left as it was and tells no listener: a task that
// goes on at a choice must not go on by itself. Only fields with a name count, and never passwords, files or what is
// hidden. (A classic script, not a module: a frame without an origin may load no modules.)

import { clean } from "../shared/realm.js";

const PAUSE = 400;
const FIELDS =
  "input, textarea, select, crowd-input, crowd-text-area, crowd-slider, crowd-checkbox, crowd-toggle-button, " +
  "crowd-radio-button, crowd-classifier, crowd-classifier-multi-select, crowd-image-classifier, " +
  "crowd-image-classifier-multi-select";
const NEVER = ["password", "file", "hidden", "submit", "button", "image", "reset"];
const around = window.parent;
const parents = document.currentScript.dataset.parents.split(" ");
const mine = new URLSearchParams(location.search).get("assignmentId");
const tell = (what) => {
  for (const origin of parents) around.postMessage({ assignmentId: mine, ...what }, origin);
};
let waiting; // to keep what has changed
let asking;

/** Every field that may be kept, by a name that it has again after a reload. */
function fields() {
  const found = new Map();
  for (const field of document.querySelectorAll(FIELDS)) {
    if (!field.name || NEVER.includes(field.type)) continue;
    const tick = isTick(field) ? field.value : "";
    for (let n = 0; ; n++) {
      const key = `${field.localName} ${field.name} ${tick} ${n}`;
      if (found.has(key)) continue;
      found.set(key, field);
      break;
    }
  }
  return found;
}

const isTick = (field) =>
  ["checkbox", "radio"].includes(field.type) || /^crowd-(?:checkbox|toggle|radio)/.test(field.localName);

function state(field) {
  if (isTick(field)) return field.checked;
  return field.type === "select-multiple" ? [...field.options].map((option) => option.selected) : field.value;
}

/** What it says as the page is written. */
function asWritten(field) {
  if (isTick(field)) return field.defaultChecked ?? field.getAttribute("checked") !== null;
  if (/^crowd-(?:input|text-area)$/.test(field.localName)) return field.getAttribute("value") ?? "";
  if (field.localName !== "select") return field.defaultValue ?? state(field);
  const chosen = [...field.options].map((option) => option.defaultSelected);
  return field.multiple ? chosen : (field.options[Math.max(0, chosen.lastIndexOf(true))]?.value ?? "");
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function put(field, kept) {
  if (isTick(field)) field.checked = kept;
  else if (field.type === "select-multiple")
    kept.forEach((on, n) => {
      if (field.options[n]) field.options[n].selected = on;
    });
  else field.value = kept;
}

function keep() {
  waiting = undefined;
  tell({ draft: Object.fromEntries([...fields()].map(([key, field]) => [key, state(field)])) });
}

function restore(draft) {
  for (const [key, field] of fields()) {
    if (!Object.hasOwn(draft, key) || same(draft[key], state(field)) || !same(state(field), asWritten(field))) continue;
    put(field, draft[key]);
  }
  dispatchEvent(new Event("draft-restored"));
}

/** The work page may not listen yet. */
function ask(tries = 20) {
  tell({ asks: "draft" });
  if (tries) asking = setTimeout(clean(ask), 250, tries - 1);
}

function begin() {
  for (const type of ["input", "change"]) {
    addEventListener(
      type,
      () => {
        waiting ??= setTimeout(clean(keep), PAUSE);
      },
      { capture: true },
    );
  }

  addEventListener(
    "message",
    clean((event) => {
      if (event.source !== around || !parents.includes(event.origin) || !event.data?.draft) return;
      clearTimeout(asking);
      restore(event.data.draft);
    }),
  );

  // After the crowd elements have come to life.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => setTimeout(clean(ask)));
  else ask();
}

if (around !== window) begin();
