// crowd-classifier: one category for whatever is shown.

import { CrowdWidget } from "./widget.js";

export class CrowdClassifier extends CrowdWidget {
  get submittable() {
    return this.chosen.length ? { label: this.chosen[0].value } : undefined;
  }

  get value() {
    return this.submittable;
  }

  set value(value) {
    for (const option of this.options) option.checked = option.value === value?.label;
    this.place();
    this.changed();
  }

  pick(option) {
    for (const each of this.options) each.checked = each === option;
    this.place();
  }
}
