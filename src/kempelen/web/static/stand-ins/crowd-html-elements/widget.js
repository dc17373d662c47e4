// Widget: the frame that the classifiers share. A heading with buttons for instructions and shortcuts; a pane with
// short instructions; the thing to be judged; and the categories, each with a number that is its key. Some parts have
// the class names of the original's too (annotation-area, category-picker-wrapper, awsui-…), because pages look for
// them.

import { DIALOG_STYLES, makeDialog, openDialog } from "./dialog.js";
import { CrowdElement, make } from "./element.js";
import { CrowdField } from "./field.js";
import { hasContent, sortIntoSlots } from "./regions.js";
import { translate } from "./translate.js";

const KEYS = "1234567890";
export const WIDGET_REGIONS = ["short-instructions", "full-instructions", "classification-target", "worker-comment"];
const SHORTCUTS_OFF = "crowd-shortcuts-off";

export class CrowdWidget extends CrowdField {
  static properties = { name: "text", header: "text", categories: "json", disabled: "switch" };
  static settable = ["value"];
  static role = "radio"; // of a category
  static styles = `
    :host {
      display: block; container-type: inline-size; margin-block-end: 16px; text-align: start;
      color: var(--crowd-ink);
    }
    .widget {
      border: 1px solid var(--crowd-line); border-radius: 12px; background: var(--crowd-sheet); overflow: clip;
    }
    .top {
      display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; padding: 8px 8px 8px 16px;
      border-block-end: 1px solid var(--crowd-line);
    }
    .top h2 { flex: 1 1 12em; margin: 4px 0; font-size: 1.15em; line-height: 1.3; }
    .tools { display: flex; gap: 4px; }
    .tools button, .comment > button {
      min-block-size: max(40px, var(--crowd-target)); padding: 4px 12px; border: 1px solid transparent;
      border-radius: var(--crowd-corner); background: none; color: var(--crowd-link); font-weight: 600;
      text-decoration: underline; text-underline-offset: .18em; cursor: pointer;
    }
    .tools button:hover, .comment > button:hover { background: var(--crowd-wash); }
    .body { display: grid; }
    .body > * { padding: 16px; min-inline-size: 0; }
    .short { background: var(--crowd-sunken); border-block-end: 1px solid var(--crowd-line); }
    .target { overflow-x: auto; overflow-wrap: break-word; }
    .choices { border-block-start: 1px solid var(--crowd-line); }
    .choices h3 { margin: 0 0 8px; font-size: .95em; color: var(--crowd-soft); }
    .categories { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12em), 1fr)); gap: 8px; }
    @container (min-width: 640px) {
      .body { grid-template-columns: minmax(0, 1fr) minmax(180px, 260px); }
      .short { grid-column: 1 / -1; }
      .choices { border-block-start: 0; border-inline-start: 1px solid var(--crowd-line); }
      .categories { grid-template-columns: minmax(0, 1fr); }
    }
    @container (min-width: 960px) {
      .body.with-short { grid-template-columns: minmax(180px, 260px) minmax(0, 1fr) minmax(180px, 260px); }
      .with-short .short { grid-column: auto; border-block-end: 0; border-inline-end: 1px solid var(--crowd-line); }
    }
    table { border-collapse: collapse; inline-size: 100%; }
    td { padding: 6px 12px 6px 0; border-block-end: 1px solid var(--crowd-line); }
    td:first-child { inline-size: 1px; }
    kbd {
      display: inline-block; min-inline-size: 26px; padding: 2px 7px; border: 1px solid var(--crowd-edge);
      border-radius: 5px; text-align: center; font: inherit; font-weight: 600;
    }
    .switch { display: flex; gap: 10px; align-items: center; min-block-size: 44px; margin-block-start: 12px; }
    .switch input { inline-size: 20px; block-size: 20px; accent-color: var(--crowd-main); }
    ${DIALOG_STYLES}
  `;

  build() {
    const { role } = this.constructor;
    this.instructions = makeDialog(make("slot", { name: "full-instructions" }));
    this.instructions.classList.add("awsui-modal-dialog");
    this.shortcuts = makeDialog(make("table"), this.#makeSwitch());
    this.heading = make("h2");
    this.askInstructions = make("button", { type: "button", "aria-haspopup": "dialog" }, translate("Instructions"));
    this.askShortcuts = make("button", { type: "button", "aria-haspopup": "dialog" }, translate("Shortcuts"));
    this.askInstructions.addEventListener("click", () =>
      openDialog(
        this.instructions,
        this.#regions("full-instructions").find(hasContent)?.getAttribute("header") || translate("Instructions"),
      ),
    );
    this.askShortcuts.addEventListener("click", () => this.#showShortcuts());
    this.body = make(
      "div",
      { class: "body annotation-area" },
      make("div", { class: "short awsui-app-layout__navigation" }, make("slot", { name: "short-instructions" })),
      make(
        "div",
        { class: "target" },
        ...this.target(),
        make("slot", { name: "classification-target" }),
        make("slot"),
        ...this.below(),
      ),
      make(
        "div",
        { class: "choices" },
        make(
          "div",
          { class: "category-picker-wrapper" },
          make(
            "h3",
            { id: "choices" },
            role === "radio" ? translate("Select an option") : translate("Select all that apply"),
          ),
          make(
            "div",
            { class: "categories", role: role === "radio" ? "radiogroup" : "group", "aria-labelledby": "choices" },
            make("slot", { name: "category" }),
          ),
          make("p", { class: "fault", role: "alert" }),
        ),
      ),
    );
    const top = make(
      "div",
      { class: "top" },
      this.heading,
      make("div", { class: "tools" }, this.askInstructions, this.askShortcuts),
    );
    this.shadowRoot.append(make("section", { class: "widget" }, top, this.body), this.instructions, this.shortcuts);
    sortIntoSlots(this);
    new MutationObserver(() => this.refresh("regions")).observe(this, { childList: true, subtree: true });
    this.addEventListener("crowd-chosen", (event) => {
      event.stopPropagation();
      this.choose(event.target);
    });
    this.addEventListener("crowd-step", (event) => {
      event.stopPropagation();
      this.#step(event.target, event.detail);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#fill();
  }

  /** What stands over the target's slot. */
  target() {
    return [];
  }

  /** What stands below the target. */
  below() {
    return [];
  }

  refresh(changed) {
    if (!this.body) return;
    this.heading.textContent = this.header;
    const withShort = this.#regions("short-instructions").some(hasContent);
    this.body.classList.toggle("with-short", withShort);
    this.body.querySelector(".short").hidden = !withShort;
    this.askInstructions.hidden = !this.#regions("full-instructions").some(hasContent);
    this.body.parentElement.setAttribute("aria-label", this.header || translate("Task"));
    if (changed === undefined || changed === "categories" || changed === "exclusionCategory") this.#fill();
    for (const category of this.options) category.disabled = this.isDisabled;
  }

  /** The labels to choose from. */
  get labels() {
    const given = this.categories;
    return Array.isArray(given)
      ? given.map((each) => (typeof each === "object" && each !== null ? (each.label ?? each.name) : each)).map(String)
      : [];
  }

  /** The elements to choose from. */
  get options() {
    return [...this.children].filter((child) => child.localName === "crowd-category");
  }

  get chosen() {
    return this.options.filter((option) => option.checked);
  }

  get value() {
    return this.submittable;
  }

  /** A person has chosen a category. */
  choose(option) {
    if (this.isDisabled) return;
    this.pick(option);
    this.changed();
    option.tell("input");
    option.tell("change"); // from the category, so that the event's `target.value` is its label
  }

  fault() {
    if (this.faults.size)
      return translate("{faults} Please return the HIT.", { faults: [...this.faults.values()].join(" ") });
    if (!this.options.length)
      return translate("There is nothing to choose from: the attribute “categories” is empty. Please return the HIT.");
    return this.chosen.length ? "" : translate("Please choose one of these.");
  }

  focus(options) {
    const entry = this.options.find((option) => option.tabIndex === 0);
    if (entry) entry.focus(options);
    else super.focus(options);
  }

  formResetCallback() {
    for (const option of this.options) option.checked = false;
    this.showFault("");
    this.place();
  }

  /** Which categories are on the Tab key's way. */
  place() {
    const entry = this.chosen[0] ?? this.options[0];
    for (const option of this.options)
      option.tabIndex = this.constructor.role === "checkbox" || option === entry ? 0 : -1;
  }

  /** The element for each category, keeping what was chosen. */
  #fill() {
    const before = new Set(this.chosen.map((option) => option.value));
    const wanted = this.entries();
    for (const option of this.options) option.remove();
    wanted.forEach(({ label, excludes }, index) => {
      const option = make("crowd-category", { slot: "category", "data-testid": label, role: this.constructor.role });
      Object.assign(option, { value: label, excludes, number: KEYS[index] ?? "" });
      this.append(option);
      option.checked = before.has(label);
    });
    this.askShortcuts.hidden = wanted.length === 0;
    this.place();
    if (this.faults.size || (!wanted.length && this.hasAttribute("categories"))) this.showFault(this.fault());
  }

  /** What there is to choose from, in order. */
  entries() {
    return this.labels.map((label) => ({ label, excludes: false }));
  }

  #regions(name) {
    return [...this.children].filter((child) => child.localName === name);
  }

  #step(option, step) {
    const all = this.options;
    const next = all.at((all.indexOf(option) + step) % all.length);
    next.focus();
    if (this.constructor.role === "radio") this.choose(next);
  }

  #showShortcuts() {
    const rows = this.options
      .filter((option) => option.number)
      .map((option) => make("tr", {}, make("td", {}, make("kbd", {}, option.number)), make("td", {}, option.value)));
    this.shortcuts.querySelector("table").replaceChildren(...rows);
    this.shortcuts.querySelector("input").checked = !shortcutsAreOff();
    openDialog(this.shortcuts, translate("Shortcuts"));
  }

  /** Keys without a modifier get in the way of some people's tools: they can be switched off. */
  #makeSwitch() {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => turnShortcuts(box.checked));
    return make("label", { class: "switch" }, box, translate("Number keys choose"));
  }

  /** A number key chooses: in the widget that has the focus, or in the only one there is. */
  #key(event) {
    const { key } = event;
    if (
      !KEYS.includes(key) ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      shortcutsAreOff()
    )
      return;
    const [place] = event.composedPath();
    if (place.isContentEditable || place.matches?.("input:not([type=radio], [type=checkbox]), textarea, select"))
      return;
    if (this.instructions.open || this.shortcuts.open || !this.isConnected) return;
    const others = [...document.querySelectorAll("[data-crowd-widget]")].filter((each) => each !== this);
    if (others.length && !event.composedPath().includes(this)) return;
    const option = this.options.find((each) => each.number === key);
    if (!option) return;
    event.preventDefault();
    option.focus();
    this.choose(option);
  }

  connectedCallback() {
    this.toggleAttribute("data-crowd-widget", true);
    super.connectedCallback();
  }
}

/** One category to choose; stands in its widget's light, where pages look for it by `data-testid`. */
export class CrowdCategory extends CrowdElement {
  static properties = { disabled: "switch" };
  static styles = `
    :host {
      display: flex; align-items: center; gap: 10px; min-block-size: 44px; padding: 6px 12px;
      border: 1px solid var(--crowd-edge); border-radius: var(--crowd-corner); background: var(--crowd-sheet);
      color: var(--crowd-ink); cursor: pointer; user-select: none; line-height: 1.3;
    }
    :host(:hover) { border-color: var(--crowd-main); background: var(--crowd-wash); }
    :host([aria-checked="true"]) {
      border-color: var(--crowd-main); background: var(--crowd-wash); box-shadow: inset 0 0 0 1px var(--crowd-main);
    }
    :host([aria-disabled="true"]) { opacity: .55; cursor: default; }
    .label { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
    .mark {
      flex: none; inline-size: 20px; block-size: 20px; border: 2px solid var(--crowd-edge); border-radius: 50%;
      background: var(--crowd-sheet); display: grid; place-items: center;
    }
    :host([role="checkbox"]) .mark { border-radius: 5px; }
    :host([aria-checked="true"]) .mark { border-color: var(--crowd-main); background: var(--crowd-main); }
    .mark::after {
      content: ""; inline-size: 5px; block-size: 10px; margin-block-start: -2px; border: solid var(--crowd-on-main);
      border-width: 0 2.5px 2.5px 0; transform: rotate(42deg); opacity: 0;
    }
    :host([aria-checked="true"]) .mark::after { opacity: 1; }
    kbd {
      flex: none; min-inline-size: 24px; padding: 1px 6px; border: 1px solid var(--crowd-line); border-radius: 5px;
      color: var(--crowd-soft); font: inherit; font-size: .85em; text-align: center;
    }
    kbd:empty { display: none; }
    @media (hover: none) { kbd { display: none; } }
    @media (forced-colors: active) { :host([aria-checked="true"]) { outline: 2px solid Highlight; } }
  `;

  value = "";
  excludes = false;
  number = "";
  #checked = false;

  build() {
    this.shadowRoot.append(
      make("span", { class: "mark" }),
      make("span", { class: "label" }),
      make("kbd", { "aria-hidden": "true" }),
    );
    this.addEventListener("click", () => this.#act());
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  refresh() {
    this.setAttribute("aria-checked", this.#checked);
    this.setAttribute("aria-disabled", this.disabled);
    this.setAttribute("aria-label", this.value);
    this.shadowRoot.querySelector(".label").textContent = this.value;
    this.shadowRoot.querySelector("kbd").textContent = this.number;
  }

  get checked() {
    return this.#checked;
  }

  set checked(checked) {
    this.#checked = Boolean(checked);
    if (this.isConnected) this.refresh();
  }

  #act() {
    if (!this.disabled) this.dispatchEvent(new CustomEvent("crowd-chosen", { bubbles: true }));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key !== " " && event.key !== "Enter" && !step) return;
    event.preventDefault();
    if (step) this.dispatchEvent(new CustomEvent("crowd-step", { bubbles: true, detail: step }));
    else if (!event.repeat) this.#act();
  }
}

let off = null;

function shortcutsAreOff() {
  try {
    off ??= localStorage.getItem(SHORTCUTS_OFF) === "1";
  } catch {
    off ??= false; // nothing can be kept here
  }
  return off;
}

function turnShortcuts(on) {
  off = !on;
  try {
    on ? localStorage.removeItem(SHORTCUTS_OFF) : localStorage.setItem(SHORTCUTS_OFF, "1");
  } catch {
    // It lasts as long as the page.
  }
}
