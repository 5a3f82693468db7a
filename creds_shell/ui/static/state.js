// What the page knows, and who wants to hear of a change.

import { call, where } from "./api.js";
import { STEP } from "./growing.js";

export const state = {
  loaded: false,
  problem: null,
  project: null,
  projects: [],
  environments: [],
  providers: [],
  keys: [],
  missing: [],
  notes: [],
  caps: {},
  revision: null,
  query: "",
  filter: null,
  view: "secrets",
  fresh: new Set(),
  shown: STEP,
};

const listeners = new Set();

/** Call back after every change of the state. */
export function subscribe(listener) {
  listeners.add(listener);
}

/** Tell everybody. */
export function changed() {
  for (const listener of listeners) listener();
}

let latest = 0;
let running = null;

/**
 * Fetch the list anew. Keys that came or changed since the last list of the same place are marked as fresh.
 * When a newer fetch overtakes this one, this one ends with it, so that what follows sees the newest list.
 */
export function refresh() {
  running = fetchList(++latest);
  return running;
}

async function fetchList(ticket) {
  let answer;
  try {
    answer = await call("state");
  } catch (problem) {
    if (ticket !== latest) return running;
    if (problem.gone || problem.lockedOut) throw problem;
    answer = { problem, keys: [], missing: [], notes: [], caps: {}, revision: null };
  }
  if (ticket !== latest) return running;
  markFresh(answer);
  Object.assign(state, answer, { loaded: true });
  if (answer.project) {
    Object.assign(where, { project: answer.project.id, environment: answer.project.environment });
  }
  changed();
  return undefined;
}

function markFresh(answer) {
  const same =
    state.project &&
    answer.project &&
    state.project.id === answer.project.id &&
    state.project.environment === answer.project.environment;
  const before = new Map(state.keys.map((row) => [row.key, row.version]));
  state.fresh = new Set(
    same && state.revision
      ? answer.keys.filter((row) => before.get(row.key) !== row.version).map((row) => row.key)
      : [],
  );
}

/** Look at another project or environment. */
export async function go(to) {
  Object.assign(where, to);
  Object.assign(state, {
    loaded: false,
    problem: null,
    keys: [],
    missing: [],
    notes: [],
    query: "",
    filter: null,
    revision: null,
    shown: STEP,
  });
  changed();
  await refresh();
}

/** What a tier can do (the active one, if none is named): { can_write, can_delete, can_rotate }. */
export function capsOf(provider = state.project?.provider) {
  return state.caps[provider] ?? {};
}

/** Whether secrets can be added in the view that is open. */
export function canAdd() {
  return state.view === "secrets" && !state.problem && Boolean(capsOf().can_write);
}

/** What a filter chip keeps. */
export const FILTERS = {
  unmasked: { label: "not masked", keep: (row) => !row.masked },
  old: { label: "due for rotation", keep: (row) => row.old },
  shadowed: { label: "shadowing another", keep: (row) => row.shadows.length > 0 },
};

/** The rows that the search and the filter leave. */
export function visibleKeys() {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  return state.keys.filter((row) => {
    const text = `${row.key} ${row.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word)) && (!state.filter || FILTERS[state.filter].keep(row));
  });
}
