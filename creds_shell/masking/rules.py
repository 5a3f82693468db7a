"""Which values are masked at all, and the reason in words when one is not.

One rule for `set`, `list`, `explain`, `doctor` and the filter: what they show as masked is what is masked.
"""

SHORTEST = 4
"""Nothing shorter is ever masked: three characters occur in any output by chance."""

ORDINARY = 6
"""The shortest value masked under a name that does not say credential."""

UNCONDITIONAL = 8
"""From here on an ordinary value needs no digit or sign to tell it from a word."""

CREDENTIAL_ENDINGS = (
    "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "SECRET", "TOKEN", "APIKEY", "ACCESSKEY", "PRIVATEKEY",
    "CREDENTIAL", "CREDENTIALS", "WEBHOOK", "COOKIE", "SIGNATURE", "BEARER",
)  # fmt: skip
"""A part of a name that ends so says credential: DBPASSWORD, PGPASSWORD, MYAPIKEY, CLIENTSECRET."""

CREDENTIAL_PARTS = frozenset((
    "PASS", "PASSES", "PASSWORDS", "PWD", "PW", "SECRETS", "TOKENS", "KEY", "KEYS", "PIN", "PINS", "OTP", "TOTP", "MFA",
    "AUTH", "AUTHORIZATION", "CRED", "CREDS", "CERT", "PEM", "PRIVATE", "SALT", "PEPPER", "SEED", "NONCE", "JWT", "PAT",
    "DSN", "SIGNING", "ENCRYPTION", "CVV", "CVC", "PSK", "HMAC", "MNEMONIC", "LICENSE", "LICENCE",
))  # fmt: skip
"""A whole part of a name (between underscores, a final number dropped) that says credential."""

COMMON_WORDS = frozenset((
    b"true", b"false", b"yes", b"no", b"on", b"off", b"null", b"none", b"nil", b"undefined", b"enabled", b"disabled",
    b"default", b"auto", b"always", b"never", b"required", b"optional", b"prefer", b"require", b"allow", b"deny",
    b"production", b"prod", b"staging", b"stage", b"development", b"develop", b"dev", b"test", b"testing", b"local",
    b"sandbox", b"preview", b"release", b"debug", b"info", b"warn", b"warning", b"error", b"critical", b"fatal",
    b"trace", b"verbose", b"quiet", b"silent", b"notice", b"localhost", b"127.0.0.1", b"0.0.0.0", b"::1",
    b"localhost:3000", b"localhost:8000", b"localhost:8080", b"localhost:5432", b"localhost:6379",
    b"http://localhost", b"https://localhost", b"host.docker.internal", b"example.com", b"http", b"https", b"postgres",
    b"postgresql", b"mysql", b"mariadb", b"sqlite", b"sqlite3", b"redis", b"mongodb", b"rabbitmq", b"memcached",
    b"elasticsearch", b"kafka", b"nginx", b"docker", b"kubernetes", b"github", b"gitlab", b"public", b"private",
    b"admin", b"root", b"user", b"users", b"username", b"guest", b"nobody", b"master", b"main", b"latest", b"stable",
    b"password", b"secret", b"token", b"utf-8", b"utf8", b"ascii", b"en_us.utf-8", b"c.utf-8", b"us-east-1",
    b"us-east-2", b"us-west-1", b"us-west-2", b"eu-west-1", b"eu-west-2", b"eu-central-1", b"ap-southeast-1",
    b"ap-northeast-1", b"linux", b"darwin", b"windows", b"python", b"node", b"application/json", b"text/plain",
    b"text/html", b"service_account", b"authorized_user",
))  # fmt: skip
"""Words that any program prints; a value that is one of them (in any case) is named as unmasked, never hidden."""


def says_credential(name: str) -> bool:
    """Whether a key's name says that its value is a credential."""
    for part in name.upper().replace("-", "_").replace(".", "_").split("_"):
        plain = part.rstrip("0123456789")
        if plain in CREDENTIAL_PARTS or plain.endswith(CREDENTIAL_ENDINGS):
            return True
    return False


def characters(value: bytes) -> int:
    """How many characters a value has; a byte that is no UTF-8 counts as one."""
    return len(value) if value.isascii() else len(value.decode("utf-8", "surrogateescape"))


def is_common(value: bytes) -> bool:
    """Whether a value is one of the words that any program prints."""
    return value.lower() in COMMON_WORDS


def needs_border(value: bytes, *, force: bool) -> bool:
    """Whether a value is so short that it counts only as a whole token (`1234`, not the middle of `812345`)."""
    return not force and characters(value) < ORDINARY


def why_unmasked(name: str, value: bytes, *, force: bool = False, free: bool = False) -> "str | None":
    """Say why a value is not masked.

    Args:
        name: the key; a name that says credential lowers the limit to 4 characters.
        value: its bytes. White space around it does not count.
        force: the user asked for masking (`mask = true`, `# mask`, `register_secret`).
        free: the user freed it (`mask = false`).

    Returns:
        The reason in a few words, or None when the value is masked.
    """
    core = value.strip()
    length = characters(core)
    if free:
        return "freed by mask = false or secret = false"
    if not value:
        return "empty"
    if not core:
        return "only white space"
    if length < SHORTEST:
        return f"shorter than {SHORTEST} characters"
    if force:
        return None
    if is_common(core):
        return "a common word"
    why = _why_ordinary(core, length)
    return None if why is None or says_credential(name) else why


def _why_ordinary(core: bytes, length: int) -> "str | None":
    """The limits for a name that does not say credential: 6 characters, up to 8 only with a digit or a sign."""
    if length < ORDINARY:
        return f"shorter than {ORDINARY} characters"
    if length < UNCONDITIONAL and core.isalpha():
        return f"a word of fewer than {UNCONDITIONAL} characters"
    return None
