"""Running children: `plan` chooses pipes, an inner terminal or a plain exec; the rest carries it out.

Everything that `exec` imports is here or in core and masking, and none of it imports os, subprocess or re: a masked
`creds exec -- true` has to cost little more than starting Python.
"""

# What a run needs, each after what it imports (core/quick.py): always, on pipes, on a terminal.
QUICK = (
    "core/paths process/plan process/descriptors process/options process/run "
    "core/repository core/binding core/names core/resolve core/load core/dotenv process/sources "
    "core/loaded core/agents process/environment masking/ masking/rules core/journal "
    "process/signals process/spawn process/native process/child process/poller process/sink process/relay"
)
PIPES = "process/pipes"
TERMINAL = "process/link process/terminal process/outer process/keyboard process/monitor process/front"
