// crowd-fab: a round button that floats, with an icon or a letter.

import { CrowdElement, make, setAttribute } from "./element.js";
import { guardClicks } from "./icon-button.js";
import { translate } from "./translate.js";

export class CrowdFab extends CrowdElement {
  static properties = { icon: "text", label: "text", disabled: "switch" };
  static delegatesFocus = true;
  static styles = `
    :host { display: inline-block; vertical-align: middle; }
    button {
      display: grid; place-items: center; inline-size: 56px; block-size: 56px; border: 0; border-radius: 50%;
      background: var(--crowd-main); color: var(--crowd-on-main); font-size: 1.25em; font-weight: 600;
      cursor: pointer; box-shadow: 0 2px 6px rgb(0 0 0 / 30%);
    }
    button:hover { background: color-mix(in srgb, var(--crowd-main), var(--crowd-ink) 18%); }
    button:focus-visible { border-radius: 50%; }
    button:disabled { background: var(--crowd-sunken); color: var(--crowd-soft); box-shadow: none; cursor: default; }
  `;

  strangers() {
    return [...this.childNodes];
  }

  build() {
    this.shadowRoot.append(make("button", { type: "button" }));
    guardClicks(this);
  }

  refresh() {
    const button = this.shadowRoot.querySelector("button");
    button.disabled = this.disabled;
    setAttribute(button, "title", this.title || null);
    setAttribute(
      button,
      "aria-label",
      this.getAttribute("aria-label") || this.title || this.label || this.icon || translate("Button"),
    );
    button.replaceChildren(this.icon ? make("iron-icon", { icon: this.icon }) : [...this.label].slice(0, 1).join(""));
  }
}
