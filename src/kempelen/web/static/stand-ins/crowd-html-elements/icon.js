// iron-icon (and crowd-icon): a picture from the iron-icons set, by name. The set is another script, loaded when the
// first icon is asked for.

import { CrowdElement, make, setAttribute } from "./element.js";

const SCRIPT = document.currentScript?.src;
let arrival = null;

/** The drawings of all icons, by name. */
function icons() {
  arrival ??= new Promise((resolve) => {
    if (!SCRIPT) return resolve({});
    window.crowdIconsArrived = resolve;
    document.head.append(make("script", { src: new URL("crowd-icons.js", SCRIPT) }));
  });
  return arrival;
}

export class IronIcon extends CrowdElement {
  static properties = { icon: "text", src: "text" };
  static styles = `
    :host {
      display: inline-flex; inline-size: 24px; block-size: 24px; flex: none; vertical-align: middle;
      fill: currentColor;
    }
    svg, img { inline-size: 100%; block-size: 100%; }
  `;

  strangers() {
    return [...this.childNodes];
  }

  async refresh() {
    setAttribute(this, "aria-hidden", this.hasAttribute("aria-label") ? null : "true");
    if (this.hasAttribute("aria-label")) this.setAttribute("role", "img");
    if (this.src || /[/.]/.test(this.icon)) {
      return this.shadowRoot.replaceChildren(make("img", { src: this.src || this.icon, alt: "" }));
    }
    const name = this.icon.replace(/^icons:/, "");
    const drawing = name && (await icons())[name];
    if (name !== this.icon.replace(/^icons:/, "")) return; // another was asked for meanwhile
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.innerHTML = drawing || "";
    this.shadowRoot.replaceChildren(svg);
  }
}

export class CrowdIcon extends IronIcon {}
