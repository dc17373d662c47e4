// Text field: what crowd-input and crowd-text-area share. A native control in the shadow root does the work; its label
// stands above it, its fault below.

import { make, setAttribute } from "./element.js";
import { CrowdField } from "./field.js";
import { translate } from "./translate.js";

export const TEXT_STYLES = `
  :host { display: block; max-inline-size: 100%; margin-block: 0 12px; text-align: start; }
  label { display: block; margin-block-end: 4px; font-weight: 600; }
  label:empty { display: none; }
  .required { color: var(--crowd-red); }
  .box {
    display: block; inline-size: 100%; min-block-size: 44px; padding: 9px 12px; border: 1px solid var(--crowd-edge);
    border-radius: var(--crowd-corner); background: var(--crowd-sheet); color: var(--crowd-ink);
  }
  .box::placeholder { color: var(--crowd-soft); opacity: 1; }
  .box:hover { border-color: var(--crowd-main); }
  .box:focus-visible { outline-offset: 0; border-radius: var(--crowd-corner); }
  .box:disabled {
    background: var(--crowd-sunken); color: var(--crowd-soft); border-color: var(--crowd-line); cursor: default;
  }
  .box[aria-invalid="true"] { border: 2px solid var(--crowd-red); padding: 8px 11px; }
`;

export class CrowdTextField extends CrowdField {
  static properties = {
    name: "text",
    label: "text",
    placeholder: "text",
    disabled: "switch",
    required: "switch",
    readonly: "switch",
    maxLength: "number",
    minLength: "number",
    allowedPattern: "text",
    autoValidate: "switch",
    errorMessage: "text",
    autoFocus: "switch",
    value: "text",
  };
  static delegatesFocus = true;

  strangers() {
    return [...this.childNodes];
  }

  build() {
    this.box = this.makeBox();
    this.box.id = "box";
    this.shadowRoot.append(
      make("label", { for: "box" }),
      this.box,
      ...this.below(),
      make("p", { class: "fault", id: "fault", role: "alert" }),
    );
    this.#putIn(this.getAttribute("value"));
    this.box.addEventListener("beforeinput", (event) => this.#filter(event));
    this.box.addEventListener("input", () => {
      this.typed();
      this.changed();
    });
    this.box.addEventListener("change", () => {
      if (this.autoValidate) this.check();
      this.tell("change"); // a native one stays in the shadow root
    });
    if (this.autoFocus) this.box.focus();
  }

  /** The native control. */
  makeBox() {
    throw new Error("a text field has a box");
  }

  below() {
    return [];
  }

  /** A person has typed. */
  typed() {}

  refresh(changed) {
    if (!this.box) return;
    if (changed === "value") this.#putIn(this.getAttribute("value"));
    const label = this.shadowRoot.querySelector("label");
    label.replaceChildren(
      this.label,
      ...(this.label && this.required ? [make("span", { class: "required", "aria-hidden": true }, " *")] : []),
    );
    setAttribute(this.box, "aria-label", this.label ? null : this.spokenName());
    setAttribute(this.box, "placeholder", this.placeholder || null);
    setAttribute(this.box, "maxlength", this.maxLength);
    setAttribute(this.box, "aria-required", this.required ? "true" : null);
    this.box.disabled = this.isDisabled;
    this.box.readOnly = this.readonly;
    this.typed();
  }

  get value() {
    return this.box ? this.box.value : (this.getAttribute("value") ?? "");
  }

  set value(value) {
    if (!this.box) {
      this.writeProperty("value", "text", value);
      return;
    }
    this.#putIn(value);
    this.typed();
    this.changed();
  }

  /** Left out when empty. */
  get submittable() {
    return this.value === "" ? undefined : this.value;
  }

  fault() {
    const { value } = this;
    if (this.required && !value.trim() && !this.box.validity.badInput)
      return this.errorMessage || translate("Please fill this in.");
    const short = this.minLength ?? 0;
    if (value && value.length < short) {
      return (
        this.errorMessage ||
        translate("Please write at least {least} characters. There are {count} now.", {
          least: short,
          count: value.length,
        })
      );
    }
    return this.box.validity.valid ? "" : this.errorMessage || this.box.validationMessage;
  }

  showFault(text) {
    super.showFault(text);
    setAttribute(this.box, "aria-invalid", text ? "true" : null);
    setAttribute(this.box, "aria-describedby", text ? "fault" : null);
  }

  formResetCallback() {
    this.#putIn(this.getAttribute("value"));
    this.showFault("");
    this.typed();
  }

  #putIn(value) {
    const limit = this.maxLength ?? Infinity;
    const text = String(value ?? "").slice(0, limit);
    if (this.box.type !== "file") this.box.value = text;
    else if (!text) this.box.value = "";
  }

  /** With an allowed pattern, characters that it does not allow are not taken, typed or pasted. */
  #filter(event) {
    const said = event.data ?? event.dataTransfer?.getData("text/plain");
    if (!this.allowedPattern || !this.autoValidate || !said || !event.inputType.startsWith("insert")) return;
    let pattern;
    try {
      pattern = new RegExp(`^(?:${this.allowedPattern})$`, "u");
    } catch {
      return; // a pattern that is none cannot be asked for
    }
    const taken = [...said].filter((letter) => pattern.test(letter)).join("");
    if (taken === said) return;
    event.preventDefault();
    if (taken) this.box.setRangeText(taken, this.box.selectionStart, this.box.selectionEnd, "end");
    this.showFault(this.errorMessage || translate("Some characters are not allowed here and were left out."));
    if (taken) this.box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
  }
}
