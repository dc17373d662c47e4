// crowd-badge: a small mark at the corner of the element that it is for, or of the one that it stands in.

import { CrowdElement, make } from "./element.js";

export class CrowdBadge extends CrowdElement {
  static properties = { for: "text", icon: "text", label: "text" };
  static styles = `
    :host {
      position: absolute; z-index: 1; display: grid; place-items: center; min-inline-size: 22px; block-size: 22px;
      padding: 0 6px; border-radius: 11px; background: var(--crowd-red); color: light-dark(#fff, #1a100e);
      font-size: 13px; font-weight: 700; line-height: 1; white-space: nowrap; pointer-events: none;
    }
    iron-icon { inline-size: 14px; block-size: 14px; }
  `;

  #watch = new ResizeObserver(() => this.#settle());

  strangers() {
    return [...this.childNodes];
  }

  refresh() {
    this.shadowRoot.replaceChildren(
      this.icon ? make("iron-icon", { icon: this.icon }) : [...this.label].slice(0, 3).join(""),
    );
    this.#watch.disconnect();
    const target = this.#target;
    if (target) for (const element of [target, this.offsetParent ?? document.body]) this.#watch.observe(element);
    this.#settle();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  get #target() {
    const named = this.for && this.getRootNode().getElementById?.(this.for);
    return named || this.parentElement;
  }

  /** With its middle on the upper corner at the end of the target. */
  #settle() {
    const target = this.#target?.getBoundingClientRect();
    if (!target) return;
    const base = (this.offsetParent ?? document.body).getBoundingClientRect();
    const parent = this.offsetParent ?? document.body;
    const corner = this.matches(":dir(rtl)") ? target.left : target.right;
    const left = corner - base.left - parent.clientLeft + parent.scrollLeft - this.offsetWidth / 2;
    this.style.left = `${Math.max(0, left)}px`;
    this.style.top = `${target.top - base.top - parent.clientTop + parent.scrollTop - this.offsetHeight / 2}px`;
  }
}
