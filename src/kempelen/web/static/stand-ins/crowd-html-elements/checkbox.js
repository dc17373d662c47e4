// crowd-checkbox: a box to tick.

import { translate } from "./translate.js";
import { CrowdTick, TICK_STYLES } from "./tick.js";

export class CrowdCheckbox extends CrowdTick {
  static styles = `${TICK_STYLES}
    .sign { border-radius: 5px; }
    :host([aria-checked="true"]) .sign { background: var(--crowd-main); }
    .sign::after {
      content: ""; display: block; inline-size: 7px; block-size: 12px; margin: 1px 0 0 5.5px;
      border: solid var(--crowd-on-main); border-width: 0 2.5px 2.5px 0; transform: rotate(42deg); opacity: 0;
    }
    :host([aria-checked="true"]) .sign::after { opacity: 1; }
  `;

  fault() {
    return this.required && !this.checked ? translate("Please tick this box to go on.") : "";
  }
}
