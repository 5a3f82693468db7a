"""Where bundles live. A tier is one module with a BundleProvider and one line in `registry`, or an entry point.

A provider says in its ProviderCaps what it can do; the command line and the page offer only that.
"""
