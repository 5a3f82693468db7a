// A value is on the screen for 30 seconds at most, in a place that is already as large as it needs to be.

import { call } from "./api.js";
import { announce } from "./dom.js";

const SECONDS = 30;
export const MASK = "••••••••••••";
const shown = new Map();

// Timers of a hidden tab run late; what is due is hidden before anybody looks again.
document.addEventListener("visibilitychange", () => {
  for (const key of [...shown.keys()]) tick(key);
});

/** Whether this key's value is on the screen. */
export function isShown(key) {
  return shown.has(key);
}

/** Fetch one value: { value, encoding }. Every fetch is an audited reveal. */
export function fetchValue(key, purpose) {
  return call("reveal", { key, purpose });
}

/** Show the value of a key; `draw(entry or null, seconds)` puts it on the screen and takes it off again. */
export async function reveal(key, draw) {
  const answer = await fetchValue(key, "reveal");
  hide(key);
  const entry = { ...answer, draw, until: Date.now() + 1000 * SECONDS };
  entry.timer = setInterval(() => tick(key), 250);
  shown.set(key, entry);
  tick(key);
  announce(`${key} is shown for ${SECONDS} seconds`);
}

/** Draw a shown value again, on a row that was made anew; a value that was changed elsewhere is hidden. */
export function redraw(key, version, draw) {
  const entry = shown.get(key);
  if (!entry) return;
  entry.draw = draw;
  if (entry.version === version) tick(key);
  else hide(key);
}

/** Take a value off the screen and forget it. */
export function hide(key) {
  const entry = shown.get(key);
  if (!entry) return;
  clearInterval(entry.timer);
  shown.delete(key);
  entry.draw(null, 0);
}

/** Take all values off the screen. */
export function hideAll() {
  for (const key of [...shown.keys()]) hide(key);
}

function tick(key) {
  const entry = shown.get(key);
  const left = Math.ceil((entry.until - Date.now()) / 1000);
  if (left > 0) return entry.draw(entry, left);
  hide(key);
  announce(`${key} is hidden again`);
  return undefined;
}

/** One line for a row: what does not show is drawn as a sign. */
export function oneLine({ value, encoding }) {
  if (encoding === "base64") return `base64:${value}`;
  return value
    .replace(/\r\n|\n/g, "⏎")
    .replace(/\t/g, "⇥")
    .replace(/\p{Cc}/gu, "␣");
}

/** Put the value of a key on the clipboard. */
export async function copy(key) {
  const { value, encoding } = await fetchValue(key, "copy");
  await navigator.clipboard.writeText(value);
  return encoding === "base64" ? `Copied ${key} as base64: it is not text` : `Copied ${key}`;
}
