// The tiers side by side: which key is where, whether the values are equal, and promoting the local ones.

import { call } from "./api.js";
import { VERBATIM, button, count, fill, h, icon, tableCard } from "./dom.js";
import { check, errorLines, field, openDialog, whileBusy } from "./dialog.js";
import { changes } from "./importing.js";
import { grow } from "./growing.js";
import { errorState, loadingCard } from "./states.js";
import { refresh, state } from "./state.js";
import { failed } from "./failing.js";
import { toast } from "./toast.js";

const CELLS = {
  same: ["equal", "good"],
  only: ["set", ""],
  differs: ["differs", "warn"],
  absent: ["–", null],
  unknown: ["?", null],
};

/** Draw the view. */
export async function drawTiers(main) {
  if (!main.hasChildNodes()) fill(main, head(), loadingCard());
  try {
    const answer = await call("tiers");
    if (state.view !== "tiers") return;
    fill(main, head(answer), answer.rows.length ? table(answer) : nothing(answer), problems(answer));
  } catch (problem) {
    if (problem.gone || problem.lockedOut) throw problem;
    fill(
      main,
      head(),
      errorState(problem, () => drawTiers(main).catch(failed)),
    );
  }
}

function head(answer = null) {
  return h(
    "div",
    { class: "head" },
    h(
      "div",
      {},
      h("h1", {}, "Tiers"),
      h("p", {}, "Where each key lives. The active tier is asked first; layers fill in what it lacks."),
    ),
    answer?.can_promote &&
      h(
        "div",
        { class: "actions" },
        button("Promote to AWS", {
          kind: "primary",
          onclick: () => promoteDialog().catch(failed),
          "data-focus-key": "promote",
        }),
      ),
  );
}

function table({ tiers, rows }) {
  const body = h("tbody", {});
  const rest = grow(body, rows, (row) =>
    h("tr", {}, h("th", { scope: "row" }, row.key), row.cells.map(cell)),
  );
  const columns = tiers.map((tier) =>
    h("span", { class: "tier-head" }, title(tier), h("span", {}, role(tier))),
  );
  return [tableCard("Keys by tier", ["Key", ...columns], body), rest];
}

function title({ label }) {
  return label[0].toUpperCase() + label.slice(1);
}

function role({ problem, active, layer }) {
  if (problem) return problem.code === "not_set_up" ? "not set up" : "not available";
  if (active) return "active";
  return layer ? "layer" : "not used";
}

function cell(kind) {
  const [text, badge] = CELLS[kind];
  return h(
    "td",
    {},
    badge === null
      ? h("span", { "aria-label": kind === "absent" ? "not there" : "not known" }, text)
      : h("span", { class: `badge ${badge}` }, text),
  );
}

function nothing({ tiers }) {
  return h(
    "div",
    { class: "state" },
    h("span", { class: "glyph" }, icon("key")),
    h("h2", {}, "No key in any tier"),
    h(
      "p",
      {},
      `Looked into ${tiers
        .filter((tier) => !tier.problem)
        .map((tier) => tier.label)
        .join(", ")}.`,
    ),
  );
}

function problems({ tiers }) {
  return tiers
    .filter((tier) => tier.problem)
    .map((tier) =>
      h(
        "div",
        { class: tier.problem.code === "not_set_up" ? "callout" : "callout warn" },
        h("strong", {}, title(tier)),
        h("span", {}, errorLines(tier.problem)),
      ),
    );
}

async function promoteDialog() {
  const plan = await call("promote/plan");
  const name = h("input", {
    class: "input mono",
    ...VERBATIM,
    autofocus: true,
  });
  const typed = field(`Type ${plan.confirm} to confirm`, name);
  const list = h("div", {});
  const remove = check("Also remove the keys that only AWS has", { onchange: draw });
  remove.element.hidden = !plan.rows.some((row) => row.change === "gone");
  function draw() {
    fill(
      list,
      changes(
        plan.rows.map((row) =>
          row.change === "gone" && !remove.input.checked ? { ...row, change: "kept" } : row,
        ),
      ),
    );
  }
  draw();
  const submit = button("Promote", { kind: "danger", type: "submit" });
  const dialog = openDialog({
    title: "Promote to AWS",
    wide: true,
    body: [
      h("p", {}, `Copies the local secrets of ${plan.confirm} (${plan.environment}) to ${plan.target}.`),
      list,
      remove.element,
      typed.element,
    ],
    foot: [button("Cancel", { kind: "quiet", onclick: () => dialog.close() }), submit],
    onsubmit: () =>
      whileBusy(submit, async () => {
        try {
          const { count: number } = await call("promote/apply", {
            confirm: name.value.trim(),
            expected: plan.expected,
            remove: remove.input.checked,
          });
          dialog.close();
          toast(`Promoted: AWS holds ${count(number, "key")} now`);
          await refresh();
          await drawTiers(document.getElementById("main"));
        } catch (problem) {
          typed.wrong(...errorLines(problem));
          name.focus();
        }
      }),
  });
}
