// Field: an element that holds a part of the answer. crowd-form asks each for its fault and then for its part.

import { CrowdElement } from "./element.js";

export class CrowdField extends CrowdElement {
  static formAssociated = true; // so that <label for="…">, fieldset and reset know it

  internals = this.attachInternals();
  #complains = false;

  /** The part of the answer, or undefined when there is none. */
  get submittable() {
    return undefined;
  }

  get _submittableValue() {
    return this.submittable;
  }

  /** What keeps the answer from being ready, in words; empty when nothing does. */
  fault() {
    return "";
  }

  get form() {
    return this.internals.form;
  }

  /** Say beside the field what is wrong; whether it is ready. */
  check() {
    const fault = this.isDisabled ? "" : this.fault();
    this.#complains = Boolean(fault);
    this.showFault(fault);
    return !fault;
  }

  /** After a change: a complaint that has been made is kept up to date. */
  changed() {
    if (this.#complains) this.check();
  }

  showFault(text) {
    const place = this.shadowRoot.querySelector(".fault");
    if (place.textContent !== text) place.textContent = text;
  }

  get isDisabled() {
    return this.disabled || this.matches(":disabled");
  }

  /** What a screen reader calls it when nothing in it says so. */
  spokenName() {
    const labels = [...(this.internals.labels ?? [])].map((label) => label.textContent.trim()).filter(Boolean);
    return (
      this.getAttribute("aria-label") || this.label || labels.join(", ") || this.placeholder || this.title || this.name
    );
  }

  /** An element that is the control itself bears its name as an attribute, unless the page has named it. */
  nameItself(name) {
    if (name && !this.hasAttribute("aria-label") && !this.hasAttribute("aria-labelledby"))
      this.setAttribute("aria-label", name);
  }

  formDisabledCallback() {
    if (this.isConnected) this.refresh();
  }
}
