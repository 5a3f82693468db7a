// The page begins here: let the tab in, draw the frame and the view, follow changes, and stop gracefully.

import { call } from "./api.js";
import { VERBATIM, button, fill, h, iconButton } from "./dom.js";
import { confirmDialog, field, openDialog } from "./dialog.js";
import { drawHealth } from "./health.js";
import { drawHistory } from "./history.js";
import { drawSecrets } from "./secrets.js";
import { drawTiers } from "./tiers.js";
import { enter, forget, helpOtherTabs } from "./session.js";
import { failed, whenLost } from "./failing.js";
import { helpDialog, listen } from "./keyboard.js";
import { takeDroppedFiles } from "./importing.js";
import { hideAll } from "./reveal.js";
import { follow } from "./following.js";
import { go, refresh, state, subscribe } from "./state.js";
import { loadingCard, lostState } from "./states.js";

const VIEWS = { secrets: "Secrets", tiers: "Tiers", health: "Health", history: "Audit log" };
const main = document.getElementById("main");
let lost = false;
let drawn = null; // the revision that the view shows

function drawTabs() {
  fill(
    document.getElementById("tabs"),
    Object.entries(VIEWS).map(([name, label]) =>
      h(
        "button",
        {
          type: "button",
          class: "tab",
          "aria-current": state.view === name ? "page" : null,
          onclick: () => show(name),
          "data-focus-key": `tab ${name}`,
        },
        label,
      ),
    ),
  );
}

function show(view) {
  if (lost || state.view === view) return;
  hideAll();
  const focused = document.activeElement?.dataset?.focusKey;
  state.view = view;
  fill(main);
  drawTabs();
  if (focused?.startsWith("tab ")) document.querySelector(`[data-focus-key="tab ${view}"]`).focus();
  draw();
  if (view !== "secrets" && !focused) main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function draw() {
  if (lost) return;
  document.body.dataset.view = state.view;
  if (state.view === "secrets") drawSecrets(main);
  else if (!main.hasChildNodes() || (state.view === "tiers" && drawn !== state.revision)) {
    ({ tiers: drawTiers, health: drawHealth, history: drawHistory })[state.view](main).catch(failed);
  }
  drawn = state.revision;
}

function drawWhere() {
  const { project } = state;
  const slot = document.getElementById("where");
  if (!project || slot.contains(document.activeElement)) return;
  fill(
    slot,
    step(
      "Project",
      project.id,
      state.projects.map((each) => each.id),
      (id) => id && move({ project: id, environment: null }),
    ),
    step(
      "Environment",
      project.environment,
      state.environments,
      (name) => (name ? move({ environment: name }) : otherEnvironment()),
      "Another …",
    ),
  );
}

function step(label, current, names, choose, other = null) {
  const options = [...new Set([...names, current])].map((name) =>
    h("option", { value: name, selected: name === current }, name),
  );
  const select = h(
    "select",
    {
      class: "pick",
      "aria-label": label,
      onchange: () => {
        const to = select.value;
        select.value = current;
        choose(to);
      },
    },
    options,
    other && h("option", { value: "" }, other),
  );
  return h("span", { class: "where-step" }, select);
}

function otherEnvironment() {
  const name = field(
    "Environment",
    h("input", {
      class: "input mono",
      placeholder: "staging",
      ...VERBATIM,
      autofocus: true,
    }),
    { note: "Letters, digits, . _ and -. It comes into being with its first secret." },
  );
  const dialog = openDialog({
    title: "Another environment",
    body: name.element,
    foot: [
      button("Cancel", { kind: "quiet", onclick: () => dialog.close() }),
      button("Open", { kind: "primary", type: "submit" }),
    ],
    onsubmit: () => {
      const typed = name.input.value.trim();
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(typed)) {
        return name.wrong("An environment is letters, digits, . _ and -.");
      }
      dialog.close();
      return move({ environment: typed });
    },
  });
}

async function move(to) {
  hideAll();
  if (state.view !== "secrets") fill(main);
  await go(to).catch(failed);
  draw();
}

function drawTools() {
  fill(
    document.getElementById("bar-tools"),
    iconButton("Keyboard shortcuts", "keyboard", helpDialog, { "data-focus-key": "help" }),
    iconButton("Stop creds ui", "power", stop, { "data-focus-key": "stop" }),
  );
}

async function stop() {
  const yes = await confirmDialog({
    title: "Stop creds ui?",
    body: h("p", {}, "The page closes for all tabs. Your secrets stay where they are."),
    yes: "Stop",
  });
  if (yes) await call("stop", {}, { bare: true }).then(() => whenItEnds({ gone: true }), failed);
}

function whenItEnds(problem) {
  if (lost) return;
  lost = true;
  hideAll();
  if (problem.lockedOut) forget();
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (!dialog.querySelector("textarea")?.value) dialog.close();
  }
  for (const id of ["tabs", "where", "bar-tools", "banner", "toasts"]) fill(document.getElementById(id));
  fill(main, lostState(problem));
  main.focus({ preventScroll: true });
}

async function start() {
  whenLost(whenItEnds);
  fill(main, loadingCard());
  try {
    if (!(await enter(call))) return whenItEnds({ lockedOut: true });
    helpOtherTabs(call);
    drawTabs();
    drawTools();
    subscribe(() => {
      drawWhere();
      draw();
    });
    listen(show);
    takeDroppedFiles();
    await refresh();
    document.getElementById("where").addEventListener("focusout", () => setTimeout(drawWhere));
    follow(whenItEnds);
  } catch (problem) {
    failed(problem);
  }
  return undefined;
}

start();
