// crowd-toggle-button: a switch. With `invalid` it shows in red as long as it is off.

import { translate } from "./translate.js";
import { CrowdTick, TICK_STYLES } from "./tick.js";

export class CrowdToggleButton extends CrowdTick {
  static properties = { ...CrowdTick.properties, invalid: "switch" };
  static role = "switch";
  static styles = `${TICK_STYLES}
    .sign {
      inline-size: 44px; block-size: 24px; margin-block-start: max(0px, (1lh - 24px) / 2); padding: 2px;
      border-radius: 12px;
    }
    .sign::after {
      content: ""; display: block; inline-size: 16px; block-size: 16px; border-radius: 50%;
      background: var(--crowd-edge); transition: translate var(--crowd-time, 0s);
    }
    :host([aria-checked="true"]) .sign { background: var(--crowd-main); }
    :host([aria-checked="true"]) .sign::after { translate: 20px; background: var(--crowd-on-main); }
    :host([invalid]:not([invalid="false"], [aria-checked="true"])) .sign {
      border-color: var(--crowd-red); background: var(--crowd-red-wash);
    }
    :host([invalid]:not([invalid="false"], [aria-checked="true"])) .sign::after { background: var(--crowd-red); }
  `;

  fault() {
    return this.required && !this.checked ? translate("Please switch this on to go on.") : "";
  }

  refresh() {
    super.refresh();
    this.setAttribute("aria-invalid", this.invalid && !this.checked);
  }

  key(event) {
    if (event.target === this && event.key === "Enter" && !event.repeat) this.act();
    else super.key(event);
  }
}
