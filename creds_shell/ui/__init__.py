"""The local web page: a static page on 127.0.0.1 and a JSON interface that only the tab which was let in may use.

server    binds, runs, stops          guard     decides about every request before a handler sees it
access    start codes and tab tokens  launch    brings the start code to the browser, never through an argument list
routes    paths and their handlers    page      the static files and their headers
operations, selection, listing, changes, importing, tiers, history   what the page can do, on providers and projects
questions, doorbell, asking           a person answers for another process (an agent's `creds set`)
"""
