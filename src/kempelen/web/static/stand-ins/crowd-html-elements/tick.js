// Tick: what check boxes, radio buttons and toggle buttons share. The element itself is the control: it has the role
// and the focus; what stands in it is its label.

import { make, meantForAnother } from "./element.js";
import { CrowdField } from "./field.js";

export const TICK_STYLES = `
  :host {
    display: inline-flex; flex-wrap: wrap; align-items: start; gap: 0 10px; min-block-size: var(--crowd-target);
    padding: 6px 8px 6px 2px; vertical-align: middle; cursor: pointer; text-align: start;
  }
  .sign {
    flex: none; inline-size: 22px; block-size: 22px; margin-block-start: max(0px, (1lh - 22px) / 2);
    border: 2px solid var(--crowd-edge); background: var(--crowd-sheet);
    transition: background var(--crowd-time, 0s), border-color var(--crowd-time, 0s);
  }
  .label { flex: 1; min-inline-size: 0; overflow-wrap: break-word; }
  :host(:empty) .label { display: none; }
  .fault { flex-basis: 100%; }
  :host(:hover) .sign { border-color: var(--crowd-main); }
  :host([aria-checked="true"]) .sign { border-color: var(--crowd-main); }
  :host([aria-disabled="true"]) { cursor: default; }
  :host([aria-disabled="true"]) .sign { border-color: var(--crowd-edge); opacity: .45; }
  :host([aria-disabled="true"]) .label { color: var(--crowd-soft); }
  @media (forced-colors: active) {
    :host([aria-checked="true"]) .sign { background: Highlight; forced-color-adjust: none; }
  }
`;

export class CrowdTick extends CrowdField {
  static properties = { name: "text", checked: "switch", disabled: "switch", required: "switch" };
  static settable = ["value"];
  static role = "checkbox";

  #initially = false;

  get value() {
    return this.getAttribute("value") ?? "on";
  }

  set value(value) {
    this.setAttribute("value", value);
  }

  get submittable() {
    return { [this.value]: this.checked };
  }

  /** A label is text; another control or part of the page begins where the label ends. */
  strangers() {
    const nodes = [...this.childNodes];
    const end = nodes.findIndex((node) => /^crowd-(?!icon$|badge$)/.test(node.localName ?? ""));
    return end < 0 ? [] : nodes.slice(end);
  }

  build() {
    this.shadowRoot.append(
      make("span", { class: "sign", part: "sign" }),
      make("span", { class: "label" }, make("slot")),
      make("p", { class: "fault", role: "alert" }),
    );
    this.#initially = this.checked;
    this.addEventListener("click", (event) => {
      if (!event.defaultPrevented && !meantForAnother(event, this)) this.act();
    });
    this.addEventListener("keydown", (event) => this.key(event));
  }

  refresh() {
    if (!this.hasAttribute("role")) this.setAttribute("role", this.constructor.role);
    this.setAttribute("aria-checked", this.checked);
    this.setAttribute("aria-disabled", this.isDisabled);
    if (this.required) this.setAttribute("aria-required", true);
    if (!this.textContent.trim() && !this.querySelector("img[alt]")) this.nameItself(this.spokenName());
    this.place();
    this.changed();
  }

  /** May the Tab key come here? */
  place() {
    this.tabIndex = this.isDisabled ? -1 : 0;
  }

  /** A person has clicked it or pressed the space bar. */
  act() {
    if (this.isDisabled) return;
    this.checked = !this.checked;
    this.tell("input");
    this.tell("change");
  }

  key(event) {
    if (event.target !== this || event.key !== " ") return;
    event.preventDefault();
    this.act();
  }

  formResetCallback() {
    this.checked = this.#initially;
  }
}
