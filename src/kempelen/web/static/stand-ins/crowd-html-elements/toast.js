// crowd-toast: a short message at the edge of the window that goes by itself.

import { CrowdElement, make } from "./element.js";

export class CrowdToast extends CrowdElement {
  static properties = { duration: "number", text: "text", opened: "switch" };
  static styles = `
    :host {
      position: fixed; z-index: 100; inset-block-end: 12px; inset-inline-start: 12px;
      max-inline-size: min(460px, 100% - 24px); padding: 12px 18px; border-radius: var(--crowd-corner);
      background: light-dark(#1e2723, #e9e5d9); color: light-dark(#fff, #1e2723);
      box-shadow: 0 4px 14px rgb(0 0 0 / 30%);
    }
    :host { pointer-events: none; } /* what lies under it can still be clicked */
    ::slotted(*) { pointer-events: auto; }
    :host(:not([opened])), :host([opened="false"]) { display: none; }
  `;

  #timer = 0;

  build() {
    this.shadowRoot.append(make("span"), make("slot"));
    this.setAttribute("role", "status");
  }

  refresh(changed) {
    const text = this.shadowRoot.querySelector("span");
    if (text.textContent !== this.text) text.textContent = this.text;
    if (changed !== undefined && changed !== "opened") return;
    clearTimeout(this.#timer);
    const stays = this.duration ?? 3000; // 0 and less: until it is closed
    if (this.opened && stays > 0 && isFinite(stays)) this.#timer = setTimeout(() => this.close(), stays);
  }

  open() {
    this.opened = true;
  }

  show() {
    this.opened = true;
  }

  close() {
    this.opened = false;
  }

  hide() {
    this.opened = false;
  }
}
