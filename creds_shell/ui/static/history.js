// The audit log, newest first, and whether its chain is whole.

import { call } from "./api.js";
import { button, count, fill, h, icon, tableCard } from "./dom.js";
import { check, sentence, whileBusy } from "./dialog.js";
import { errorState, loadingCard } from "./states.js";
import { failed } from "./failing.js";
import { state } from "./state.js";

const PAGE = 50;
let everywhere = false;

/** Draw the view. */
export async function drawHistory(main) {
  const out = h("div", {});
  const chain = h("div", {});
  const all = check("All projects", {
    checked: everywhere,
    onchange: () => {
      everywhere = all.input.checked;
      load(out, PAGE).catch(failed);
    },
  });
  const verify = button("Verify the chain", {
    iconName: "shield",
    onclick: () => whileBusy(verify, () => showChain(chain)).catch(failed),
  });
  fill(
    main,
    h(
      "div",
      { class: "head" },
      h(
        "div",
        {},
        h("h1", {}, "Audit log"),
        h("p", {}, "Who did what, and when. Names of keys only, never a value."),
      ),
      h("div", { class: "actions" }, verify),
    ),
    h("div", { class: "toolbar" }, all.element),
    chain,
    out,
  );
  await load(out, PAGE);
}

async function load(out, number) {
  fill(out, loadingCard());
  try {
    const { records, more } = await call("audit", { count: number, all: everywhere });
    if (state.view !== "history") return;
    fill(
      out,
      records.length ? table(records) : nothing(),
      more &&
        h(
          "div",
          { class: "actions more" },
          button("Show more", { onclick: () => load(out, number * 4).catch(failed) }),
        ),
    );
  } catch (problem) {
    if (problem.gone || problem.lockedOut) throw problem;
    fill(
      out,
      errorState(problem, () => load(out, number).catch(failed)),
    );
  }
}

function table(records) {
  const columns = ["Time", "Action", "Keys", ...(everywhere ? ["Project"] : []), "By", "Result"];
  return tableCard("Audit records, newest first", columns, h("tbody", {}, records.map(line)));
}

function line(record) {
  return h(
    "tr",
    {},
    h("td", { class: "time" }, h("time", { datetime: record.time }, when(record.time))),
    h("td", {}, record.action),
    h("td", { class: "keys" }, keys(record.keys)),
    everywhere && h("td", {}, record.project ?? ""),
    h("td", {}, record.agent ? h("span", { class: "badge accent" }, record.agent) : record.login),
    h(
      "td",
      {},
      h(
        "span",
        { class: `badge ${record.result === "ok" ? "good" : "bad"}`, title: record.reason ?? "" },
        record.result,
      ),
    ),
  );
}

function keys(names) {
  if (names.length <= 4) return h("code", {}, names.join(" "));
  return [h("code", {}, names.slice(0, 3).join(" ")), ` and ${names.length - 3} more`];
}

function when(text) {
  const time = new Date(text);
  return Number.isNaN(time.valueOf())
    ? text
    : time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function nothing() {
  return h(
    "div",
    { class: "state" },
    h("span", { class: "glyph" }, icon("shield")),
    h("h2", {}, "Nothing recorded yet"),
    h(
      "p",
      {},
      everywhere ? "The first action is recorded here." : "This project has no records. Other projects may.",
    ),
  );
}

async function showChain(chain) {
  const answer = await call("audit/verify");
  fill(
    chain,
    h(
      "div",
      { class: `callout ${answer.ok ? "good" : "bad"}`, role: answer.ok ? "status" : "alert" },
      h(
        "strong",
        {},
        answer.ok ? `The chain is whole: ${count(answer.count, "record")}` : "The chain is broken",
      ),
      answer.problems.map((text) => h("span", {}, sentence(text))),
    ),
  );
}
