// Files that a person chooses or drops: read in the browser, shown to nobody else.

import { button, h } from "./dom.js";

/** A file may have this many bytes. */
export const MAX_FILE = 1024 * 1024;

// A text area turns CR LF into LF, and shows nothing of other control characters.
const NOT_PLAIN = /[^\P{Cc}\n\t]/u;

/** A button that lets a person choose a file; `take(file)` gets it. Returns the button and the input that it works. */
export function chooser(label, kind, take) {
  const input = h("input", {
    type: "file",
    hidden: true,
    "aria-hidden": "true",
    tabindex: "-1",
    onchange: () => take(input.files[0]),
  });
  return [button(label, { kind, onclick: () => input.click() }), input];
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

/** What a text area can hold of a file: { value, encoding }, base64 where the bytes are not plain text. */
export async function readValue(file) {
  const data = new Uint8Array(await file.arrayBuffer());
  const text = decode(data);
  const plain = text !== null && !NOT_PLAIN.test(text);
  return plain ? { value: text, encoding: "text" } : { value: base64(data), encoding: "base64" };
}

/** The text of a file, or null when it is not UTF-8. */
export async function readText(file) {
  return decode(new Uint8Array(await file.arrayBuffer()));
}

function decode(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
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
