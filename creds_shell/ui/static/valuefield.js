// The field for a value: hidden while it is typed, exact to the byte, or generated on the server without being seen.

import { VERBATIM, button, h, icon, iconButton } from "./dom.js";
import { check, errorLines, field } from "./dialog.js";
import { MAX_FILE, chooser, dropInto, readValue } from "./files.js";

/**
 * Make the field. `load` fetches the current value when one exists. Returns
 *   element, input, focus(), wrong(text)
 *   read(): { value, encoding } or { generate }, with `confirmed`; null, and the reason at the field, when there is none
 *   askFor(name): ask for a yes to a name that makes other programs run code
 */
export function valueField({ label = "Value", load = null, note = null }) {
  const text = textField(label, note);
  const length = lengthField();
  const bytes = check("This is base64 of the exact bytes", { onchange: () => text.wrong() });
  const empty = check("Store an empty value");
  const sure = check("");
  empty.element.hidden = sure.element.hidden = true;

  const put = ({ value, encoding }) => {
    text.input.value = value;
    bytes.input.checked = encoding === "base64";
    text.wrong();
  };
  const take = async (file) => {
    if (file && file.size > MAX_FILE) text.wrong("That file is larger than a value can be.");
    else if (file) put(await readValue(file));
  };
  const loadCurrent = async () => {
    try {
      put(await load());
      text.input.focus();
    } catch (problem) {
      text.wrong(...errorLines(problem));
    }
  };

  const generate = button("Generate", {
    kind: "quiet small",
    "aria-pressed": "false",
    onclick: () => {
      generate.setAttribute("aria-pressed", String(!making()));
      draw();
      focus();
    },
  });
  const making = () => generate.getAttribute("aria-pressed") === "true";
  const focus = () => (making() ? length : text).input.focus();
  const draw = () => {
    text.element.hidden = bytes.element.hidden = making();
    length.element.hidden = !making();
    if (making()) empty.element.hidden = true;
  };

  const missing = () => {
    text.wrong("A value is needed.", " If it is meant to be empty, say so below.");
    empty.element.hidden = false;
    focus();
    return null;
  };
  const read = () => {
    const confirmed = sure.input.checked;
    if (making()) return { generate: Number(length.input.value), confirmed };
    const { value } = text.input;
    if (value === "" && !empty.input.checked) return missing();
    return { value, encoding: bytes.input.checked ? "base64" : "text", confirmed };
  };
  const askFor = (name) => {
    sure.element.hidden = false;
    sure.element.lastChild.textContent = `I know, and want ${name} to be loaded`;
  };

  const tools = h(
    "div",
    { class: "field-tools" },
    load && button("Load current", { kind: "quiet small", onclick: loadCurrent }),
    chooser("From a file", "quiet small", take),
    generate,
  );
  const parts = [text.element, length.element, tools, bytes.element, empty.element, sure.element];
  dropInto(text.element, take);
  draw();
  return {
    element: h("div", { class: "value-field" }, parts),
    input: text.input,
    focus,
    wrong: (...words) => (making() ? length : text).wrong(...words),
    read,
    askFor,
  };
}

// A text area whose characters are dots until a person wants to see them.
function textField(label, note) {
  const input = h("textarea", {
    class: "input mono concealed",
    rows: 3,
    ...VERBATIM,
    "data-1p-ignore": true,
    "data-lpignore": "true",
  });
  const made = field(label, input, { note });
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
  return made;
}

function lengthField() {
  const input = h("input", {
    class: "input",
    type: "number",
    min: 16,
    max: 4096,
    value: 32,
    inputmode: "numeric",
  });
  const note = "Letters and digits, made on this machine. Nobody sees it unless it is revealed.";
  return field("Length", input, { note });
}
