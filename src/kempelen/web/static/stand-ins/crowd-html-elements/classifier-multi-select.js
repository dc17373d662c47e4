// crowd-classifier-multi-select: any number of categories, or the one that excludes all others.

import { translate } from "./translate.js";
import { CrowdWidget } from "./widget.js";

export class CrowdClassifierMultiSelect extends CrowdWidget {
  static properties = { ...CrowdWidget.properties, exclusionCategory: "json" };
  static role = "checkbox";

  get submittable() {
    if (!this.chosen.length) return undefined;
    return { labels: this.chosen.filter((option) => !option.excludes).map((option) => option.value) };
  }

  get value() {
    return this.submittable;
  }

  set value(value) {
    const labels = value?.labels ?? null;
    for (const option of this.options) {
      option.checked = labels !== null && (option.excludes ? labels.length === 0 : labels.includes(option.value));
    }
    this.changed();
  }

  entries() {
    const { exclusionCategory } = this;
    const text = typeof exclusionCategory === "string" ? exclusionCategory : exclusionCategory?.text;
    return [...super.entries(), ...(text ? [{ label: String(text), excludes: true }] : [])];
  }

  pick(option) {
    option.checked = !option.checked;
    if (!option.checked) return;
    for (const each of this.options) if (each.excludes !== option.excludes) each.checked = false;
  }

  fault() {
    return (
      super.fault() &&
      (this.faults.size || !this.options.length ? super.fault() : translate("Please choose at least one of these."))
    );
  }
}
