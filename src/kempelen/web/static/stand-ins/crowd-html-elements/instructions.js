// crowd-instructions: a link or button that opens a dialog with a summary, details, and examples good and bad.

import { DIALOG_STYLES, makeDialog, openDialog } from "./dialog.js";
import { make } from "./element.js";
import { CrowdModal } from "./modal.js";
import { sortIntoSlots } from "./regions.js";
import { translate } from "./translate.js";
import { TAB_STYLES, tabList } from "./tabs.js";

const SHEETS = [
  { header: translate("Summary"), regions: ["short-summary"] },
  { header: translate("Detailed Instructions"), regions: ["detailed-instructions"] },
  { header: translate("Examples"), regions: ["positive-example", "negative-example"] },
];

export const INSTRUCTION_REGIONS = SHEETS.flatMap((sheet) => sheet.regions);

export class CrowdInstructions extends CrowdModal {
  static unnamed = translate("Click for instructions");
  static styles = `
    :host { display: inline-block; }
    ${DIALOG_STYLES} ${TAB_STYLES}
    .examples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr)); gap: 16px; }
    .examples h3 { margin: 0 0 8px; font-size: 1em; }
    .good { border-block-start: 4px solid var(--crowd-main); padding-block-start: 8px; }
    .bad { border-block-start: 4px solid var(--crowd-red); padding-block-start: 8px; }
    ::slotted(:is(positive-example, negative-example)) { display: block; margin-block-end: 12px; }
  `;

  #shown = 0;

  makeDialog() {
    this.list = tabList(translate("Instructions"), (index) => {
      this.#shown = index;
      this.#settle();
    });
    const slot = (name) => make("slot", { name });
    this.sheets = [
      make("div", { role: "tabpanel", "aria-label": SHEETS[0].header, tabindex: 0 }, slot("short-summary")),
      make("div", { role: "tabpanel", "aria-label": SHEETS[1].header, tabindex: 0 }, slot("detailed-instructions")),
      make(
        "div",
        { class: "examples", role: "tabpanel", "aria-label": SHEETS[2].header, tabindex: 0 },
        make("section", { class: "good" }, make("h3", {}, `✓ ${translate("Good examples")}`), slot("positive-example")),
        make("section", { class: "bad" }, make("h3", {}, `✕ ${translate("Bad examples")}`), slot("negative-example")),
      ),
    ];
    sortIntoSlots(this);
    return makeDialog(this.list, ...this.sheets, make("slot"));
  }

  open() {
    this.#settle();
    openDialog(this.dialog, translate("Instructions"));
  }

  /** Tabs only for the sheets that the page has filled. */
  #settle() {
    const has = (region) => this.querySelector(`:scope > ${region}`) !== null;
    const filled = SHEETS.map((sheet, index) => ({ ...sheet, panel: this.sheets[index] })).filter(({ regions }) =>
      regions.some(has),
    );
    this.#shown = Math.min(this.#shown, Math.max(0, filled.length - 1));
    this.list.fill(
      filled.map(({ header }) => header),
      this.#shown,
    );
    this.list.hidden = filled.length < 2;
    for (const sheet of this.sheets) sheet.hidden = sheet !== filled[this.#shown]?.panel;
    this.shadowRoot.querySelector(".good").hidden = !has("positive-example");
    this.shadowRoot.querySelector(".bad").hidden = !has("negative-example");
  }
}
