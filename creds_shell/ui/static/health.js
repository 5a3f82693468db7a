// Validation: what is there is checked without being shown. Each finding has a status word and a next command.

import { call } from "./api.js";
import { announce, button, fill, h } from "./dom.js";
import { hintParts, sentence, whileBusy } from "./dialog.js";
import { errorState, loadingCard } from "./states.js";
import { failed } from "./failing.js";
import { state } from "./state.js";

const KINDS = { ok: "good", warn: "warn", fail: "bad", skip: "" };
const CHECKS = {
  env: "Keys and shapes",
  dotenv: "Files and modes",
  aws: "AWS access",
  db: "Database connection",
};
const chosen = new Set(["env", "dotenv"]);

/** Draw the view and run the checks that need no network. */
export async function drawHealth(main) {
  const out = h("div", {});
  const run = button("Run checks", {
    kind: "primary",
    onclick: () => whileBusy(run, () => check(out)).catch(failed),
  });
  const chips = Object.entries(CHECKS).map(([name, label]) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": String(chosen.has(name)),
        onclick: ({ currentTarget }) => {
          if (!chosen.delete(name)) chosen.add(name);
          currentTarget.setAttribute("aria-pressed", String(chosen.has(name)));
        },
      },
      label,
    ),
  );
  fill(
    main,
    h(
      "div",
      { class: "head" },
      h("div", {}, h("h1", {}, "Health"), h("p", {}, "Checks what is there without showing it.")),
    ),
    h(
      "div",
      { class: "toolbar" },
      h("div", { class: "actions", role: "group", "aria-label": "What to check" }, chips),
      run,
    ),
    out,
  );
  await check(out);
}

async function check(out) {
  fill(out, loadingCard());
  try {
    const { rows } = await call("validate", { checks: [...chosen] });
    if (state.view !== "health") return;
    fill(
      out,
      rows.length
        ? h("ul", { class: "card", role: "list", "aria-label": "Findings" }, rows.map(finding))
        : h("p", { class: "nothing" }, "Choose what to check."),
    );
    announce(
      `${rows.filter((row) => row.status === "fail").length} problems, ${rows.filter((row) => row.status === "warn").length} warnings`,
    );
  } catch (problem) {
    if (problem.gone || problem.lockedOut) throw problem;
    fill(
      out,
      errorState(problem, () => check(out).catch(failed)),
    );
  }
}

function finding({ status, check: what, detail, next }) {
  return h(
    "li",
    { class: "finding" },
    h("span", {}, h("span", { class: `badge ${KINDS[status] ?? ""}` }, status)),
    h(
      "div",
      {},
      h("strong", {}, what),
      detail && h("span", { class: "about" }, sentence(detail)),
      next && h("span", { class: "next" }, hintParts(next)),
    ),
  );
}
