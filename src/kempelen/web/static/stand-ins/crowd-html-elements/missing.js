// Missing: the elements that draw on pictures and mark texts, which there are no stand-ins for yet. Each says so in its
// place, and a form that holds one cannot be submitted.

import { CrowdElement, make } from "./element.js";
import { translate } from "./translate.js";

export const MISSING = {
  "crowd-bounding-box": translate("drawing boxes on a picture"),
  "crowd-cuboid": translate("drawing cuboids on a picture"),
  "crowd-entity-annotation": translate("marking words in a text"),
  "crowd-instance-segmentation": translate("painting the single things in a picture"),
  "crowd-keypoint": translate("setting points on a picture"),
  "crowd-line": translate("drawing lines on a picture"),
  "crowd-polygon": translate("drawing outlines on a picture"),
  "crowd-polyline": translate("drawing broken lines on a picture"),
  "crowd-question-answer-generation": translate("writing questions and answers to a text"),
  "crowd-rekognition-detect-moderation-labels": translate("labelling what a picture should not show"),
  "crowd-semantic-segmentation": translate("painting the parts of a picture"),
  "crowd-text-ranking": translate("ranking texts"),
  "crowd-textract-analyze-document": translate("marking the fields of a document"),
  "crowd-3d-point-cloud": translate("labelling points in space"),
  "crowd-google-static-map": translate("showing a map"),
};
const OPTIONAL = ["crowd-google-static-map"]; // shows something, asks nothing

export class CrowdMissing extends CrowdElement {
  static styles = `
    :host { display: block; margin-block-end: 12px; text-align: start; }
    .notice {
      padding: 12px 16px; border: 2px solid var(--crowd-red); border-radius: var(--crowd-corner);
      background: var(--crowd-red-wash); color: var(--crowd-ink);
    }
    p { margin: 0; }
    ::slotted(*) { margin-block-start: 12px; }
  `;

  build() {
    const asks = !OPTIONAL.includes(this.localName);
    const element = { element: this.localName };
    this.shadowRoot.append(
      make(
        "div",
        { class: "notice", role: "alert" },
        make(
          "p",
          {},
          make("strong", {}, translate("A part of this task is missing: {what}.", { what: MISSING[this.localName] })),
        ),
        make(
          "p",
          {},
          asks
            ? translate(
                "This marketplace cannot show “{element}” yet, so the task cannot be done here. Please return the HIT, or leave it to others.",
                element,
              )
            : translate("This marketplace cannot show “{element}” yet.", element),
        ),
      ),
      make("slot"),
    );
  }
}

/** What in a task cannot be answered here, each once, in words. */
export function missingIn(root) {
  const names = [...root.querySelectorAll("*")]
    .map((element) => element.localName)
    .filter((name) => name.startsWith("crowd-"));
  const known = (name) => Object.hasOwn(MISSING, name) && !OPTIONAL.includes(name);
  const missing = names.filter((name) => known(name) || !customElements.get(name));
  return [...new Set(missing)].map((name) => (MISSING[name] ? `${MISSING[name]} (${name})` : name));
}

/** Elements that are called crowd-… and are nobody's: a notice stands before each. */
export function tellOfStrangers() {
  const strangers = [...document.querySelectorAll(":not(:defined)")].filter((element) =>
    element.localName.startsWith("crowd-"),
  );
  for (const stranger of strangers) {
    if (stranger.previousElementSibling?.matches("crowd-alert[data-stranger]")) continue;
    const text = translate("A part of this task is missing: this marketplace does not know “{element}”.", {
      element: stranger.localName,
    });
    stranger.before(make("crowd-alert", { type: "error", "data-stranger": true }, text));
  }
}
