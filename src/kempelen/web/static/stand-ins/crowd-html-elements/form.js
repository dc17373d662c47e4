// crowd-form: holds the whole task, gathers the answer from all that is in it, and sends it.
//
// When somebody submits: every field is checked; then the page is asked by a `submit` event, and may fill in more or
// prevent it; then the answer is collected and sent. Outside the marketplace it is shown instead.

import { collect, fieldsIn, isNative, written } from "./answers.js";
import { CrowdElement, make } from "./element.js";
import { missingIn } from "./missing.js";
import { own } from "./own.js";
import { translate, translatePlural } from "./translate.js";
import { inCleanRealm } from "../shared/realm.js";

const PREVIEW = translate("This is a preview. You must ACCEPT the HIT before you can submit the results.");

export class CrowdForm extends CrowdElement {
  static properties = { answerFormat: "text" };
  static styles = `
    :host { display: block; }
    #errors-box, #answers-box {
      margin-block-end: 12px; padding: 10px 14px; border-inline-start: 5px solid var(--crowd-red);
      border-radius: var(--crowd-corner); background: var(--crowd-red-wash); color: var(--crowd-ink);
    }
    #errors-box.calm { border-color: var(--crowd-brass); background: var(--crowd-brass-wash); }
    #answers-box {
      border-color: var(--crowd-blue); background: var(--crowd-blue-wash); white-space: pre-wrap;
      overflow-wrap: anywhere; font-family: ui-monospace, monospace;
    }
    #errors-box:empty, #answers-box:empty { display: none; }
  `;

  #form = null;
  #asking = null; // the submit event that the page is being asked by
  #stopped = false; // the page has prevented the last submission, and nobody has clicked since
  #sending = false;

  get form() {
    return this.#form;
  }

  build() {
    this.given = new URLSearchParams(location.search);
    this.errors = make("div", { id: "errors-box", role: "alert", tabindex: -1 });
    this.shadowRoot.append(this.errors, make("div", { id: "answers-box", role: "status" }), make("slot"));
    this.#form = make("form", { method: "post", action: this.#action });
    this.#form.noValidate = true; // we check, and say it in words
    this.#form.submit = () => this.submit();
    own(this.#form, "append")(...this.childNodes);
    this.append(this.#form);
    this.#addButton();
    this.#takeIn();
    this.addEventListener("submit", (event) => this.#caught(event), { capture: true });
    for (const type of ["pointerdown", "keydown"])
      addEventListener(type, () => (this.#stopped = false), { capture: true });
    // Back from a page that could not be reached.
    addEventListener("pageshow", (event) => event.persisted && this.#wait(false));
    addEventListener("answer-refused", () => this.#wait(false)); // the page around says why
    if (this.preview) this.#saySo(PREVIEW, { calm: true, focus: false });
  }

  get preview() {
    return this.given.get("assignmentId") === "ASSIGNMENT_ID_NOT_AVAILABLE";
  }

  get #action() {
    const to = this.given.get("turkSubmitTo");
    const origin = /^https?:\/\//i.test(to ?? "") ? to.replace(/\/+$/, "") : location.origin;
    return `${origin}/mturk/externalSubmit`;
  }

  /** All fields in the order of the page. */
  get fields() {
    return fieldsIn(this, this.#form);
  }

  /**
   * Submit, as a click on the button would; but when the page has just prevented that, it means it: it is not asked
   * again.
   */
  submit() {
    this.begin(null, { ask: !this.#stopped });
  }

  requestSubmit(submitter) {
    this.begin(submitter);
  }

  reset() {
    own(this.#form, "reset")();
  }

  checkValidity() {
    return this.fields.every((field) => (isNative(field) ? field.checkValidity() : !field.fault?.()));
  }

  reportValidity() {
    return this.#check();
  }

  begin(submitter = null, options = {}) {
    inCleanRealm(() => this.#begin(submitter, options));
  }

  #begin(submitter, { ask = true }) {
    if (this.#asking || this.#sending) return;
    if (this.preview) return this.#saySo(PREVIEW, { calm: true });
    const missing = missingIn(this);
    if (missing.length)
      return this.#saySo(
        translate(
          "This cannot be submitted here, because a part of the task is missing: {missing}. Please return the HIT.",
          { missing: missing.join(", ") },
        ),
      );
    if (!this.#check()) return;
    if (ask && !this.#ask(submitter)) return;
    this.#send();
  }

  /** A native submission of our form (a button in it, the Enter key, a script) goes our way instead. */
  #caught(event) {
    if (event === this.#asking) return;
    const { target } = event;
    if (target !== this.#form && !/\/mturk\/externalSubmit([?#]|$)/.test(own(target, "getAttribute")("action") ?? ""))
      return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.begin(event.submitter);
  }

  #ask(submitter) {
    this.#asking = new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter });
    try {
      this.#stopped = !own(this.#form, "dispatchEvent")(this.#asking);
    } finally {
      this.#asking = null;
    }
    return !this.#stopped;
  }

  /** Every field says beside itself what is wrong; the first gets the focus. Whether all is ready. */
  #check() {
    this.errors.replaceChildren();
    const wrong = this.fields.filter((field) => !(isNative(field) ? isReady(field) : (field.check?.() ?? true)));
    if (!wrong.length) return true;
    const count = new Set(wrong.map((field) => (field.type === "radio" ? field.name : field))).size;
    this.#saySo(
      translatePlural("1 question still needs an answer.", "{number} questions still need an answer.", count),
      { focus: false },
    );
    const [first] = wrong;
    for (let around = first; (around = around.parentElement); ) {
      if (around.localName === "crowd-tab") around.parentElement.bringUp?.(around);
      if (["crowd-modal", "crowd-instructions"].includes(around.localName)) around.open?.();
    }
    if (isNative(first)) first.reportValidity();
    else first.focus();
    first.scrollIntoView({ block: "nearest" });
    return false;
  }

  #send() {
    const pairs = written(collect(this.fields), { flat: this.answerFormat.trim().toLowerCase() === "flatten-objects" });
    const assignmentId = this.given.get("assignmentId");
    if (!assignmentId) {
      this.shadowRoot.getElementById("answers-box").textContent = pairs
        .map(([name, text]) => `${name} = ${text}`)
        .join("\n");
      return this.scrollIntoView();
    }
    this.#wait(true);
    const fields = [["assignmentId", assignmentId], ...pairs];
    const letter = make("form", { method: "post", action: this.#action, target: "_self", hidden: true });
    own(letter, "append")(...fields.map(([name, value]) => Object.assign(make("textarea", { name }), { value })));
    document.body.append(letter);
    own(letter, "submit")();
    own(letter, "remove")();
  }

  /** From now on nothing is sent a second time, until the page is shown again. */
  #wait(sending) {
    this.#sending = sending;
    for (const button of this.#buttons) button.loading = sending;
  }

  get #buttons() {
    return [...this.querySelectorAll("crowd-button")].filter(
      (button) => button.getAttribute("form-action") === "submit",
    );
  }

  #addButton() {
    if (!this.#buttons.length) {
      own(
        this.#form,
        "append",
      )(
        make(
          "crowd-button",
          { "form-action": "submit", variant: "primary", "data-testid": "crowd-submit" },
          translate("Submit"),
        ),
      );
    }
    if (this.preview) for (const button of this.#buttons) button.toggleAttribute("disabled", true);
  }

  /** What scripts append to the element later belongs into the form, before the button. */
  #takeIn() {
    const observer = new MutationObserver(() => {
      const strangers = [...this.childNodes].filter((node) => node !== this.#form);
      if (own(this.#form, "parentNode") !== this) this.append(this.#form); // innerHTML has thrown it out
      const last = own(this.#form, "lastElementChild");
      for (const node of strangers)
        last?.dataset.testid === "crowd-submit" ? last.before(node) : own(this.#form, "append")(node);
      observer.takeRecords();
    });
    observer.observe(this, { childList: true });
  }

  #saySo(text, { calm = false, focus = true } = {}) {
    this.errors.className = calm ? "calm" : "";
    this.errors.textContent = text;
    if (focus) this.errors.focus();
    if (focus) this.errors.scrollIntoView({ block: "nearest" });
  }
}

function isReady(control) {
  return !control.willValidate || control.validity.valid;
}
