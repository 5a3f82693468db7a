// The field for a value: hidden while it is typed, exact to the byte, or generated on the server without being seen.

import { button, h, icon, iconButton } from "./dom.js";
import { check, field } from "./dialog.js";

const MAX_FILE = 1024 * 1024;

/**
 * Make the field. `load` fetches the current value when one exists. Returns
 * { element, input, read(), wrong(text), focus(), offerEmpty() }; read() gives { value, encoding }, { generate } or { empty: true }.
 */
export function valueField({ label = "Value", load = null, note = null }) {
  const input = h("textarea", {
    class: "input mono concealed",
    rows: 3,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    writingsuggestions: "false",
    "data-1p-ignore": true,
    "data-lpignore": "true",
  });
  const value = field(label, input, { note });
  const show = iconButton(
    "Show while typing",
    "eye",
    () => {
      const shown = !input.classList.toggle("concealed");
      show.setAttribute("aria-pressed", String(shown));
      show.replaceChildren(icon(shown ? "eyeOff" : "eye"));
    },
    { "aria-pressed": "false" },
  );
  const peek = h("div", { class: "peek" }, show);
  input.before(peek);
  peek.prepend(input);
  const bytes = check("This is base64 of the exact bytes", { onchange: () => value.wrong() });
  const empty = check("Store an empty value");
  const sure = check("");
  empty.element.hidden = sure.element.hidden = true;
  const length = h("input", {
    class: "input",
    type: "number",
    min: 16,
    max: 4096,
    value: 32,
    inputmode: "numeric",
  });
  const lengthField = field("Length", length, {
    note: "Letters and digits, made on this machine. Nobody sees it unless it is revealed.",
  });
  const file = h("input", {
    type: "file",
    hidden: true,
    "aria-hidden": "true",
    tabindex: "-1",
    onchange: () => take(file.files[0]),
  });
  const generate = button("Generate", {
    kind: "quiet small",
    "aria-pressed": "false",
    onclick: () => {
      generate.setAttribute("aria-pressed", String(!making()));
      draw();
      (making() ? length : input).focus();
    },
  });
  const tools = h(
    "div",
    { class: "field-tools" },
    load && button("Load current", { kind: "quiet small", onclick: () => put(load) }),
    button("From a file", { kind: "quiet small", onclick: () => file.click() }),
    generate,
    file,
  );
  const making = () => generate.getAttribute("aria-pressed") === "true";

  async function put(fetchIt) {
    try {
      const answer = await fetchIt();
      input.value = answer.value;
      bytes.input.checked = answer.encoding === "base64";
      value.wrong();
      input.focus();
    } catch (problem) {
      value.wrong(problem.message);
    }
  }
  // A text area turns CR LF into LF, so a file with CR, other control characters or no text at all goes in as base64.
  async function take(dropped) {
    if (!dropped) return value.wrong();
    if (dropped.size > MAX_FILE) return value.wrong("That file is larger than a value can be.");
    const data = new Uint8Array(await dropped.arrayBuffer());
    const text = plainText(data);
    input.value = text ?? base64(data);
    bytes.input.checked = text === null;
    return value.wrong();
  }
  function draw() {
    value.element.hidden = making();
    bytes.element.hidden = making();
    lengthField.element.hidden = !making();
    if (making()) empty.element.hidden = true;
  }
  function missing() {
    value.wrong("A value is needed.", " If it is meant to be empty, say so below.");
    empty.element.hidden = false;
    input.focus();
    return null;
  }
  dropInto(value.element, take);
  draw();
  return {
    element: h(
      "div",
      { class: "value-field" },
      tools,
      value.element,
      lengthField.element,
      bytes.element,
      empty.element,
      sure.element,
    ),
    input,
    focus: () => (making() ? length : input).focus(),
    wrong: (...text) => (making() ? lengthField : value).wrong(...text),
    // For a name that makes other programs run code: it is stored once this is ticked.
    askFor: (name) => {
      sure.element.hidden = false;
      sure.element.lastChild.textContent = `I know, and want ${name} to be loaded`;
    },
    // What the server wants to know of a value; null, and the reason at the field, when there is none.
    read: () => {
      const confirmed = sure.input.checked;
      if (making()) return { generate: Number(length.value), confirmed };
      if (input.value === "" && !empty.input.checked) return missing();
      return { value: input.value, encoding: bytes.input.checked ? "base64" : "text", confirmed };
    },
  };
}

/** Let files be dropped on an element. */
export function dropInto(element, take) {
  element.classList.add("drop");
  const over = (event) => {
    event.preventDefault();
    element.classList.add("over");
  };
  const out = () => element.classList.remove("over");
  element.addEventListener("dragenter", over);
  element.addEventListener("dragover", over);
  element.addEventListener("dragleave", out);
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    out();
    take(event.dataTransfer.files[0]);
  });
}

/** The text of some bytes if a text area can hold it unchanged, else null. */
export function plainText(data) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    return /[^\P{Cc}\n\t]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

function base64(data) {
  let text = "";
  for (let at = 0; at < data.length; at += 0x8000) {
    text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
