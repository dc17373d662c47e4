// Times: instants in the reader's own zone, and counts down of what is left. Without this script both still read.

const written = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

for (const time of document.querySelectorAll("time[data-local]")) {
  const instant = new Date(time.dateTime);
  time.textContent = written.format(instant);
  time.title = inFull.format(instant);
}

/** "1:02:03", "2:03", and above a day "2 days 3 h". */
function left(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} day${days === 1 ? "" : "s"} ${hours} h`;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
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
    this.time.textContent = seconds ? left(seconds) : "over";
    this.toggleAttribute("data-urgent", seconds < 60);
    this.dispatchEvent(new CustomEvent("left", { detail: seconds, bubbles: true }));
    if (!seconds) clearInterval(this.beat);
  }
}

customElements.define("count-down", CountDown);
