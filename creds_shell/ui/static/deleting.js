// Deleting happens at once and can be undone: the server keeps the value for a few minutes, the page never has it.

import { call } from "./api.js";
import { announce } from "./dom.js";
import { refresh } from "./state.js";
import { hide } from "./reveal.js";
import { failed } from "./failing.js";
import { toast } from "./toast.js";

/** Delete a key and offer to bring it back. */
export async function deleteKey({ key, version, provider }) {
  const next = neighbour(key);
  hide(key);
  const { undo } = await call("delete", { key, version, from: provider });
  await refresh();
  focusKey(next);
  toast(`Deleted ${key}`, { action: { label: "Undo", run: () => bringBack(key, undo).catch(failed) } });
}

async function bringBack(key, undo) {
  await call("undo", { undo });
  await refresh();
  focusKey(key);
  announce(`${key} is back`);
}

function neighbour(key) {
  const rows = [...document.querySelectorAll(".row")];
  const at = rows.findIndex((each) => each.dataset.key === key);
  return (rows[at + 1] ?? rows[at - 1])?.dataset.key ?? null;
}

/** Put the focus on the row of a key, or on the content when it is not there. */
export function focusKey(key) {
  const target = key && document.querySelector(`.row[data-key="${CSS.escape(key)}"] .row-key`);
  (target ?? document.getElementById("main")).focus({ preventScroll: !target });
}
