"""Tokens that are known by a prefix which their maker publishes."""

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567890123456789"
_URL = _ALNUM + b"-_"
_DOTTED = _URL + b"."

TOKENS: "tuple[tuple[bytes, bytes, int, int, bool], ...]" = (
    # prefix, characters after it, fewest and most of them, whether hyphened words must be told from it
    (b"AKIA", _UPPER, 16, 16, False),  # AWS access key id (IAM user guide, unique identifiers)
    (b"ASIA", _UPPER, 16, 16, False),  # AWS temporary access key id
    (b"ghp_", _ALNUM, 16, 255, False),  # GitHub: personal, OAuth, user, server, refresh tokens (36 today)
    (b"gho_", _ALNUM, 16, 255, False),
    (b"ghu_", _ALNUM, 16, 255, False),
    (b"ghs_", _ALNUM, 16, 255, False),
    (b"ghr_", _ALNUM, 16, 255, False),
    (b"github_pat_", _ALNUM + b"_", 16, 255, False),
    (b"glpat-", _DOTTED, 16, 300, False),  # GitLab personal, deploy, runner, trigger tokens
    (b"gldt-", _DOTTED, 16, 300, False),
    (b"glrt-", _DOTTED, 16, 300, False),
    (b"glptt-", _DOTTED, 16, 300, False),
    (b"xoxb-", _URL, 10, 300, False),  # Slack
    (b"xoxp-", _URL, 10, 300, False),
    (b"xoxa-", _URL, 10, 300, False),
    (b"xoxr-", _URL, 10, 300, False),
    (b"xoxs-", _URL, 10, 300, False),
    (b"xoxe-", _URL, 10, 300, False),
    (b"xapp-", _URL, 10, 300, False),
    (b"sk-", _URL, 20, 300, True),  # OpenAI (sk-, sk-proj-), Anthropic (sk-ant-), OpenRouter (sk-or-)
    (b"sk_live_", _ALNUM, 10, 300, False),  # Stripe
    (b"sk_test_", _ALNUM, 10, 300, False),
    (b"rk_live_", _ALNUM, 10, 300, False),
    (b"rk_test_", _ALNUM, 10, 300, False),
    (b"pk_live_", _ALNUM, 10, 300, False),
    (b"pk_test_", _ALNUM, 10, 300, False),
    (b"whsec_", _ALNUM + b"+/=", 20, 300, False),
    (b"AIza", _URL, 30, 60, False),  # Google API key (35)
    (b"ya29.", _URL, 20, 500, False),  # Google OAuth access token
    (b"npm_", _ALNUM, 20, 100, False),
    (b"pypi-", _URL, 20, 400, True),
    (b"rubygems_", _ALNUM, 20, 100, False),
    (b"SG.", _DOTTED, 20, 100, False),  # SendGrid
    (b"hf_", _ALNUM, 20, 100, False),  # Hugging Face
    (b"dop_v1_", _ALNUM, 20, 100, False),  # DigitalOcean
    (b"hvs.", _URL, 20, 300, False),  # Vault
    (b"dckr_pat_", _URL, 16, 100, False),
    (b"shpat_", _ALNUM, 20, 100, False),  # Shopify
    (b"sntrys_", _URL + b"=+/", 20, 500, False),
    (b"AGE-SECRET-KEY-1", _UPPER, 40, 100, False),
)
"""One row for each prefix; the lengths are lower than today's, because makers lengthen tokens and tests shorten them."""
