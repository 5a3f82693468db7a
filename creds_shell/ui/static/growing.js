// Long lists begin with their first items and grow by a button: thousands at once would make every keystroke slow.

import { button, fill, h } from "./dom.js";

/** How many items a list begins with, and how many come with each press. */
export const STEP = 200;

/** "200 of 5000 shown" and the button that brings more; nothing when all are there. */
export function moreLine(shown, total, more) {
  if (shown >= total) return null;
  return h(
    "p",
    { class: "nothing" },
    `${shown} of ${total} shown`,
    button("Show more", { kind: "small", onclick: more, "data-focus-key": "more" }),
  );
}

/** Put the first items into an element; returns the line with the button that appends more. */
export function grow(element, items, draw) {
  const line = h("div", {});
  let shown = 0;
  const more = () => {
    const had = line.contains(document.activeElement);
    element.append(...items.slice(shown, shown + STEP).map(draw));
    shown = Math.min(items.length, shown + STEP);
    fill(line, moreLine(shown, items.length, more));
    if (had) (line.querySelector("button") ?? element.closest("[tabindex]"))?.focus();
  };
  more();
  return line;
}
