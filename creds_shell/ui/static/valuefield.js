// The field for a value: hidden while it is typed, exact to the byte, or generated on the server without being seen.

import { button, h } from "./dom.js";
import { check, field } from "./dialog.js";

const MAX_FILE = 1024 * 1024;

/**
 * Make the field. `load` fetches the current value when one exists. Returns
 * { elements, read(), wrong(text), focus() }; read() gives { value, encoding } or { generate } or { empty: true }.
 */
export function valueField({ label = "Value", load = null, generate = true, note = null }) {
  const input = h("textarea", { class: "input mono concealed", rows: 3, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    autocorrect: "off", writingsuggestions: "false", "data-1p-ignore": true, "data-lpignore": "true" });
  const value = field(label, input, { note });
  const show = check("Show while typing", { onchange: () => input.classList.toggle("concealed", !show.input.checked) });
  const bytes = check("This is base64 of the exact bytes", { onchange: () => value.wrong() });
  const empty = check("Store an empty value");
  empty.element.hidden = true;
  const length = h("input", { class: "input", type: "number", min: 16, max: 4096, value: 32, inputmode: "numeric" });
  const lengthField = field("Length", length, { note: "Letters and digits, made on this machine; you will not see it unless you reveal it." });
  const file = h("input", { type: "file", hidden: true, "aria-hidden": "true", tabindex: "-1", onchange: () => take(file.files[0]) });
  const loaded = load && button("Load the current value", { kind: "small", onclick: () => put(load) });
  const making = check("Generate it", { onchange: draw });

  const put = async (fetchIt) => {
    try {
      const answer = await fetchIt();
      input.value = answer.value;
      bytes.input.checked = answer.encoding === "base64";
      value.wrong();
      input.focus();
    } catch (problem) {
      value.wrong(problem.message);
    }
  };
  // A text area turns CR LF into LF, so a file with CR, other control characters or no text at all goes in as base64.
  const take = async (dropped) => {
    if (!dropped) return;
    if (dropped.size > MAX_FILE) return value.wrong("That file is larger than a value can be.");
    const data = new Uint8Array(await dropped.arrayBuffer());
    const text = plainText(data);
    input.value = text ?? base64(data);
    bytes.input.checked = text === null;
    return value.wrong();
  };
  function draw() {
    for (const each of [value.element, tools, show.element, bytes.element]) each.hidden = making.input.checked;
    lengthField.element.hidden = !making.input.checked;
    if (making.input.checked) empty.element.hidden = true;
  }
  dropInto(value.element, take);
  const tools = h("div", { class: "actions" }, loaded, button("From a file …", { kind: "small", onclick: () => file.click() }), file);
  draw();
  return {
    elements: [value.element, tools, show.element, bytes.element, empty.element, generate && making.element, lengthField.element],
    input,
    focus: () => (making.input.checked ? length : input).focus(),
    wrong: (...text) => (making.input.checked ? lengthField : value).wrong(...text),
    offerEmpty: () => { empty.element.hidden = false; },
    read: () => {
      if (making.input.checked) return { generate: Number(length.value) };
      if (input.value === "") return empty.input.checked ? { value: "", encoding: "text" } : { empty: true };
      return { value: input.value, encoding: bytes.input.checked ? "base64" : "text" };
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
  for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  return btoa(text);
}
