"""Coding agents: who runs us, and what they may not do. An agent may use secrets and must not see them.

A marker counts only if an agent sets it for the commands that it runs; one that a person's own terminal can
have as well is listed and ignored. This prevents accidents: an agent that unsets the variable is not stopped.
"""

import posix

# variable, agent, whether a person's terminal can have it (then it does not count), where it is written
AGENTS: tuple[tuple[str, str, bool, str], ...] = (
    ("CLAUDECODE", "claude", False, "code.claude.com/docs/en/env-vars"),
    ("CURSOR_AGENT", "cursor", False, "cursor.com/docs, agent terminal"),
    ("CODEX_SANDBOX", "codex", False, "openai/codex core/src/spawn.rs"),
    ("CODEX_SANDBOX_NETWORK_DISABLED", "codex", False, "openai/codex core/src/spawn.rs"),
    ("CODEX_CI", "codex", False, "openai/codex core/src/unified_exec"),
    ("CODEX_THREAD_ID", "codex", False, "openai/codex core/src/exec_env.rs"),
    ("GEMINI_CLI", "gemini", False, "google-gemini/gemini-cli docs/tools/shell.md"),
    ("QWEN_CODE", "qwen", False, "QwenLM/qwen-code docs, shell tool"),
    ("AUGMENT_AGENT", "augment", False, "docs.augmentcode.com/cli/reference, environment variables"),
    ("OPENCODE", "opencode", False, "sst/opencode packages/opencode/src/index.ts"),
    ("AMP_CURRENT_THREAD_ID", "amp", False, "ampcode.com/manual"),
    ("GOOSE_TERMINAL", "goose", False, "block/goose docs, environment variables"),
    ("CLINE_ACTIVE", "cline", False, "cline/cline CHANGELOG, terminal environment"),
    ("COPILOT_CLI", "copilot", False, "docs.github.com, Copilot CLI"),
    ("ANTIGRAVITY_AGENT", "antigravity", False, "vercel/vercel packages/detect-agent"),
    ("CRUSH", "crush", False, "charmbracelet/crush internal/shell"),
    ("CLAUDE_CODE_SSE_PORT", "claude", True, "set by the editor's extension in every integrated terminal"),
    ("CLAUDE_CONFIG_DIR", "claude", True, "a setting"),
    ("CODEX_HOME", "codex", True, "a setting"),
    ("CURSOR_TRACE_ID", "cursor", True, "in every terminal of the editor"),
    ("GOOSE_PROVIDER", "goose", True, "a setting"),
    ("COPILOT_GITHUB_TOKEN", "copilot", True, "a setting"),
    ("REPL_ID", "replit", True, "in every shell of the workspace"),
    ("VSCODE_PID", "vscode", True, "in every terminal of the editor"),
)

# Variables whose value is the agent's name: ours, and the one that the vendors' detection libraries share.
NAMED = ("CREDS_AGENT", "AI_AGENT")
NAME_LENGTH = 40  # a name goes into every audit record

# action: (what it would do, what the agent can do instead). The word is what agent.allow takes.
ACTIONS: dict[str, tuple[str, str]] = {
    "reveal": ("show a value", "use it without seeing it: `creds exec -- COMMAND`"),
    "dump": ("write the values out", "use them without seeing them: `creds exec -- COMMAND`"),
    "no-mask": ("run a command unmasked", "leave --no-mask out: `creds exec -- COMMAND`"),
    "allow": ("trust a repository", "ask a person to run `creds allow` in their own terminal"),
    "use": ("change the tier", "ask a person to run `creds use` in their own terminal"),
    "export": ("print the values as shell code", "use them without seeing them: `creds exec -- COMMAND`"),
    "promote": ("copy the bundle to AWS", "ask a person to run `creds promote` in their own terminal"),
    "decrypt": ("decrypt the store", "ask a person to run `creds store decrypt` in their own terminal"),
    "ui": ("get the page's address", "run `creds ui`: it opens the page for the person at this machine"),
    "set-value": (
        "write a value on the command line",
        "run `creds set KEY`: a person types the value on the page",
    ),
}


def marker(environ: "dict[bytes, bytes] | None" = None) -> "tuple[str, str] | None":
    """Return (agent, variable) of the marker that matched, or None for a person.

    Args:
        environ: the environment to look at; this process's own if None.
    """
    env = posix.environ if environ is None else environ
    for variable in NAMED:
        value = env.get(variable.encode())
        if value:
            return _clean_name(value), variable
    for variable, agent, also_people, _ in AGENTS:
        if not also_people and env.get(variable.encode()):
            return agent, variable
    return None


def detect(environ: "dict[bytes, bytes] | None" = None) -> "str | None":
    """Return the name of the agent that runs us, or None for a person."""
    found = marker(environ)
    return found[0] if found else None


def describe(environ: "dict[bytes, bytes] | None" = None) -> "str | None":
    """Return `agent (VARIABLE)` for people to read, or None."""
    found = marker(environ)
    return f"{found[0]} ({found[1]})" if found else None


_answered: set[str] = set()  # what a person said yes to, for this run


def permit(action: str) -> None:
    """Let this run do `action`: a person was asked and said yes."""
    _answered.add(action)


def refuse(action: str, granted: "frozenset[str]" = frozenset()) -> None:
    """Stop an agent from doing `action`; does nothing for a person, or where the user granted or permitted it.

    Args:
        action: a key of ACTIONS.
        granted: what the user's config allows agents (`agent.allow`).

    Raises:
        NotAllowedError: an agent runs us and may not do this.
    """
    found = marker()
    if found is None or action in granted or action in _answered:
        return
    what, instead = ACTIONS[action]
    from creds_shell.core.errors import NotAllowedError

    raise NotAllowedError(
        f"a coding agent may not {what} ({found[1]} is set)",
        instead,
        f'a person can grant it in their own config.toml: [agent] allow = ["{action}"]',
    )


def _clean_name(value: bytes) -> str:
    text = value[:NAME_LENGTH].decode("ascii", "replace")
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in text)
    return kept if kept.strip("-") and not kept.isdigit() else "agent"
