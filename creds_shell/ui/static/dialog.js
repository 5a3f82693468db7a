// Dialogs are native <dialog> elements shown modally: the browser keeps the focus inside and gives Escape.
// The focus returns to what opened the dialog, or to its successor when that is gone.

import { button, fill, h, iconButton } from "./dom.js";

let number = 0;

/**
 * Show a dialog.
 *   title, body (elements), foot (elements or null), wide
 *   onsubmit(dialog): called on Enter or the submit button; may be async
 *   onclose(): after it closed
 * Returns { element, close, body, busy(promise) }.
 */
export function openDialog({
  title,
  body,
  foot = null,
  wide = false,
  onsubmit = null,
  onclose = null,
  role = null,
}) {
  const id = `dialog-${++number}`;
  const opener = document.activeElement;
  const heading = h("h2", { id: `${id}-title` }, title);
  const bodyElement = h("div", { class: "dialog-body" }, body);
  const form = h(
    "form",
    { class: "dialog-form", method: "dialog", novalidate: true, autocomplete: "off" },
    h(
      "div",
      { class: "dialog-head" },
      heading,
      iconButton("Close", "close", () => close()),
    ),
    bodyElement,
    foot && h("div", { class: "dialog-foot" }, foot),
  );
  const element = h(
    "dialog",
    { id, class: wide ? "wide" : null, "aria-labelledby": `${id}-title`, role },
    form,
  );
  const self = {
    element,
    close,
    body: bodyElement,
    replace: (...children) => fill(bodyElement, ...children),
  };

  function close() {
    if (element.open) element.close();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onsubmit?.(self);
  });
  element.addEventListener("keydown", (event) => keepInside(event, element));
  element.addEventListener("close", () => {
    element.remove();
    giveFocusBack(opener);
    onclose?.();
  });
  document.body.append(element);
  element.showModal();
  (
    element.querySelector("[autofocus]") ??
    element.querySelector("input, textarea, select") ??
    heading
  ).focus();
  return self;
}

// A modal dialog makes the page inert, but Tab still leaves for the browser's own bar; here it goes round.
function keepInside(event, element) {
  if (event.key !== "Tab") return;
  const stops = [...element.querySelectorAll("button, input, textarea, select, [tabindex='0']")].filter(
    (stop) => !stop.disabled && stop.checkVisibility(),
  );
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement === edge || !stops.includes(document.activeElement)) {
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
}

function giveFocusBack(opener) {
  if (opener?.isConnected) return opener.focus({ preventScroll: true });
  const twin =
    opener?.dataset?.focusKey &&
    document.querySelector(`[data-focus-key="${CSS.escape(opener.dataset.focusKey)}"]`);
  (twin ?? document.getElementById("main")).focus({ preventScroll: true });
  return undefined;
}

/** Ask for a yes; resolves with true or false. */
export function confirmDialog({ title, body, yes, danger = false }) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = openDialog({
      title,
      body,
      role: "alertdialog",
      foot: [
        button("Cancel", { kind: "quiet", onclick: () => dialog.close() }),
        button(yes, { kind: danger ? "danger" : "primary", type: "submit" }),
      ],
      onsubmit: () => {
        answer = true;
        dialog.close();
      },
      onclose: () => resolve(answer),
    });
  });
}

/** A labelled field with a note and a place for what is wrong with it. Returns { element, input, wrong(text) }. */
export function field(label, input, { note = null } = {}) {
  const id = `field-${++number}`;
  input.id = id;
  const noteElement = note && h("p", { class: "note", id: `${id}-note` }, note);
  const wrongElement = h("p", { class: "wrong", id: `${id}-wrong`, role: "alert" });
  input.setAttribute("aria-describedby", [note && `${id}-note`, `${id}-wrong`].filter(Boolean).join(" "));
  const wrong = (...text) => {
    fill(wrongElement, ...text);
    if (text.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => wrong());
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), input, noteElement, wrongElement),
    input,
    wrong,
  };
}

/** A checkbox with its text. Returns { element, input }. */
export function check(label, props = {}) {
  const input = h("input", { type: "checkbox", ...props });
  return { element: h("label", { class: "check" }, input, h("span", {}, label)), input };
}

/** Run an action behind a button: it is busy until the action ends, and a second press does nothing. */
export async function whileBusy(control, action) {
  if (control.getAttribute("aria-busy") === "true") return undefined;
  control.setAttribute("aria-busy", "true");
  control.setAttribute("aria-disabled", "true");
  try {
    return await action();
  } finally {
    control.removeAttribute("aria-busy");
    control.removeAttribute("aria-disabled");
  }
}

/** The sentences of an error: the message and its next steps. */
export function errorLines(problem) {
  return [
    h("span", {}, sentence(problem.message)),
    ...(problem.hints ?? []).map((hint) => h("span", {}, " ", hintParts(hint))),
  ];
}

const COMMAND = /^(creds|chmod|chown|ls|mv|rm|cd|export|echo|git (rm|worktree|config)) /;

/** A next step: a command is shown as one, and so is what stands between backticks. */
export function hintParts(hint) {
  if (COMMAND.test(hint)) return h("code", { class: "command" }, hint);
  return sentence(hint)
    .split("`")
    .map((part, at) => (at % 2 ? h("code", { class: "command" }, part) : part));
}

/** Our messages begin in lower case and have no full stop; on the page they are sentences. */
export function sentence(text) {
  const trimmed = text.trim();
  const first = /^[a-z]+[\s,]/.test(trimmed) ? trimmed[0].toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…`:]$/.test(first) ? first : `${first}.`;
}
