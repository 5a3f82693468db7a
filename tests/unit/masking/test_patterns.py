"""Secrets known by their shape: the secret part goes and clean text stays."""

import uuid

import pytest

from creds_shell.masking.output import mask_output
from creds_shell.masking.patterns import find_shapes
from creds_shell.masking.stream import Masker

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n"
MASKED = {
    "password=secret123": "password=****",
    "passwd: hunter2": "passwd: ****",
    '{"password": "s3cr3t val", "user": "bob"}': '{"password": "****", "user": "bob"}',
    '{"user":"bob","api_key":"abc123def"}': '{"user":"bob","api_key":"****"}',
    r"{\"password\":\"abc\"}": r"{\"password\":\"****\"}",
    'password="a\\"b"c': 'password="****"c',
    "password: hunter2\nuser: x": "password: ****\nuser: x",
    "  client_secret: 'abc-def'\n": "  client_secret: '****'\n",
    "'secret' => 'xyz987'": "'secret' => '****'",
    "DB_PASS=x1y2": "DB_PASS=****",
    "db:\n  password: a,b;c\n  port: 1": "db:\n  password: ****\n  port: 1",
    "password = p,a;b\n": "password = ****\n",
    "{\n  password: hunter2,\n}": "{\n  password: ****,\n}",
    "DB_PASSWORD=p,a;s&s": "DB_PASSWORD=****",
    "export TOKEN=abc123def": "export TOKEN=****",
    "MY_SECRET_KEY_BASE=abcdef123": "MY_SECRET_KEY_BASE=****",
    "PGPASSWORD=abc psql": "PGPASSWORD=**** psql",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY": "aws_secret_access_key = ****",
    "--password hunter2 --password=hunter3": "--password **** --password=****",
    "GET /?token=abc12345&x=1": "GET /?token=****&x=1",
    "X-Api-Key: 0123abc": "X-Api-Key: ****",
    "Authorization: Bearer abc.def-123456": "Authorization: Bearer ****",
    "authorization: Basic dXNlcjpwYXNz": "authorization: Basic ****",
    "using bearer 0a1b2c3d4e5f6a7b": "using bearer ****",
    "postgres://user:pw@host/db": "postgres://user:****@host/db",
    "postgres://user:p@ss@host:5432/db": "postgres://user:****@host:5432/db",
    "mysql://root:a/b?c#d@h/db x": "mysql://root:****@h/db x",
    "redis://:pw@localhost:6379/0": "redis://:****@localhost:6379/0",
    "mongodb+srv://u:p%40ss@c.mongodb.net/?w=1": "mongodb+srv://u:****@c.mongodb.net/?w=1",
    "foo+bar://u:p@h": "foo+bar://u:****@h",
    "jdbc:postgresql://h/db?user=u&password=zzz&ssl=true": "jdbc:postgresql://h/db?user=u&password=****&ssl=true",
    "https://ghp_abcdefghijklmnopqrst1234@github.com/x": "https://****@github.com/x",
    "id AKIAIOSFODNN7EXAMPLE.": "id AKIA****.",
    "ghp_" + "a1" * 18: "ghp_****",
    "github_pat_11ABCDEFG0abcdefghijkl_mnopqr": "github_pat_****",
    "glpat-abcdefghij0123456789": "glpat-****",
    "xoxb-123456789012-abcdef": "xoxb-****",
    "sk-" + "a" * 48: "sk-****",
    "sk-proj-abc123DEF456ghi789jkl": "sk-****",
    "sk-ant-api03-AbCdEf0123456789xyz": "sk-****",
    "sk-lf-1f2e3d4c-5b6a-4789-8abc-def012345678": "sk-****",
    "AIzaSyA0123456789abcdefghijklmnopqrstuv": "AIza****",
    f"jwt {JWT} end": "jwt **** end",
    KEY.format("MIIEow+abc/def=\nAAAA"): KEY.format("****"),
    KEY.format("MIIEow+abc/def=\nAAAA").replace("\n", "\\n"): KEY.format("****").replace("\n", "\\n"),
    "password: |\n  hunter2\n  more\n\n  end\n\nuser: x\n": "password: |\n  ****\n\nuser: x\n",
    "db:\n  - secret: >-  # folded\n      a b\n     c\n    port: 1": "db:\n  - secret: >-  # folded\n      ****\n    port: 1",
    "password: |2\r\n   x y\r\nz: 1": "password: |2\r\n   ****\r\nz: 1",
    "  passphrase: correct horse battery # four\nnext: 1": "  passphrase: **** # four\nnext: 1",
    "  passphrase: doesn't matter at all\nnext: 1": "  passphrase: ****\nnext: 1",
    "password = not found\nnext = 1": "password = ****\nnext = 1",
    "password = two words;\n": "password = ****;\n",
    "MYSQL_PWD=x9": "MYSQL_PWD=****",
    "\x1b]0;password=hunter2\x07rest": "\x1b]0;password=****\x07rest",
    'x \x1b]0;api_key="abc123\x07rest': 'x \x1b]0;api_key="****\x07rest',
    "sent basic dXNlcjpwYXNz today": "sent basic **** today",
    '"Authorization": [\n  "Bearer abc"\n]': '"Authorization": [\n  "Bearer ****"\n]',
    "user[password]=hunter2&x=1": "user[password]=****&x=1",
    "POST user%5Bpassword%5D=hunter2&x=1": "POST user%5Bpassword%5D=****&x=1",
    "Array\n(\n    [password] => hunter2\n)": "Array\n(\n    [password] => ****\n)",
    'password="a\x7fb"': 'password="****\x7fb"',
    "DB_PASSWORD=abc(def\n": "DB_PASSWORD=****\n",
    "DB_PASSWORD=abc[1]\n": "DB_PASSWORD=****\n",
    '{"Authorization": "Bearer abc123"}': '{"Authorization": "Bearer ****"}',
    "https://x-access-token:abc@github.com/a/b (fetch)": "https://x-access-token:****@github.com/a/b (fetch)",
    "<password>a b</password>": "<password>****</password>",
    '<add key="Password" value="abc" />': '<add key="Password" value="****" />',
    '[{"name":"API_TOKEN","value":"abc1"}]': '[{"name":"API_TOKEN","value":"****"}]',
    "- name: DB_PASSWORD\n  value: abc1\n": "- name: DB_PASSWORD\n  value: ****\n",
    "set -gx API_TOKEN abc1": "set -gx API_TOKEN ****",
    "    client-key-data: LS0tLS1CRUdJTg==": "    client-key-data: ****",
    '  + password                = "abc1"': '  + password                = "****"',
    "Password:            abc1": "Password:            ****",
    "password: (a1!b c)": "password: ****",
    "password: (correct horse battery)": "password: ****",
    "password: <correct horse battery>": "password: ****",
    "password: (known after apply)x9": "password: ****",
    "DB_PASSWORD=(hunter)": "DB_PASSWORD=****",
    "DB_PASSWORD=[s3cr3t]": "DB_PASSWORD=****",
    "password: value": "password: ****",
    "map[X-Api-Key:[s3cr3t]]": "map[X-Api-Key:****]]",
    "passwd: correct horse battery": "passwd: ****",
    "mysql --password HUNTER": "mysql --password ****",
    "ENV PASSWORD via": "ENV PASSWORD ****",
    "curl --token via1 x": "curl --token **** x",
    "?user=u&pass=1234": "?user=u&pass=****",
    "?user=u&pass=9&x=1": "?user=u&pass=****&x=1",
    "machine h\n  login u\n  password p1\n": "machine h\n  login u\n  password ****\n",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk": "-----BEGIN OPENSSH PRIVATE KEY-----\n****",
}
CLEAN = [
    "commit 11f6ad8ec52a2984abaafd7c3b516503785c2072",
    "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    "md5 9dd4e461268c8034f5c8564e155c67a6",
    str(uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF)),
    "index 83db48f..bf2a4d1 100644",
    "the password is required",
    "Enter password: ",
    "Password must have 8 characters",
    "PWD=/srv/app\nOLDPWD=/tmp",
    "http://localhost:4873/@scope/pkg",
    "http://[::1]:8080/x@y",
    "https://example.com/a:b@c",
    "git@github.com:a/b.git",
    "https://registry.npmjs.org/@babel/core",
    "max_tokens: 4096",
    "SyntaxError: Unexpected token: foo",
    "tests pass: 12, fail: 3",
    "Basic authentication is used",
    "the bearer certificate",
    "task-management-system-for-teams",
    "scikit sk-learn-pipelines-and-more-words",
    "npm_config_registry=http://x",
    "password=",
    "token = None",
    "password: ${DB_PASSWORD}",
    "password: $DB_PASSWORD",
    "password = os.environ['X']",
    "connect(user=user, password=password)",
    "connect(password=settings.db_password)",
    "if password == other:",
    "def f(password: str, token: Token):",
    "secret: true",
    "bypass=true compass: north",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "email bob@example.com: hi",
    "password: |\nuser: x",
    "  -w, --no-password        never prompt\n  -W, --password           force a prompt",
    "run with --no-password please",
    "basic hardware/CPU/RAM, basic framework. Basic WorkingSet",
    "the bearer authorization-token",
    'the "Authorization:" header and the "Cookie:" header',
    "getpass(prompt='Password: ', stream=None)",
    'print("token=" + repr(token))',
    "'user=%s password=%s' % (user, password)",
    'f"user={user} password={password}"',
    'login --password "$password" --token=$1',
    "  password: process.env.DB_PASSWORD,",
    "PASS: tests/test_1.sh\n--- PASS: Test_1 (0.00s)",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
    '"password": {"type": "string"}, "token": ["required"]',
    "Authorization: Bearer <token>",
    "the Authorization header\nbefore Basic authentication",
    "proxy-authorization: basic ...",
    "    (ALL : ALL) NOPASSWD: ALL",
    "        token=self._get_param('token'),\n        auth_token=None,\n",
    "    secret_key=metadata['secret_key'],",
    '{"items": result, "NextToken": next_token}',
    "    password: bool = False,",
    "self.seen[token] = client_id",
    "tokens: list[Token] = found",
    "password: <your-password>",
    "token = await login()",
    "- name: DB_PASSWORD\n  valueFrom: x\n",
    "name: PASSWORD value value",
    "2026-11-25T10:00:00Z took 12ms",
]


@pytest.mark.parametrize("text", MASKED)
def test_the_secret_part_goes(text):
    assert mask_output(text) == MASKED[text]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_stays(text):
    assert mask_output(text) == text


@pytest.mark.parametrize("text", [*MASKED, *CLEAN])
def test_the_stream_gives_the_same_byte_by_byte(text, needles):
    masker = Masker(needles(patterns=True))
    data = text.encode()
    out = b"".join([masker.feed(data[i : i + 1]) for i in range(len(data))]) + masker.flush()
    assert out.decode() == mask_output(text)


def test_find_shapes_names_kinds_and_places():
    data = b"x password=abc123\nAKIAIOSFODNN7EXAMPLE"
    assert [(data[start:end], kind) for start, end, kind in find_shapes(data)] == [
        (b"abc123", "password"),
        (b"IOSFODNN7EXAMPLE", "token AKIA"),
    ]
