// crowd-card: a sheet with a heading and a picture, on which content lies.

import { CrowdElement, make } from "./element.js";

export class CrowdCard extends CrowdElement {
  static properties = { heading: "text", image: "text", elevation: "text" };
  static styles = `
    :host {
      display: inline-block; max-inline-size: 100%; overflow: hidden; border: 1px solid var(--crowd-line);
      border-radius: var(--crowd-corner); background: var(--crowd-sheet); color: var(--crowd-ink); text-align: start;
      vertical-align: top;
    }
    :host { box-shadow: 0 1px 3px rgb(0 0 0 / 12%); }
    :host(:is([elevation="2"], [elevation="3"])) { box-shadow: 0 3px 8px rgb(0 0 0 / 16%); }
    :host(:is([elevation="4"], [elevation="5"])) { box-shadow: 0 6px 18px rgb(0 0 0 / 20%); }
    :host([elevation="0"]) { box-shadow: none; }
    img { display: block; inline-size: 100%; }
    .heading { margin: 0; padding: 16px 16px 0; font-size: 1.25em; font-weight: 600; line-height: 1.25; }
    ::slotted(.card-content) { padding: 16px; }
    ::slotted(.card-actions) { padding: 8px 16px; border-block-start: 1px solid var(--crowd-line); }
  `;

  build() {
    this.shadowRoot.append(make("img", { alt: "", hidden: true }), make("h2", { class: "heading" }), make("slot"));
  }

  refresh() {
    const [image, heading] = this.shadowRoot.children;
    image.hidden = !this.image;
    if (this.image && image.getAttribute("src") !== this.image) image.src = this.image;
    heading.hidden = !this.heading;
    heading.textContent = this.heading;
  }
}
