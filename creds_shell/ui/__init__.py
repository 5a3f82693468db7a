"""The local web page: a static page on 127.0.0.1 and a JSON interface that only the tab which was let in may use.

opening     a run from its first moment to its last    server    binds, serves, knows who is there, stops
access      start codes and tab tokens                 launch    brings the start code to the browser
guard       decides about every request first          page      the static files and their headers
routes      paths and their handlers                   wire      checked fields, values as text or base64, versions
operations  one method for each path, on selection (which project), listing, changes (compare-and-swap), importing,
            tiers, promoting and history
asking      what another process calls to ask a person; doorbell carries the question to a running page, questions
            keeps the open ones, answering does what a yes means
"""
