// crowd-image-classifier-multi-select: any number of categories for a picture.

import { CrowdClassifierMultiSelect } from "./classifier-multi-select.js";
import { PICTURE_STYLES, withPicture } from "./picture.js";
import { CrowdWidget } from "./widget.js";

export class CrowdImageClassifierMultiSelect extends withPicture(CrowdClassifierMultiSelect) {
  static properties = { ...CrowdClassifierMultiSelect.properties, src: "text", overlay: "json" };
  static styles = CrowdWidget.styles + PICTURE_STYLES;
}
