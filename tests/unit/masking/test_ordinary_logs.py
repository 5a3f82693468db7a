"""What programs print every day has the words password, token and secret in it, and passes byte for byte."""

import pytest

from creds_shell.masking.output import mask_output
from creds_shell.masking.stream import Masker

LOGS = {
    "terraform": """\
  # aws_secretsmanager_secret.db will be created
      + kms_key_id              = (known after apply)
      + secret_arn  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-pass-AbCdEf"
      ~ password = (sensitive value)
      + access_key = (known after apply)
      + master_password         = (sensitive value)
      + require_password_change = true
      + token_validity_units {
aws_secretsmanager_secret.db: Refreshing state... [id=arn:aws:secretsmanager:eu-west-1:1:secret:x-abc]
""",
    "kubectl": """\
NAME                  TYPE                                  DATA   AGE
default-token-abcde   kubernetes.io/service-account-token   3      10d
      DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false
      API_TOKEN:    <set to the key 'token' in secret 'api'>    Optional: true
    token:  <none>
password:  12 bytes
token:      1024 bytes
    TokenExpirationSeconds:  3607
      secretKeyRef:
        name: db
        key: password
secret/db-password created
""",
    "npm": """\
npm ERR! Unable to authenticate, need: Basic realm="Sonatype Nexus Repository Manager"
npm http fetch GET 200 https://registry.npmjs.org/@babel%2fcore 35ms (cache hit)
//registry.npmjs.org/:_authToken = (protected)
+ js-tokens@4.0.0
""",
    "pytest": """\
tests/test_auth.py::test_token[secret-key] PASSED                        [ 10%]
E       assert response.json() == {'token': ANY}
E       KeyError: 'password'
ok      github.com/x/y/token    0.012s
--- PASS: TestToken (0.00s)
""",
    "dbt": "Done. PASS=5 WARN=0 ERROR=0 SKIP=0 TOTAL=5\npass=12 fail=0\n",
    "git": """\
commit 11f6ad8ec52a2984abaafd7c3b516503785c2072 (HEAD -> main, origin/main)
    Fix token refresh: the old one was kept
 src/token.rs    | 12 +++++++-----
 create mode 100644 src/password.py
Password for 'https://bob@github.com':
""",
    "docker": """\
WARNING! Using --password via the CLI is insecure. Use --password-stdin.
#5 sha256:4abcf20661432fb2d719aaf90656f55c287f8ca915dc1c92ec14ff61e67fbaf8 3.41MB / 3.41MB 0.2s
#7 [stage-1 2/5] RUN --mount=type=secret,id=npm_token npm ci
""",
    "servers": """\
ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)
ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)
FATAL:  password authentication failed for user "app"
Failed password for invalid user admin from 10.0.0.1 port 22 ssh2
  Parameters: {"user"=>{"password"=>"[FILTERED]"}}
password: (none)
secret: ***REDACTED***
DB_PASSWORD = <sensitive>
www-authenticate: Bearer error="invalid_token"
etag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
""",
    "errors": """\
cat: /run/secrets/api_key: Permission denied
bash: line 1: DB_PASSWORD: unbound variable
bash: password: command not found
/bin/sh: 1: API_TOKEN: parameter not set
{"level":"error","msg":"OPENAI_API_KEY: not set"}
{"level":"error","msg":"password: not set."}
  password: must be at least 8 characters
Error: DB_PASSWORD: This variable is required.
The Secret "x" is invalid: data[password]: Invalid
TOKEN: missing
""",
    "packages": """\
+-- jsonwebtoken: 9.0.2
    "jsonwebtoken": "^9.0.2",
libsecret: 0.20.5
debug2: host key algorithms: sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com
ssl_password: off
privateKey: ./certs/server.pem
""",
    "usage": "usage: deploy [--password TEXT] [--token TOKEN] host\n   --secret value, -s value  the secret\n",
    "passwd": "passwd:         files systemd\npasswd: Authentication token manipulation error\n",
    "models": '"eos_token": "</s>"\ncls_token: [CLS]\n{"usage":{"prompt_tokens":120,"max_tokens":4096}}\n',
    "hashes": """\
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  -
id=123e4567-e89b-12d3-a456-426614174000
integrity sha512-9NET910DNaIPngYnLLPeg+Ogzqsi9uM4mSboU5y6p8S5DzMTVEsJZrawi+BoDNUVBa2DhJqQYUFvMDfgU062LQ==
SHA256:uNiVztksCsDhcc0u9e8BrrXF1DBqXUjAh7tq5nv9Kr8 bob@host (ED25519)
""",
    "flow": "{password: null}\n[token=null]\nx: {token: foo}\n",
}


@pytest.mark.parametrize("program", LOGS)
def test_it_passes_whole_and_byte_by_byte(program, needles):
    log = LOGS[program]
    assert mask_output(log) == log
    masker, data = Masker(needles(patterns=True)), log.encode()
    out = b"".join([masker.feed(data[at : at + 1]) for at in range(len(data))])
    assert (out + masker.flush()).decode() == log
