// The tab's right to speak: a one-use code from the start URL is swapped for a token, which stays in this tab.

const KEY = "creds-token";
const channel = new BroadcastChannel("creds");
let current = sessionStorage.getItem(KEY);

/** The token of this tab, or null. */
export function token() {
  return current;
}

/** Forget the token: the server does not know it. */
export function forget() {
  current = null;
  sessionStorage.removeItem(KEY);
}

/**
 * Let this tab in: by the code in the fragment, by the token it already has (a reload), or by a code that another tab
 * of this page asks the server for. Resolves with true or false.
 */
export async function enter(call) {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) {
    history.replaceState(null, "", "/");
    if (await swap(call, code)) return true;
  }
  if (current) return true;
  const given = await codeOfAnotherTab();
  return given ? swap(call, given) : false;
}

async function swap(call, code) {
  try {
    const answer = await call("session", { code }, { bare: true });
    current = answer.token;
    sessionStorage.setItem(KEY, current);
    return true;
  } catch (problem) {
    if (problem.gone) throw problem;
    return false;
  }
}

function codeOfAnotherTab() {
  return new Promise((resolve) => {
    const name = crypto.randomUUID();
    const listen = ({ data }) => {
      if (data?.for === name) done(data.code);
    };
    const done = (code) => {
      clearTimeout(timer);
      channel.removeEventListener("message", listen);
      resolve(code);
    };
    const timer = setTimeout(done, 800, null);
    channel.addEventListener("message", listen);
    channel.postMessage({ wants: name });
  });
}

/** Give other tabs of this page a code of their own when they ask for one. */
export function helpOtherTabs(call) {
  channel.addEventListener("message", async ({ data }) => {
    if (!data?.wants || !current) return;
    const answer = await call("code", {}, { bare: true }).catch(() => null);
    if (answer) channel.postMessage({ for: data.wants, code: answer.code });
  });
}
