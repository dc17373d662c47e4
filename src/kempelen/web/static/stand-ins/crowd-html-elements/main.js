// In place of Amazon's crowd HTML elements: the same names, attributes, events and answers, as plain custom elements.
//
// They come to life when the page has been read, so that each finds its content; then `all-crowd-elements-ready` tells
// the page. What is supported is in docs/crowd-elements.md.

import { CrowdAlert } from "./alert.js";
import { CrowdBadge } from "./badge.js";
import { CrowdButton } from "./button.js";
import { CrowdCard } from "./card.js";
import { CrowdCheckbox } from "./checkbox.js";
import { CrowdClassifier } from "./classifier.js";
import { CrowdClassifierMultiSelect } from "./classifier-multi-select.js";
import { define } from "./element.js";
import { CrowdFab } from "./fab.js";
import { CrowdForm } from "./form.js";
import { CrowdIcon, IronIcon } from "./icon.js";
import { CrowdIconButton } from "./icon-button.js";
import { CrowdImageClassifier } from "./image-classifier.js";
import { CrowdImageClassifierMultiSelect } from "./image-classifier-multi-select.js";
import { CrowdInput } from "./input.js";
import { CrowdInstructions, INSTRUCTION_REGIONS } from "./instructions.js";
import { CrowdMissing, MISSING, tellOfStrangers } from "./missing.js";
import { CrowdModal } from "./modal.js";
import { CrowdRadioButton } from "./radio-button.js";
import { CrowdRadioGroup } from "./radio-group.js";
import { bringInRegions, defineRegions } from "./regions.js";
import { CrowdSlider, CrowdSliderLabel } from "./slider.js";
import { CrowdTab, CrowdTabs } from "./tabs.js";
import { CrowdTextArea } from "./text-area.js";
import { CrowdToast } from "./toast.js";
import { CrowdToggleButton } from "./toggle-button.js";
import { CrowdCategory, CrowdWidget, WIDGET_REGIONS } from "./widget.js";
import { clean, inCleanRealm } from "../shared/realm.js";

const ELEMENTS = {
  "iron-icon": IronIcon,
  "crowd-icon": CrowdIcon,
  "crowd-category": CrowdCategory,
  "crowd-alert": CrowdAlert,
  "crowd-badge": CrowdBadge,
  "crowd-button": CrowdButton,
  "crowd-card": CrowdCard,
  "crowd-fab": CrowdFab,
  "crowd-icon-button": CrowdIconButton,
  "crowd-toast": CrowdToast,
  "crowd-modal": CrowdModal,
  "crowd-instructions": CrowdInstructions,
  "crowd-tabs": CrowdTabs,
  "crowd-tab": CrowdTab,
  "crowd-input": CrowdInput,
  "crowd-text-area": CrowdTextArea,
  "crowd-checkbox": CrowdCheckbox,
  "crowd-toggle-button": CrowdToggleButton,
  "crowd-radio-button": CrowdRadioButton,
  "crowd-radio-group": CrowdRadioGroup,
  "crowd-slider": CrowdSlider,
  "crowd-slider-label": CrowdSliderLabel,
  "crowd-classifier": CrowdClassifier,
  "crowd-classifier-multi-select": CrowdClassifierMultiSelect,
  "crowd-image-classifier": CrowdImageClassifier,
  "crowd-image-classifier-multi-select": CrowdImageClassifierMultiSelect,
};

function start() {
  if (customElements.get("crowd-form")) return; // the page has loaded the script twice
  defineRegions("crowd-instructions", INSTRUCTION_REGIONS);
  for (const [name, kind] of Object.entries(ELEMENTS))
    if (kind.prototype instanceof CrowdWidget) defineRegions(name, WIDGET_REGIONS);
  for (const name of Object.keys(MISSING)) defineRegions(name, []); // what is in them stays there
  for (const [name, kind] of Object.entries(ELEMENTS)) define(name, kind);
  bringInRegions();
  for (const name of Object.keys(MISSING)) define(name, class extends CrowdMissing {});
  define("crowd-form", CrowdForm); // last: what is in it is ready by now
  document.dispatchEvent(new CustomEvent("all-crowd-elements-ready", { bubbles: true }));
  if (document.readyState === "complete") tellOfStrangers();
  else addEventListener("load", tellOfStrangers);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", clean(start));
else inCleanRealm(start);
