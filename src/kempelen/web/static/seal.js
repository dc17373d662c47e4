// Seal: completes the token of this page's forms with a secret that only pages of this very origin can read.
//
// On plain http a browser sends the session's cookie to every port of the host name. The secret is made in this browser
// when somebody signs in. It stays in the origin's own storage and is sent by forms alone, never by a navigation. So
// nobody who catches the cookie at another port can act with it.

const KEY = "kempelen-seal";

/** This browser's secret, made where there is none; empty where pages may store nothing. */
function secret() {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept) return kept;
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const made = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return "";
  }
}

/** The whole token for forms, by the element of a page that holds it: `<meta name="csrf-token">`. */
export const whole = ({ content, dataset }) => ("sealed" in dataset ? `${content}.${secret()}` : content);

const meta = document.querySelector("meta[name=csrf-token]");
if ("sealed" in meta.dataset) {
  const token = whole(meta);
  for (const input of document.querySelectorAll("input[name=authenticity_token]")) {
    if (input.value === meta.content) input.value = token; // a task may use this name for an answer
  }
  meta.content = token;
  delete meta.dataset.sealed;
}
for (const input of document.querySelectorAll("input[name=seal]")) input.value = secret();
