// crowd-text-area: several lines of text, in a box that grows with them.

import { make, setAttribute } from "./element.js";
import { translate, translatePlural } from "./translate.js";
import { CrowdTextField, TEXT_STYLES } from "./text-field.js";

export class CrowdTextArea extends CrowdTextField {
  static properties = { ...CrowdTextField.properties, rows: "number", maxRows: "number", charCounter: "switch" };
  static styles = `${TEXT_STYLES}
    .box {
      field-sizing: content; resize: vertical; min-block-size: calc(var(--rows) * 1lh + 20px);
      max-block-size: var(--max-block-size, none);
    }
    .counter { margin: 2px 0 0; font-size: .875em; text-align: end; }
  `;

  makeBox() {
    return make("textarea", { class: "box" });
  }

  below() {
    return [make("p", { class: "counter", hidden: true })];
  }

  refresh(changed) {
    if (this.box) {
      const rows = Math.max(1, this.rows ?? 2);
      setAttribute(this.box, "rows", rows);
      this.box.style.setProperty("--rows", rows);
      const most = this.maxRows ? `calc(${Math.max(rows, this.maxRows)}lh + 20px)` : "none";
      this.box.style.setProperty("--max-block-size", most);
    }
    super.refresh(changed);
  }

  typed() {
    const counter = this.shadowRoot.querySelector(".counter");
    counter.hidden = !this.charCounter;
    const count = this.value.length;
    counter.textContent = this.maxLength
      ? translate("{count} of {most} characters", { count, most: this.maxLength })
      : translatePlural("{number} character", "{number} characters", count);
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.blockSize = "auto";
    if (this.box.scrollHeight) this.box.style.blockSize = `${this.box.scrollHeight + 2}px`;
  }
}
