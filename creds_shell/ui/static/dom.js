// Elements are made here and nowhere else. Text is always textContent: no string is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: h("button", { class: "x", onclick: f, "aria-label": "y" }, "text", child, …).
 * A property whose name begins with "on" is a listener; null, undefined and false leave an attribute out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/** Replace all children of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** For inputs: what is typed is neither corrected nor completed, and goes to no spelling service. */
export const VERBATIM = {
  spellcheck: "false",
  autocomplete: "off",
  autocapitalize: "off",
  autocorrect: "off",
  writingsuggestions: "false",
};

/** A table in a card; `columns` are texts or elements, `body` is a tbody. It scrolls sideways where it is too wide. */
export function tableCard(caption, columns, body) {
  const heads = columns.map((column) => h("th", { scope: "col" }, column));
  const table = h(
    "table",
    {},
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, heads)),
    body,
  );
  return h(
    "div",
    { class: "card" },
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table),
  );
}

// Each icon is one path in a 24 × 24 box, drawn with a line.
const ICONS = {
  alert: "M12 8.5v4.5m0 3v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9V5.5A1.5 1.5 0 0 1 10.5 4h8A1.5 1.5 0 0 1 20 5.5v8a1.5 1.5 0 0 1-1.5 1.5H15M5.5 9h8A1.5 1.5 0 0 1 15 10.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 4 18.5v-8A1.5 1.5 0 0 1 5.5 9Z",
  expand: "M14 4h6v6m0-6-7 7M10 20H4v-6m0 6 7-7",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  eyeOff:
    "m4 4 16 16M9.9 5.7A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.4M6.4 7.4A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.6-1.3M9.9 9.9a3 3 0 0 0 4.2 4.2",
  import: "M12 4v11m0 0 4-4m-4 4-4-4M4.5 17v1.5A1.5 1.5 0 0 0 6 20h12a1.5 1.5 0 0 0 1.5-1.5V17",
  key: "M14.5 9.5h.01M15 3.5a5.5 5.5 0 0 0-5.3 7L3.5 16.8V20.5h4v-2.5h2.5v-2.5l2.3-1.3A5.5 5.5 0 1 0 15 3.5Z",
  keyboard:
    "M4 6.5h16A1.5 1.5 0 0 1 21.5 8v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 16V8A1.5 1.5 0 0 1 4 6.5ZM6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M8 14h8",
  pencil: "M4 20h4L19 9a2.1 2.1 0 0 0-4-4L4 16v4Z",
  plus: "M12 5v14M5 12h14",
  power: "M12 3.5v8M7 6.5a8 8 0 1 0 10 0",
  question: "M9.3 9a2.8 2.8 0 0 1 5.4.9c0 1.9-2.7 2.4-2.7 4.1m0 3v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  rotate: "M20 11.5a8 8 0 0 0-14-4.5L4 9m0-5v5h5M4 12.5a8 8 0 0 0 14 4.5l2-2m0 5v-5h-5",
  search: "M11 18.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Zm5.5-2 4.5 4.5",
  shield: "M12 3.5 4.5 6.5v5c0 4.5 3.1 7.7 7.5 9 4.4-1.3 7.5-4.5 7.5-9v-5L12 3.5Z",
  trash:
    "M4.5 7h15M10 11v5.5m4-5.5v5.5M6 7l.9 11.6A1.5 1.5 0 0 0 8.4 20h7.2a1.5 1.5 0 0 0 1.5-1.4L18 7M9 7V5a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v2",
};

/** Make an icon; it is decoration, the control around it carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with a label, and optionally an icon and the key that does the same. */
export function button(label, { kind = "", iconName = null, hint = null, ...props } = {}) {
  return h(
    "button",
    { type: "button", class: `button ${kind}`.trim(), ...props },
    iconName && icon(iconName),
    h("span", {}, label),
    hint && h("kbd", { "aria-hidden": "true" }, hint),
  );
}

/** A square button that shows an icon alone; its label is its name and its tooltip. */
export function iconButton(label, iconName, onclick, props = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props },
    icon(iconName),
  );
}

/** Tell a screen reader something that the screen shows by itself. */
export function announce(text) {
  const region = document.getElementById("announce");
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** "3 secrets", "1 secret". */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
