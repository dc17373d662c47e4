// crowd-radio-group: holds crowd-radio-buttons, at any depth, of which at most one is on.

import { CrowdElement, make } from "./element.js";

export class CrowdRadioGroup extends CrowdElement {
  static styles = ":host { display: block; }";

  build() {
    this.shadowRoot.append(make("slot"));
    if (!this.hasAttribute("role")) this.setAttribute("role", "radiogroup");
    new MutationObserver(() => this.#settle()).observe(this, { childList: true, subtree: true });
    this.#settle();
  }

  /** The button chosen, or null. */
  get selected() {
    return this.#buttons.find((each) => each.checked) ?? null;
  }

  get #buttons() {
    return [...this.querySelectorAll("crowd-radio-button")].filter((each) => "checked" in each);
  }

  /** Of several that the page has switched on, the last stays, as with native ones. */
  #settle() {
    const on = this.#buttons.filter((each) => each.checked);
    for (const each of on.slice(0, -1)) each.checked = false;
    this.#buttons[0]?.place?.();
  }
}
