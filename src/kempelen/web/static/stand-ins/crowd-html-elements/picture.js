// Picture: what the image classifiers have besides: the picture, with marks over it, and a comment of the Worker's.

import { make, setAttribute } from "./element.js";
import { translate } from "./translate.js";

const COLOURS = [
  "#1f77b4",
  "#ff7f0e",
  "#2ca02c",
  "#d62728",
  "#9467bd",
  "#8c564b",
  "#e377c2",
  "#7f7f7f",
  "#bcbd22",
  "#17becf",
];

export const PICTURE_STYLES = `
  .picture { position: relative; inline-size: fit-content; max-inline-size: 100%; margin: 0 auto; }
  .picture > img:first-child { display: block; max-inline-size: 100%; block-size: auto; border-radius: 4px; }
  .picture > svg, .picture > img:not(:first-child) {
    position: absolute; inset: 0; inline-size: 100%; block-size: 100%;
  }
  .picture > img:not(:first-child) { opacity: .5; }
  .picture rect { fill: none; stroke-width: 3px; vector-effect: non-scaling-stroke; }
  .legend {
    display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0 0; padding: 0; list-style: none; font-size: .9em;
  }
  .legend li { display: flex; gap: 6px; align-items: center; }
  .legend span { inline-size: 14px; block-size: 14px; border: 1px solid var(--crowd-edge); border-radius: 3px; }
  .gone {
    margin: 0; padding: 24px 16px; border: 1px dashed var(--crowd-edge); border-radius: var(--crowd-corner);
    color: var(--crowd-soft); text-align: center;
  }
  .comment { margin-block-start: 12px; }
  .comment > button { margin-inline-start: -12px; }
  .comment label { display: block; margin-block: 8px 4px; font-weight: 600; }
  .comment textarea {
    display: block; inline-size: 100%; min-block-size: 80px; padding: 9px 12px; border: 1px solid var(--crowd-edge);
    border-radius: var(--crowd-corner); background: var(--crowd-sheet); color: var(--crowd-ink);
  }
`;

/** A classifier for pictures. */
export function withPicture(Classifier) {
  return class extends Classifier {
    target() {
      this.image = make("img", { alt: translate("The picture to be classified") });
      this.picture = make("div", { class: "picture" }, this.image);
      this.gone = make("p", { class: "gone", role: "status", hidden: true });
      this.legend = make("ul", { class: "legend" });
      this.image.addEventListener("load", () => this.#settle());
      this.image.addEventListener("error", () => this.#settle());
      return [this.picture, this.gone, this.legend];
    }

    below() {
      this.comment = make("textarea", { id: "comment" });
      this.askComment = make("button", { type: "button", "aria-expanded": "false" });
      this.commentBox = make("div", { hidden: true }, make("label", { for: "comment" }), this.comment);
      this.askComment.addEventListener("click", () => {
        this.commentBox.hidden = !this.commentBox.hidden;
        this.askComment.setAttribute("aria-expanded", !this.commentBox.hidden);
        if (!this.commentBox.hidden) this.comment.focus();
      });
      return [make("div", { class: "comment" }, this.askComment, this.commentBox)];
    }

    refresh(changed) {
      super.refresh(changed);
      if (!this.image) return;
      const region = this.querySelector(":scope > worker-comment");
      this.askComment.parentElement.hidden = !region;
      if (region) {
        this.askComment.textContent = region.getAttribute("link-text") || translate("Add a comment");
        this.commentBox.querySelector("label").textContent =
          region.getAttribute("header") || translate("Add a comment");
        setAttribute(this.comment, "placeholder", region.getAttribute("placeholder"));
      }
      if (this.image.getAttribute("src") !== (this.src || null)) setAttribute(this.image, "src", this.src || null);
      this.#settle();
    }

    get submittable() {
      const value = super.submittable;
      const comment = this.comment?.value.trim();
      return value && comment ? { ...value, workerComment: comment } : value;
    }

    get value() {
      return this.submittable;
    }

    set value(value) {
      super.value = value;
      if (this.comment) this.comment.value = value?.workerComment ?? "";
    }

    formResetCallback() {
      super.formResetCallback();
      this.comment.value = "";
    }

    /** The picture, or in words why there is none; over it the marks, once its size is known. */
    #settle() {
      const broken = this.src && this.image.complete && !this.image.naturalWidth;
      this.gone.hidden = Boolean(this.src && !broken);
      this.gone.textContent = this.src
        ? translate("The picture could not be loaded.")
        : translate("The task names no picture.");
      this.picture.hidden = !this.gone.hidden;
      for (const mark of [...this.picture.children].slice(1)) mark.remove();
      this.legend.replaceChildren();
      const overlay = this.overlay ?? {};
      if (!this.image.naturalWidth || broken) return;
      if (overlay.boundingBox) this.#drawBoxes(overlay.boundingBox);
      if (overlay.semanticSegmentation) {
        const mappings = Object.entries(overlay.semanticSegmentation.labelMappings ?? {});
        this.#layOver(
          overlay.semanticSegmentation.src,
          mappings.map(([label, { color }]) => [label, color]),
        );
      }
      if (overlay.instanceSegmentation) {
        const instances = overlay.instanceSegmentation.instances ?? [];
        this.#layOver(
          overlay.instanceSegmentation.src,
          instances.map(({ label, color }) => [label, color]),
        );
      }
    }

    #drawBoxes({ labels = [], value = [] }) {
      const names = [...new Set([...labels, ...value.map((box) => box.label)])];
      const colour = (label) => COLOURS[names.indexOf(label) % COLOURS.length];
      const svg = draw("svg", { viewBox: `0 0 ${this.image.naturalWidth} ${this.image.naturalHeight}`, role: "img" });
      svg.setAttribute("aria-label", value.map((box) => translate("Box: {label}", { label: box.label })).join(", "));
      for (const { left, top, width, height, label } of value) {
        svg.append(draw("rect", { x: left, y: top, width, height, stroke: colour(label) }));
      }
      this.picture.append(svg);
      this.#list(names.map((label) => [label, colour(label)]));
    }

    #layOver(src, entries) {
      if (src) this.picture.append(make("img", { src, alt: "" }));
      this.#list(entries);
    }

    #list(entries) {
      for (const [label, colour] of entries) {
        const sign = make("span");
        sign.style.background = colour;
        this.legend.append(make("li", {}, sign, label));
      }
    }
  };
}

function draw(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
