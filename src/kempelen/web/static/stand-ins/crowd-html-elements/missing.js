// Missing: the elements that draw on pictures and mark texts, which there are no stand-ins for yet. Each says so in its
// place, and a form that holds one cannot be submitted.

import { CrowdElement, make } from "./element.js";

export const MISSING = {
  "crowd-bounding-box": "drawing boxes on a picture",
  "crowd-cuboid": "drawing cuboids on a picture",
  "crowd-entity-annotation": "marking words in a text",
  "crowd-instance-segmentation": "painting the single things in a picture",
  "crowd-keypoint": "setting points on a picture",
  "crowd-line": "drawing lines on a picture",
  "crowd-polygon": "drawing outlines on a picture",
  "crowd-polyline": "drawing broken lines on a picture",
  "crowd-question-answer-generation": "writing questions and answers to a text",
  "crowd-rekognition-detect-moderation-labels": "labelling what a picture should not show",
  "crowd-semantic-segmentation": "painting the parts of a picture",
  "crowd-text-ranking": "ranking texts",
  "crowd-textract-analyze-document": "marking the fields of a document",
  "crowd-3d-point-cloud": "labelling points in space",
  "crowd-google-static-map": "showing a map",
};
const OPTIONAL = ["crowd-google-static-map"]; // shows something, asks nothing

export class CrowdMissing extends CrowdElement {
  static styles = `
    :host { display: block; margin-block-end: 12px; text-align: start; }
    .notice { padding: 12px 16px; border: 2px solid var(--crowd-red); border-radius: var(--crowd-corner); background: var(--crowd-red-wash); color: var(--crowd-ink); }
    p { margin: 0; }
    ::slotted(*) { margin-block-start: 12px; }
  `;

  build() {
    const asks = !OPTIONAL.includes(this.localName);
    this.shadowRoot.append(
      make(
        "div",
        { class: "notice", role: "alert" },
        make("p", {}, make("strong", {}, `A part of this task is missing: ${MISSING[this.localName]}.`)),
        make("p", {}, `This marketplace cannot show “${this.localName}” yet${asks ? ", so the task cannot be done here. Please return the HIT, or leave it to others" : ""}.`),
      ),
      make("slot"),
    );
  }
}

/** What in a task cannot be answered here, each once, in words. */
export function missingIn(root) {
  const names = [...root.querySelectorAll("*")].map((element) => element.localName).filter((name) => name.startsWith("crowd-"));
  const known = (name) => Object.hasOwn(MISSING, name) && !OPTIONAL.includes(name);
  const missing = names.filter((name) => known(name) || !customElements.get(name));
  return [...new Set(missing)].map((name) => (MISSING[name] ? `${MISSING[name]} (${name})` : name));
}

/** Elements that are called crowd-… and are nobody's: a notice stands before each. */
export function tellOfStrangers() {
  const strangers = [...document.querySelectorAll(":not(:defined)")].filter((element) => element.localName.startsWith("crowd-"));
  for (const stranger of strangers) {
    if (stranger.previousElementSibling?.matches("crowd-alert[data-stranger]")) continue;
    const text = `A part of this task is missing: this marketplace does not know “${stranger.localName}”.`;
    stranger.before(make("crowd-alert", { type: "error", "data-stranger": true }, text));
  }
}
