// crowd-image-classifier: one category for a picture.

import { CrowdClassifier } from "./classifier.js";
import { PICTURE_STYLES, withPicture } from "./picture.js";
import { CrowdWidget } from "./widget.js";

export class CrowdImageClassifier extends withPicture(CrowdClassifier) {
  static properties = { ...CrowdWidget.properties, src: "text", overlay: "json" };
  static styles = CrowdWidget.styles + PICTURE_STYLES;
}
