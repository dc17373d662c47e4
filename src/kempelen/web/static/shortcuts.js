// Shortcuts: the keys that elements name in `aria-keyshortcuts` press, follow or focus them; a list in the foot shows
// all.
//
// All are Alt+Shift and a letter, so that they are in nobody's way who writes or dictates. Inside a task they are the
// task's own.

const keyed = new Map();
for (const element of document.querySelectorAll("[aria-keyshortcuts]")) {
  keyed.set(element.getAttribute("aria-keyshortcuts").at(-1).toLowerCase(), element);
}

addEventListener("keydown", (event) => {
  if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
  // By the letter that is printed on the key; where Option makes another sign of it, by the key's place.
  const letter = /^[a-z]$/i.test(event.key) ? event.key : event.code.replace("Key", "");
  const element = keyed.get(letter.toLowerCase());
  if (!element) return;
  event.preventDefault();
  element.focus();
  if (element.matches("a, button, input[type=checkbox]")) element.click();
});

const shown = document.getElementById("keys");
if (shown && keyed.size) {
  for (const [letter, element] of keyed) {
    const row = document.createElement("div");
    const key = document.createElement("kbd");
    key.textContent = `Alt+Shift+${letter.toUpperCase()}`;
    const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
    term.append(key);
    meaning.textContent = element.dataset.key ?? element.textContent.trim();
    row.append(term, meaning);
    shown.querySelector("dl").append(row);
  }
  shown.classList.remove("waiting"); // until now it kept its place
}
