// crowd-alert: a message in a coloured box, which may be put away.

import { CrowdElement, make } from "./element.js";
import { translate } from "./translate.js";

const SIGNS = { info: "i", success: "✓", warning: "!", error: "✕" };
const SPOKEN = {
  info: translate("Note:"),
  success: translate("Success:"),
  warning: translate("Warning:"),
  error: translate("Error:"),
};

export class CrowdAlert extends CrowdElement {
  static properties = { type: "text", dismissible: "switch" };
  static styles = `
    :host { display: block; margin-block: 0 12px; }
    .box {
      display: flex; gap: 12px; align-items: start; padding: 10px 12px; border: 1px solid var(--tone);
      border-inline-start-width: 5px; border-radius: var(--crowd-corner); background: var(--wash);
      color: var(--crowd-ink); text-align: start;
    }
    .sign {
      flex: none; display: grid; place-items: center; inline-size: 22px; block-size: 22px; border-radius: 50%;
      background: var(--tone); color: var(--wash); font-size: 14px; font-weight: 700;
    }
    .text { flex: 1; min-inline-size: 0; overflow-wrap: break-word; }
    .info { --tone: var(--crowd-blue); --wash: var(--crowd-blue-wash); }
    .success { --tone: var(--crowd-main); --wash: var(--crowd-wash); }
    .warning { --tone: var(--crowd-brass); --wash: var(--crowd-brass-wash); }
    .error { --tone: var(--crowd-red); --wash: var(--crowd-red-wash); }
    button {
      flex: none; min-inline-size: var(--crowd-target); min-block-size: var(--crowd-target); margin: -7px -8px;
      border: 0; background: none; cursor: pointer; font-size: 18px;
    }
  `;

  build() {
    const close = make("button", { type: "button", "aria-label": translate("Dismiss this message") }, "✕");
    close.addEventListener("click", () => {
      this.hidden = true;
      this.tell("dismiss");
    });
    this.shadowRoot.append(
      make(
        "div",
        { class: "box" },
        make("span", { class: "sign", "aria-hidden": "true" }),
        make("div", { class: "text" }, make("span", { class: "unseen" }), make("slot")),
        close,
      ),
    );
  }

  refresh() {
    const type = Object.hasOwn(SIGNS, this.type) ? this.type : "info";
    this.shadowRoot.querySelector(".box").className = `box ${type}`;
    this.shadowRoot.querySelector(".sign").textContent = SIGNS[type];
    this.shadowRoot.querySelector(".unseen").textContent = SPOKEN[type];
    this.shadowRoot.querySelector("button").hidden = !this.dismissible;
    if (!this.hasAttribute("role"))
      this.setAttribute("role", type === "error" || type === "warning" ? "alert" : "status");
  }
}
