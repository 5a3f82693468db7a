// Importing: paste or drop a file, see what would change, then apply exactly that or nothing.

import { call } from "./api.js";
import { VERBATIM, announce, button, count, fill, h } from "./dom.js";
import { check, errorLines, field, hintParts, openDialog, whileBusy } from "./dialog.js";
import { MAX_FILE, chooser, dropInto, readText } from "./files.js";
import { grow } from "./growing.js";
import { canAdd, refresh } from "./state.js";
import { toast } from "./toast.js";
const SIGNS = {
  refused: ["! refused", "bad"],
  gone: ["− removed", "bad"],
  change: ["~ changes", "warn"],
  add: ["+ new", "good"],
  kept: ["= kept", ""],
  same: ["= same", ""],
};

/** A file dropped anywhere opens the import; left alone, the browser would leave the page to show the file. */
export function takeDroppedFiles() {
  const withFile = (event) => !event.defaultPrevented && event.dataTransfer.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (withFile(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!withFile(event)) return;
    event.preventDefault();
    if (canAdd() && !document.querySelector("dialog[open]")) importDialog(event.dataTransfer.files[0]);
  });
}

/** Open the import dialog, with a file if one was dropped. */
export function importDialog(dropped = null) {
  const input = h("textarea", {
    class: "input mono",
    rows: 7,
    ...VERBATIM,
    placeholder: "API_KEY=…\nDATABASE_URL=…",
  });
  const text = field("Paste a .env file or a JSON object", input, {
    note: "Or drop a file here. It stays on this machine and goes into this project only.",
  });
  const hide = check("Hide what I paste", {
    onchange: () => input.classList.toggle("concealed", hide.input.checked),
  });
  const result = h("div", { role: "region", "aria-label": "What would change" });
  const apply = button("Import", { kind: "primary", type: "submit", "aria-disabled": "true" });
  let preview = null;
  let timer = null;
  let asked = 0;

  const take = async (file) => {
    if (!file) return;
    if (file.size > MAX_FILE) {
      text.wrong("That file is larger than 1 MiB.");
      return;
    }
    const read = await readText(file);
    if (read === null) {
      text.wrong("That file is not UTF-8 text.", " In a terminal: ", hintParts("creds import FILE"));
      return;
    }
    input.value = read;
    await look();
  };
  const look = async () => {
    const ticket = ++asked;
    preview = null;
    apply.setAttribute("aria-disabled", "true");
    if (!input.value.trim()) return fill(result);
    try {
      const answer = await call("import/preview", { text: input.value });
      if (ticket !== asked) return undefined;
      preview = answer;
      text.wrong(
        ...(answer.ready ? [] : ["Nothing is imported while a key is refused. Take it out of the text."]),
      );
      fill(result, changes(answer.rows));
      const writes = answer.rows.filter((each) => ["add", "change"].includes(each.change)).length;
      apply.firstElementChild.textContent = writes ? `Import ${count(writes, "key")}` : "Nothing to import";
      if (writes && answer.ready) apply.removeAttribute("aria-disabled");
      announce(summary(answer.rows));
    } catch (problem) {
      if (ticket !== asked) return undefined;
      text.wrong(...errorLines(problem));
      fill(result);
    }
    return undefined;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 250);
  });
  dropInto(text.element, take);
  const dialog = openDialog({
    title: "Import",
    wide: true,
    body: [
      text.element,
      h("div", { class: "actions" }, chooser("Choose a file …", "small", take)),
      hide.element,
      result,
    ],
    foot: [button("Cancel", { kind: "quiet", onclick: () => dialog.close() }), apply],
    onsubmit: () => preview && apply.getAttribute("aria-disabled") !== "true" && whileBusy(apply, store),
    onclose: () => clearTimeout(timer),
  });
  take(dropped);

  async function store() {
    try {
      const answer = await call("import/apply", { text: input.value, expected: preview.expected });
      dialog.close();
      await refresh().catch(() => {});
      toast(`Imported ${count(answer.count, "key")}`);
    } catch (problem) {
      if (problem.code === "changed") await look();
      text.wrong(...errorLines(problem));
      input.focus();
    }
  }
}

function summary(rows) {
  return Object.keys(SIGNS)
    .map((change) => [rows.filter((row) => row.change === change).length, change])
    .filter(([number]) => number > 0)
    .map(([number, change]) => `${number} ${change}`)
    .join(", ");
}

/** What would change, key by key; values are never shown. */
export function changes(rows) {
  const refused = rows.filter((row) => row.change === "refused");
  const sorted = [...refused, ...rows.filter((row) => row.change !== "refused")];
  const list = h("div", {});
  const card = h(
    "div",
    { class: "card changes", tabindex: "0", role: "group", "aria-label": summary(rows) },
    list,
  );
  card.append(grow(list, sorted, changeLine));
  return [h("h3", { class: "unseen" }, "What would change"), card];
}

function changeLine({ key, change, problem }) {
  const [sign, kind] = SIGNS[change];
  return h(
    "div",
    { class: "change" },
    h("span", {}, h("span", { class: `badge ${kind}` }, sign)),
    h("code", {}, key),
    problem && h("span", { class: change === "refused" ? "wrong" : "note" }, problem),
  );
}
