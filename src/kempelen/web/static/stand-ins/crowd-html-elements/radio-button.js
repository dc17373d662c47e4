// crowd-radio-button: one of several choices. Its companions are those in the same crowd-radio-group, or without a
// group those of the same name.

import { translate } from "./translate.js";
import { CrowdTick, TICK_STYLES } from "./tick.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class CrowdRadioButton extends CrowdTick {
  static role = "radio";
  static styles = `${TICK_STYLES}
    .sign { border-radius: 50%; display: grid; place-items: center; }
    .sign::after {
      content: ""; inline-size: 10px; block-size: 10px; border-radius: 50%; background: var(--crowd-main);
      opacity: 0;
    }
    :host([aria-checked="true"]) .sign::after { opacity: 1; }
    @media (forced-colors: active) { .sign::after { background: HighlightText; } }
  `;

  get companions() {
    const group = this.closest("crowd-radio-group");
    if (group) return [...group.querySelectorAll("crowd-radio-button")];
    const all = [...this.getRootNode().querySelectorAll("crowd-radio-button")];
    return all.filter(
      (each) => each === this || (this.name && each.name === this.name && !each.closest("crowd-radio-group")),
    );
  }

  fault() {
    if (!this.required || this.companions.some((each) => each.checked)) return "";
    return translate("Please choose one of these.");
  }

  refresh(changed) {
    super.refresh(changed);
    if (changed === "checked" && this.checked) {
      for (const each of this.companions) if (each !== this && each.checked) each.checked = false;
    }
    if (changed === "checked") for (const each of this.companions) each.changed?.();
  }

  /**
   * Only one of the companions is on the Tab key's way: the chosen one, or else the first; arrows lead to the others.
   */
  place() {
    const open = this.companions.filter((each) => !each.isDisabled);
    const entry = open.find((each) => each.checked) ?? open[0];
    for (const each of this.companions) each.tabIndex = each === entry ? 0 : -1;
  }

  act() {
    if (this.isDisabled || this.checked) return;
    this.checked = true;
    this.tell("input");
    this.tell("change");
  }

  key(event) {
    const step = STEPS[event.key];
    if (event.target !== this || !step || event.ctrlKey || event.metaKey || event.altKey) return super.key(event);
    event.preventDefault();
    const open = this.companions.filter((each) => !each.isDisabled);
    const next = open.at((open.indexOf(this) + step) % open.length);
    next.focus();
    next.act();
  }
}
