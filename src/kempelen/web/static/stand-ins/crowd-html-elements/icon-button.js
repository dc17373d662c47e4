// crowd-icon-button: a button that is an icon.

import { CrowdElement, make, setAttribute } from "./element.js";
import { translate } from "./translate.js";

export class CrowdIconButton extends CrowdElement {
  static properties = { icon: "text", src: "text", disabled: "switch" };
  static delegatesFocus = true;
  static styles = `
    :host { display: inline-block; vertical-align: middle; }
    button {
      display: grid; place-items: center; min-inline-size: max(40px, var(--crowd-target));
      min-block-size: max(40px, var(--crowd-target)); padding: 6px; border: 0; border-radius: 50%; background: none;
      cursor: pointer;
    }
    button:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
    button:focus-visible { border-radius: 50%; }
    button:disabled { opacity: .5; background: none; cursor: default; }
  `;

  strangers() {
    return [...this.childNodes];
  }

  build() {
    this.shadowRoot.append(make("button", { type: "button" }, make("iron-icon")));
    guardClicks(this);
  }

  refresh() {
    const [button, icon] = this.shadowRoot.querySelectorAll("button, iron-icon");
    button.disabled = this.disabled;
    setAttribute(
      button,
      "aria-label",
      this.getAttribute("aria-label") || this.title || this.icon || translate("Button"),
    );
    setAttribute(icon, "icon", this.icon || null);
    setAttribute(icon, "src", this.src || null);
  }
}

/** A disabled element takes no clicks, a script's neither. */
export function guardClicks(element) {
  const guard = (event) => element.disabled && event.stopImmediatePropagation();
  element.addEventListener("click", guard, { capture: true });
}
