"""L4: the command line. It talks, asks and renders; what it does is done in the layers below."""
