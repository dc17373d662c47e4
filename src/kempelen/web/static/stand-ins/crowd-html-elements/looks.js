// Looks: the colours and shapes that all elements share. Colours follow the page: they are dark where the page says
// that it can be (`color-scheme`), and light on every other. Sizes are in px and em, because pages redefine the rem.

const SHARED = `
  :host {
    --crowd-ink: light-dark(#1e2723, #e9e5d9);
    --crowd-soft: light-dark(#55605a, #a5ada4);
    --crowd-sheet: light-dark(#ffffff, #1a221e);
    --crowd-sunken: light-dark(#f6f4ee, #121815);
    --crowd-line: light-dark(#d9d5ca, #38443d);
    --crowd-edge: light-dark(#767c74, #7f8a83);
    --crowd-main: light-dark(#1d5843, #7fcaa6);
    --crowd-on-main: light-dark(#ffffff, #0d1f18);
    --crowd-wash: light-dark(#e7efe6, #21352b);
    --crowd-link: light-dark(#17553f, #93d6b6);
    --crowd-red: light-dark(#9c2b22, #f2968a);
    --crowd-red-wash: light-dark(#fae3dc, #3d1d19);
    --crowd-brass: light-dark(#7a5310, #e6bd6c);
    --crowd-brass-wash: light-dark(#f7e9c8, #3a2f16);
    --crowd-blue: light-dark(#1f4e79, #9cc7ee);
    --crowd-blue-wash: light-dark(#e3edf7, #1a2c3d);
    --crowd-focus: light-dark(#b06a00, #f0b95a);
    --crowd-corner: 8px;
    --crowd-target: 36px;
    box-sizing: border-box;
  }
  @media (pointer: coarse), (max-width: 480px) { :host { --crowd-target: 44px; } }
  :host([hidden]), [hidden] { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  button, input, textarea { font: inherit; color: inherit; }
  :focus { outline: none; }
  :focus-visible, :host(:focus-visible) {
    outline: 3px solid var(--crowd-focus); outline-offset: 2px; border-radius: 4px;
  }
  .fault {
    margin: 4px 0 0; padding: 6px 10px; border-inline-start: 4px solid var(--crowd-red); border-radius: 4px;
    background: var(--crowd-red-wash); color: var(--crowd-ink);
  }
  .fault:empty { display: none; }
  .unseen {
    position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: no-preference) { :host { --crowd-time: 120ms; } }
  @media (forced-colors: active) { :host { forced-color-adjust: auto; } }
`;

/** A style sheet for the shadow roots of one kind of element: what all share, then its own. */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(SHARED + css);
  return made;
}

// For the page itself, in a layer, so that whatever the page says goes first.
const page = new CSSStyleSheet();
page.replaceSync(`@layer crowd {
  html {
    font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    line-height: 1.45;
  }
  :is(crowd-instructions, crowd-modal, crowd-toast, full-instructions, worker-comment):not(:defined) {
    visibility: hidden;
  }
  :is([slot], [data-crowd-alone]):is(full-instructions, worker-comment) { visibility: visible; }
  :is(short-instructions, full-instructions, classification-target, short-summary, detailed-instructions,
    positive-example, negative-example, worker-comment) {
    display: block;
  }
  :is(short-instructions, full-instructions, classification-target, short-summary, detailed-instructions,
    positive-example, negative-example, crowd-modal, crowd-tab) > :first-child {
    margin-block-start: 0;
  }
  :is(short-instructions, full-instructions, classification-target, short-summary, detailed-instructions,
    positive-example, negative-example, crowd-modal, crowd-tab) > :last-child {
    margin-block-end: 0;
  }
  crowd-button[data-testid="crowd-submit"] { display: block; inline-size: fit-content; margin-block: 16px 4px; }
  crowd-form, crowd-form > form { display: block; }
}`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
