// Times: instants in the reader's own zone, and counts down of what is left. Without this script both still read.

const { lang, dataset } = document.documentElement;
const written = (timeStyle) => new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle });
const inFull = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "long" });
const counted = (unit) =>
  new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: unit === "day" ? "long" : "short" });
const days = counted("day");
const hours = counted("hour");

// Tell the site the zone, so that from the next page on it writes every time right at once.
if (dataset.zoneCookie) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `${dataset.zoneCookie}=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

for (const time of document.querySelectorAll("time[data-local]")) {
  const instant = new Date(time.dateTime);
  time.textContent = written(time.dataset.local).format(instant);
  time.title = inFull.format(instant);
}

/** "1:02:03", "2:03", and above a day "2 days 3 h". */
function left(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const day = Math.floor(seconds / 86400);
  const hour = Math.floor(seconds / 3600) % 24;
  const minute = Math.floor(seconds / 60) % 60;
  if (day) return `${days.format(day)} ${hours.format(hour)}`;
  return hour ? `${hour}:${two(minute)}:${two(seconds % 60)}` : `${minute}:${two(seconds % 60)}`;
}

/** `<count-down seconds="90">`: how long is left, counted from when the page came, whatever the clock here says. */
class CountDown extends HTMLElement {
  connectedCallback() {
    this.ends = Date.now() + Number(this.getAttribute("seconds")) * 1000;
    this.time = this.querySelector("time");
    this.beat = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.beat);
  }

  show() {
    const seconds = Math.max(0, Math.round((this.ends - Date.now()) / 1000));
    this.time.textContent = seconds ? left(seconds) : left(0);
    this.toggleAttribute("data-urgent", seconds < 60);
    this.dispatchEvent(new CustomEvent("left", { detail: seconds, bubbles: true }));
    if (!seconds) clearInterval(this.beat);
  }
}

customElements.define("count-down", CountDown);
