"""Running children: `plan` chooses pipes, an inner terminal or a plain exec; the rest carries it out.

Everything that `exec` imports is here or in core and masking, and none of it imports os, subprocess or re: a masked
`creds exec -- true` has to cost little more than starting Python.
"""
