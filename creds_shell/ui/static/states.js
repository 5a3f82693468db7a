// What the page shows instead of content: still loading, or a problem with its next step.

import { button, h, icon } from "./dom.js";
import { hintParts, sentence } from "./dialog.js";

/** Three quiet lines in the place of a list. */
export function loadingCard() {
  const line = () => h("div", { class: "row skeleton" }, h("span"));
  return h("div", { class: "card", "aria-busy": "true", "aria-label": "Loading" }, line(), line(), line());
}

/** A problem, in words, with what to do next. */
export function errorState({ message, hints = [] }, again = null) {
  return h(
    "div",
    { class: "state", role: "alert" },
    h("span", { class: "glyph bad" }, icon("alert")),
    h("h2", {}, sentence(message)),
    h(
      "ul",
      {},
      hints.map((hint) => h("li", {}, hintParts(hint))),
    ),
    again && h("div", { class: "actions" }, button("Try again", { onclick: again })),
  );
}

/** The page cannot go on: its server stopped, or this tab was never let in. */
export function lostState(problem) {
  const title = problem.gone ? "creds ui has stopped" : "This tab is not let in";
  const about = problem.gone
    ? "It stops after ten idle minutes, or with Ctrl-C. Nothing is lost: what was saved is saved."
    : "A start link works once, and for one minute. Start the page again to get a new one.";
  return h(
    "div",
    { class: "state", role: "alert" },
    h("span", { class: "glyph" }, icon(problem.gone ? "power" : "shield")),
    h("h1", {}, title),
    h("p", {}, about),
    h("p", {}, "In your terminal: ", h("code", { class: "command" }, "creds ui")),
  );
}
