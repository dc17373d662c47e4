// crowd-input: one line of text, or whatever else a native input of its `type` takes.

import { make, setAttribute } from "./element.js";
import { CrowdTextField, TEXT_STYLES } from "./text-field.js";

const PASSED_ON = ["min", "max", "step", "pattern", "inputmode", "autocomplete", "accept", "spellcheck", "multiple"];

export class CrowdInput extends CrowdTextField {
  static properties = { ...CrowdTextField.properties, type: "text" };
  static styles = `${TEXT_STYLES}
    .box[type="color"] { padding: 4px; inline-size: 72px; }
    .box[type="range"] { padding-inline: 0; border: 0; background: none; accent-color: var(--crowd-main); }
    .box[type="date"], .box[type="time"], .box[type="month"], .box[type="week"], .box[type="datetime-local"] {
      max-inline-size: 260px;
    }
  `;

  static get observedAttributes() {
    return [...super.observedAttributes, ...PASSED_ON];
  }

  makeBox() {
    return make("input", { class: "box" });
  }

  refresh(changed) {
    const type = this.type.toLowerCase() || "text";
    if (this.box && this.box.type !== type) {
      const { value } = this;
      this.box.type = ["button", "checkbox", "hidden", "image", "radio", "reset", "submit"].includes(type)
        ? "text"
        : type;
      if (this.box.type !== "file") this.box.value = value;
    }
    if (this.box) for (const name of PASSED_ON) setAttribute(this.box, name, this.getAttribute(name));
    super.refresh(changed);
  }

  get value() {
    if (this.box?.type === "file") return [...this.box.files].map((file) => file.name).join(", ");
    return super.value;
  }

  set value(value) {
    super.value = value;
  }

  get files() {
    return this.box?.files ?? null;
  }
}
