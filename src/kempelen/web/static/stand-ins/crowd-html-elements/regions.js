// Regions: the parts of an element that have names of their own, such as full-instructions. Pages leave them unclosed,
// put them into other elements or beside the element they belong to. All of them find their slots.

import { moveOut, setAttribute } from "./element.js";

const OWNERS = new Map(); // element name → names of its regions

/** The elements of this name have these regions. */
export function defineRegions(owner, regions) {
  OWNERS.set(owner, regions);
}

/** Put all regions of an element into the slots of the same names, also those that come later. */
export function sortIntoSlots(host) {
  const names = OWNERS.get(host.localName);
  const sort = () => {
    for (const region of host.querySelectorAll(names)) moveOut(host, [...OWNERS.keys()], region);
    for (const child of host.children)
      if (names.includes(child.localName)) setAttribute(child, "slot", child.localName);
  };
  new MutationObserver(sort).observe(host, { childList: true, subtree: true });
  sort();
}

/**
 * Bring regions that stand beside their element into it; where there is none that lacks them, they stay and are shown.
 */
export function bringInRegions() {
  const stray = [...document.querySelectorAll([...OWNERS.values()].flat())].filter((region) => !ownerOf(region));
  for (const region of stray) {
    const free = [...OWNERS].filter(([, names]) => names.includes(region.localName)).map(([owner]) => owner);
    const owners = free.length
      ? [...(region.closest("crowd-form") ?? document).querySelectorAll(free)].filter(
          (owner) => !has(owner, region.localName),
        )
      : [];
    const before = owners.filter((owner) => owner.compareDocumentPosition(region) & Node.DOCUMENT_POSITION_FOLLOWING);
    const owner = before.at(-1) ?? owners[0];
    if (owner) owner.append(region);
    else region.toggleAttribute("data-crowd-alone", true);
  }
}

/** Is there something in a region that can be seen? */
export function hasContent(region) {
  return Boolean(region?.textContent.trim() || region?.querySelector(":not(p, div, span, br, b, i)"));
}

function has(owner, name) {
  return [...owner.children].some((child) => child.localName === name);
}

function ownerOf(region) {
  return region.parentElement.closest([...OWNERS.keys()]);
}
