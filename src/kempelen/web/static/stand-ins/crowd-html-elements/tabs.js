// crowd-tabs with a crowd-tab for each sheet: one is seen at a time.

import { CrowdElement, make, moveOut } from "./element.js";
import { translate } from "./translate.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export const TAB_STYLES = `
  .list {
    display: flex; flex-wrap: wrap; gap: 0 4px; margin-block-end: 12px;
    border-block-end: 1px solid var(--crowd-line);
  }
  .list button {
    min-block-size: 44px; padding: 6px 16px; border: 0; border-block-end: 3px solid transparent; background: none;
    color: inherit; font-weight: 600; cursor: pointer;
  }
  .list button:hover { color: var(--crowd-link); }
  .list button[aria-selected="true"] { border-block-end-color: var(--crowd-main); color: var(--crowd-link); }
`;

/** A row of tabs: `show(index)` is called when one is chosen. Tells how to fill it: `fill(headers, chosen)`. */
export function tabList(label, show) {
  const list = make("div", { class: "list", role: "tablist", "aria-label": label });
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("button");
    if (tab) show([...list.children].indexOf(tab));
  });
  list.addEventListener("keydown", (event) => {
    const all = [...list.children];
    const step = STEPS[event.key] * (list.matches(":dir(rtl)") ? -1 : 1);
    const to = { Home: 0, End: -1 }[event.key] ?? (step ? (all.indexOf(event.target) + step) % all.length : null);
    if (to === null) return;
    event.preventDefault();
    show(all.indexOf(all.at(to)));
    list.children[all.indexOf(all.at(to))].focus();
  });
  list.fill = (headers, chosen) => {
    while (list.children.length > headers.length) list.lastChild.remove();
    while (list.children.length < headers.length) list.append(make("button", { type: "button", role: "tab" }));
    headers.forEach((header, index) => {
      const tab = list.children[index];
      if (tab.textContent !== header) tab.textContent = header;
      tab.setAttribute("aria-selected", index === chosen);
      tab.tabIndex = index === chosen ? 0 : -1;
    });
  };
  return list;
}

export class CrowdTabs extends CrowdElement {
  static styles = `:host { display: block; } ${TAB_STYLES}`;

  #chosen = null;

  build() {
    this.list = tabList(translate("Sheets"), (index) => {
      this.#chosen = this.#tabs[index];
      this.settle();
    });
    this.shadowRoot.append(this.list, make("slot"));
    // From one that is left open.
    for (const tab of this.querySelectorAll("crowd-tab")) moveOut(this, "crowd-tabs", tab);
    new MutationObserver(() => this.settle()).observe(this, { childList: true });
  }

  refresh() {
    this.settle();
  }

  get #tabs() {
    return [...this.children].filter((child) => child.localName === "crowd-tab");
  }

  /** Show the chosen sheet and hide the others. */
  settle() {
    const tabs = this.#tabs;
    if (!tabs.includes(this.#chosen)) this.#chosen = tabs[0] ?? null;
    this.list.fill(
      tabs.map((tab, index) => tab.getAttribute("header") || translate("Sheet {number}", { number: index + 1 })),
      tabs.indexOf(this.#chosen),
    );
    for (const tab of tabs) tab.hidden = tab !== this.#chosen;
  }

  /** Bring a sheet to the front, because something in it is asked for. */
  bringUp(tab) {
    if (tab === this.#chosen) return;
    this.#chosen = tab;
    this.settle();
  }
}

export class CrowdTab extends CrowdElement {
  static properties = { header: "text" };
  static styles = ":host { display: block; }";

  build() {
    this.shadowRoot.append(make("slot"));
    this.setAttribute("role", "tabpanel");
  }

  refresh() {
    if (this.header) this.setAttribute("aria-label", this.header);
    if (this.parentElement instanceof CrowdTabs) this.parentElement.settle?.();
  }
}
