"""Running children: `plan` chooses pipes, an inner terminal or a plain exec; the rest carries it out.

Everything that `exec` imports is here or in core and masking, and none of it imports os, subprocess or re: a masked
`creds exec -- true` has to cost little more than starting Python.
"""

# What a run needs, each after what it imports: always; to start on pipes, and there, while the command starts,
# to record that, and if it has not ended in silence, to move bytes; on a terminal, and there, while the command starts,
# what moves bytes in the front and what the monitor is.
QUICK = (
    "core/paths process/plan =fcntl process/descriptors process/options process/run "
    "=_blake2 core/repository core/binding core/names core/resolve core/load core/dotenv process/sources "
    "core/loaded core/agents process/environment masking/ masking/rules process/spawn"
)
MONITOR = "process/child =select process/poller process/signals process/monitor"
BESIDE = "process/child process/held process/beside"
RECORD = "=_sha2 =_sha256 =select core/journal"
PIPES = "process/poller process/signals process/sink process/relay process/pipes"
TERMINAL = "process/held process/link process/terminal process/outer process/inner"
FRONT = (
    "process/child =select process/poller process/signals process/sink process/relay process/keyboard process/front "
    "=_sha2 =_sha256 core/journal"
)
