// Single keys work when nothing is being typed and no dialog is open. They are listed in the help dialog.

import { h } from "./dom.js";
import { check, openDialog } from "./dialog.js";
import { hideAll } from "./reveal.js";
import { importDialog } from "./importing.js";
import { newDialog } from "./editor.js";
import { canAdd } from "./state.js";

const HELP = [
  [["/"], "Search"],
  [["n"], "New secret"],
  [["i"], "Import"],
  [["↑", "↓"], "Move between secrets"],
  [["Enter"], "Edit"],
  [["v"], "Reveal or hide"],
  [["c"], "Copy"],
  [["r"], "Rotate"],
  [["Del"], "Delete, with undo"],
  [["1", "2", "3", "4"], "Secrets, tiers, health, audit log"],
  [["Esc"], "Close, or hide all values"],
  [["?"], "This help"],
];

// Speech input types letters: WCAG 2.1.4 wants single keys that can be turned off.
const SETTING = "creds-single-keys";
let singleKeys = sessionStorage.getItem(SETTING) !== "off";

/** Show the list of keys. */
export function helpDialog() {
  const on = check("Single keys work", {
    checked: singleKeys,
    onchange: () => {
      singleKeys = on.input.checked;
      sessionStorage.setItem(SETTING, singleKeys ? "on" : "off");
    },
  });
  const list = HELP.map(([keys, text]) => [
    h(
      "dt",
      {},
      keys.map((key) => h("kbd", {}, key)),
    ),
    h("dd", {}, text),
  ]);
  openDialog({ title: "Keyboard", body: [h("dl", { class: "shortcuts" }, list), on.element] });
}

/** Listen; `show(view)` switches views. */
export function listen(show) {
  document.addEventListener("keydown", (event) => {
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      document.querySelector("dialog[open]")
    ) {
      return;
    }
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape") {
      hideAll();
      if (typing) event.target.blur();
    } else if (!typing && singleKeys && act(event.key, event.target, show)) {
      event.preventDefault();
    }
  });
}

function act(key, target, show) {
  const views = { 1: "secrets", 2: "tiers", 3: "health", 4: "history" };
  if (key in views) return show(views[key]) ?? true;
  if (key === "?") return helpDialog() ?? true;
  if (key === "/") return toSearch(show);
  if (key === "n" && canAdd()) return newDialog() ?? true;
  if (key === "i" && canAdd()) return importDialog() ?? true;
  return onRow(key, target);
}

function toSearch(show) {
  show("secrets");
  const search = document.getElementById("search");
  search?.focus();
  search?.select();
  return Boolean(search);
}

function onRow(key, target) {
  const rows = [...document.querySelectorAll(".row[data-key]")];
  const at = rows.indexOf(target.closest(".row"));
  const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
  if (key in steps) {
    const next = at < 0 ? 0 : at + steps[key];
    if (next < 0) return toSearch(() => {});
    rows[next]?.querySelector(".row-key").focus();
    return next < rows.length;
  }
  const doing = { v: "reveal", c: "copy", r: "rotate", Delete: "delete", Backspace: "delete" }[key];
  const control = at >= 0 && doing && rows[at].querySelector(`[data-do=${doing}]`);
  control?.click?.();
  return Boolean(control);
}
