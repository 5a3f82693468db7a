// The list of secrets: search, filters, rows, and what to do when there are none.

import { VERBATIM, announce, button, count, fill, h, icon } from "./dom.js";
import { FILTERS, capsOf, changed, refresh, state, visibleKeys } from "./state.js";
import { STEP, moreLine } from "./growing.js";
import { importDialog } from "./importing.js";
import { newDialog } from "./editor.js";
import { row, tierName } from "./row.js";
import { errorState, loadingCard } from "./states.js";
import { failed } from "./failing.js";

/** Draw the view into an element that is reused, so that the search field keeps its focus and its text. */
export function drawSecrets(main) {
  if (!state.loaded) return fill(main, head(), loadingCard());
  if (state.problem) {
    return fill(
      main,
      head(),
      errorState(state.problem, () => refresh().catch(failed)),
    );
  }
  if (state.keys.length === 0 && state.missing.length === 0) return fill(main, head(), notes(), emptyState());
  const list = main.querySelector("[data-part=list]");
  if (!list) {
    fill(
      main,
      head(),
      h("div", { "data-part": "notes" }),
      h("div", { class: "toolbar" }, search(), h("div", { class: "actions", "data-part": "chips" })),
      h("div", { class: "card", "data-part": "list" }),
    );
  } else main.firstElementChild.replaceWith(head());
  fill(main.querySelector("[data-part=notes]"), notes());
  fill(main.querySelector("[data-part=chips]"), chips());
  drawList(main.querySelector("[data-part=list]"));
  return undefined;
}

function head() {
  const { project } = state;
  return h(
    "div",
    { class: "head" },
    h(
      "div",
      {},
      h("h1", {}, project?.id ?? "Secrets"),
      project && h("p", {}, standing().filter(Boolean).join(" · ")),
    ),
    state.loaded && !state.problem && h("div", { class: "actions" }, writeButtons()),
  );
}

function standing() {
  const { project, problem, keys } = state;
  return [
    project.environment,
    problem ? "not available" : count(keys.length, "secret"),
    project.provider && `kept in ${tierName(project.provider)}`,
  ];
}

function writeButtons() {
  if (!capsOf().can_write) return h("span", { class: "badge" }, "read-only");
  return [
    button("Import", { iconName: "import", onclick: () => importDialog(), "data-focus-key": "import" }),
    button("New secret", {
      kind: "primary",
      iconName: "plus",
      hint: "n",
      onclick: () => newDialog(),
      "data-focus-key": "new",
    }),
  ];
}

function search() {
  const input = h("input", {
    class: "input",
    id: "search",
    type: "search",
    value: state.query,
    placeholder: "Search keys",
    "aria-label": "Search keys",
    ...VERBATIM,
    "aria-keyshortcuts": "/",
  });
  input.addEventListener("input", () => {
    Object.assign(state, { query: input.value, shown: STEP });
    changed();
    announce(`${count(visibleKeys().length, "key")} found`);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && input.value) {
      event.stopPropagation();
      input.value = "";
      input.dispatchEvent(new Event("input"));
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      document.querySelector(".row-key")?.focus();
    }
  });
  return h("div", { class: "search" }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"));
}

function chips() {
  return Object.entries(FILTERS).map(([name, { label, keep }]) => {
    const number = state.keys.filter(keep).length;
    const pressed = state.filter === name;
    return (
      (number > 0 || pressed) &&
      h(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String(pressed),
          onclick: () => {
            state.filter = pressed ? null : name;
            changed();
            document.querySelector(`[data-chip=${name}]`)?.focus();
          },
          "data-chip": name,
        },
        `${number} ${label}`,
      )
    );
  });
}

function drawList(card) {
  const rows = visibleKeys();
  const focused = document.activeElement?.dataset?.focusKey;
  if (rows.length === 0) {
    fill(
      card,
      h(
        "p",
        { class: "nothing" },
        state.query ? `No key matches “${state.query}”.` : "No key in this filter.",
      ),
    );
  } else {
    const shown = rows.slice(0, state.shown);
    fill(
      card,
      h("ul", { role: "list", "aria-label": "Secrets" }, shown.map(row)),
      moreLine(shown.length, rows.length, showMore),
    );
  }
  if (focused && document.activeElement === document.body) {
    card.querySelector(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

function showMore() {
  const first = state.shown;
  state.shown += STEP;
  changed();
  document.querySelectorAll(".row-key")[first]?.focus();
}

function notes() {
  const missing = state.missing.map(({ key, description }) =>
    h(
      "div",
      { class: "callout warn line" },
      h(
        "span",
        {},
        h("strong", {}, key),
        ` is required by creds.toml and not set${description ? `: ${description}` : ""}.`,
      ),
      capsOf().can_write &&
        button(`Add ${key}`, {
          kind: "small",
          onclick: () => newDialog(key),
          "data-focus-key": `add ${key}`,
        }),
    ),
  );
  const said = state.notes.map((text) => h("div", { class: "callout warn" }, text));
  const all = [...missing, ...said];
  return all.length > 0 && h("div", { class: "callouts" }, all);
}

function emptyState() {
  const { project } = state;
  return h(
    "div",
    { class: "state" },
    h("span", { class: "glyph" }, icon("key")),
    h("h2", {}, `No secrets in ${project.environment} yet`),
    h(
      "p",
      {},
      project.binds
        ? `The first one you save makes ${project.root} the project ${project.id}.`
        : `Add the first one, or bring in a .env file: paste it, drop it, or choose it.`,
    ),
    h("p", {}, "In a terminal: ", h("code", { class: "command" }, "creds set API_KEY")),
    capsOf().can_write &&
      h(
        "div",
        { class: "actions" },
        button("Import a .env", {
          iconName: "import",
          onclick: () => importDialog(),
          "data-focus-key": "import",
        }),
        button("Add a secret", {
          kind: "primary",
          iconName: "plus",
          onclick: () => newDialog(),
          "data-focus-key": "new",
        }),
      ),
  );
}
