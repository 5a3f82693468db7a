// One secret in the list: its name, its masked value, its age and what can be done with it.

import { h, icon, iconButton } from "./dom.js";
import { capsOf, state } from "./state.js";
import { MASK, copy, hide, isShown, oneLine, redraw, reveal } from "./reveal.js";
import { editDialog, fullValueDialog, rotateDialog } from "./editor.js";
import { deleteKey } from "./deleting.js";
import { failed } from "./failing.js";
import { toast } from "./toast.js";

/** Make the row of a secret. */
export function row(secret) {
  const { key } = secret;
  const can = capsOf(secret.provider);
  const output = h("output", { "aria-label": `Value of ${key}`, tabindex: "-1" });
  const seconds = h("span", { class: "seconds", "aria-hidden": "true" });
  const expand = iconButton(`Show all of ${key}`, "expand", () => fullValueDialog(secret).catch(failed), {
    hidden: true,
    "data-focus-key": `expand ${key}`,
  });
  const value = h("div", { class: "row-value masked" }, output, expand, seconds);
  const eye = iconButton(`Reveal ${key}`, "eye", () => toggle().catch(failed), {
    "aria-pressed": "false",
    "data-do": "reveal",
    "data-focus-key": `reveal ${key}`,
  });
  const draw = (entry, left) => {
    const text = entry ? oneLine(entry) : secret.empty ? "(empty)" : MASK;
    if (output.textContent !== text) output.textContent = text;
    output.setAttribute(
      "aria-label",
      entry ? `Value of ${key}` : `Value of ${key}, ${secret.empty ? "empty" : "masked"}`,
    );
    output.tabIndex = entry ? 0 : -1;
    expand.hidden = !entry || (text.length < 40 && !entry.value.includes("\n"));
    seconds.textContent = entry ? `${left} s` : "";
    value.className = `row-value ${entry ? "shown" : "masked"}`;
    eye.setAttribute("aria-pressed", String(Boolean(entry)));
    eye.replaceChildren(icon(entry ? "eyeOff" : "eye"));
    eye.title = entry ? `Hide ${key}` : `Reveal ${key}`;
  };
  const toggle = async () => (isShown(key) ? hide(key) : reveal(key, draw));
  draw(null, 0);
  redraw(key, secret.version, draw);
  return h(
    "li",
    { class: `row${state.fresh.has(key) ? " fresh" : ""}`, "data-key": key },
    h(
      "div",
      { class: "row-name" },
      h(
        "button",
        {
          type: "button",
          class: "row-key",
          "data-focus-key": `edit ${key}`,
          "aria-label": `Edit ${key}`,
          onclick: () => editDialog(secret),
        },
        found(key),
        can.can_write && icon("pencil"),
      ),
      secret.description && h("span", { class: "row-about" }, secret.description),
      badges(secret),
    ),
    value,
    h("span", { class: `row-age${secret.old ? " old" : ""}`, title: ageTitle(secret) }, age(secret)),
    h(
      "div",
      { class: "row-tools" },
      eye,
      iconButton(`Copy ${key}`, "copy", () => copy(key).then(toast, failed), { "data-do": "copy" }),
      can.can_rotate &&
        iconButton(`Rotate ${key}`, "rotate", () => rotateDialog(secret), {
          "data-do": "rotate",
          "data-focus-key": `rotate ${key}`,
        }),
      can.can_delete &&
        iconButton(`Delete ${key}`, "trash", () => deleteKey(secret).catch(failed), { "data-do": "delete" }),
    ),
  );
}

// The part of the name that the search found.
function found(key) {
  const word = state.query.trim().toLowerCase();
  const at = word ? key.toLowerCase().indexOf(word) : -1;
  if (at < 0) return key;
  return [key.slice(0, at), h("mark", {}, key.slice(at, at + word.length)), key.slice(at + word.length)];
}

function badges(secret) {
  const all = [
    secret.provider !== state.project.provider && h("span", { class: "badge" }, tierName(secret.provider)),
    secret.expose === "exec" &&
      h(
        "span",
        { class: "badge accent", title: "The hook does not load it; creds exec and creds shell do" },
        "exec only",
      ),
    secret.expose === "never" &&
      h("span", { class: "badge accent", title: "Stored, never put into an environment" }, "never loaded"),
    !secret.masked &&
      h(
        "span",
        { class: "badge warn", title: secret.why_unmasked ?? "" },
        secret.why_unmasked ? `not masked: ${secret.why_unmasked}` : "not masked",
      ),
    secret.old && h("span", { class: "badge warn", title: `Older than ${state.warn_days} days` }, "rotate"),
    secret.shadows.length > 0 &&
      h("span", { class: "badge" }, `shadows ${secret.shadows.map(tierName).join(", ")}`),
  ].filter(Boolean);
  return all.length > 0 && h("div", { class: "row-badges" }, all);
}

/** What a tier is called for people. */
export function tierName(provider) {
  return state.providers.find((each) => each.id === provider)?.label ?? provider;
}

function age({ age_days: days }) {
  if (days === null || days === undefined) return "–";
  if (days < 1) return "today";
  if (days < 60) return `${Math.floor(days)} d`;
  if (days < 730) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

function ageTitle({ age_days: days, old }) {
  if (days === null || days === undefined) return "When it was last changed is not known";
  return `Last changed ${days < 1 ? "today" : `${Math.floor(days)} days ago`}${old ? `; older than ${state.warn_days} days` : ""}`;
}
