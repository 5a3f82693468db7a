"""What another site, another program or a curious user may send: each is refused, and learns nothing."""

import json
import os
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

VALUE = "value-of-the-test-4711"
ELSEWHERE = "http://evil.example"


@pytest.fixture(scope="module")
def open_site(shared):
    assert shared.post("put", {"key": "API_KEY", "value": VALUE}).status == 200
    return shared


def test_the_page_itself_holds_no_value_and_no_token(open_site):
    answer = open_site.ask("/")
    assert answer.status == 200
    for word in (VALUE, "API_KEY", open_site.tokens[0], open_site.code, "shop"):
        assert word.encode() not in answer.body


def test_every_answer_forbids_all_that_the_page_does_not_need(open_site):
    for answer in (
        open_site.ask("/"),
        open_site.ask("/static/app.js"),
        open_site.post("state"),
        open_site.ask("/no"),
    ):
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert not [name for name in headers if name.startswith("access-control-")]
        assert "server" not in headers
        assert "set-cookie" not in headers


def test_each_load_has_a_nonce_of_its_own_and_scripts_need_it(shared):
    policies = {shared.ask("/").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3
    assert all("script-src 'nonce-" in policy and "'unsafe" not in policy for policy in policies)
    assert "trusted-types 'none'" in policies.pop()


@pytest.mark.parametrize("path", ["state", "reveal", "put", "delete", "audit", "code", "stop", "watch"])
def test_without_a_token_nothing_is_told(open_site, path):
    answer = open_site.post(path, {"key": "API_KEY"}, authorization=None)
    assert answer.status == 401
    assert VALUE.encode() not in answer.body


def test_a_wrong_token_is_refused(open_site):
    for word in ("Bearer " + "x" * 43, f"Basic {open_site.tokens[0]}", open_site.tokens[0], "Bearer "):
        assert open_site.post("state", authorization=word).status in {401, 429}


def test_a_code_works_once(site):
    site.enter()
    site.tokens.clear()
    again = site.post("session", {"code": site.code})
    assert (again.status, again.code) == (401, "unauthorised")


def test_a_guessed_code_is_refused_and_guessing_gets_slow(site):
    answers = [site.post("session", {"code": f"guess-{number}"}) for number in range(8)]
    assert answers[0].status == 401
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    site.enter()  # the right code still works at once: nobody can lock the person out
    assert site.post("state").status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]:{port}",
        "127.0.0.1:{port}.evil.example",
        "",
    ],
)
def test_another_host_name_is_refused(open_site, host):
    """DNS rebinding: the attacker's name resolves to 127.0.0.1, but the browser still sends that name."""
    name = host.format(port=open_site.port)
    assert open_site.ask("/", headers={"Host": name}).status == 403
    answer = open_site.post("reveal", {"key": "API_KEY"}, host=name)
    assert answer.status == 403
    assert VALUE.encode() not in answer.body


def test_two_host_headers_are_refused(open_site):
    with socket.create_connection(("127.0.0.1", open_site.port), timeout=30) as line:
        line.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{open_site.port}\r\nHost: evil.example\r\n\r\n".encode()
        )
        assert line.recv(1000).split()[1] in {b"400", b"403"}


@pytest.mark.parametrize(
    "origin",
    [ELSEWHERE, "null", "http://127.0.0.1", "https://127.0.0.1:{port}", "http://localhost:{port}", None],
)
def test_a_foreign_origin_is_refused(open_site, origin):
    answer = open_site.post(
        "reveal", {"key": "API_KEY"}, origin=origin and origin.format(port=open_site.port)
    )
    assert (answer.status, answer.code) == (403, "origin")


@pytest.mark.parametrize("path", ["/", "/static/app.js"])
def test_nothing_is_given_to_another_origin_by_a_browser_without_fetch_metadata(open_site, path):
    assert open_site.ask(path, headers={"Origin": ELSEWHERE}).status == 403
    assert open_site.ask(path, headers={"Origin": open_site.origin}).status == 200


@pytest.mark.parametrize("site_word", ["cross-site", "same-site", "none"])
def test_a_request_that_another_site_caused_is_refused(open_site, site_word):
    assert open_site.post("state", sec_fetch_site=site_word).status == 403
    assert open_site.ask("/static/app.js", headers={"Sec-Fetch-Site": site_word}).status == 403


def test_another_site_may_link_to_the_page_and_not_embed_it(shared):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert shared.ask("/", headers={**link, "Sec-Fetch-Dest": "document"}).status == 200
    for dest in ("iframe", "script", "image", "empty", "object"):
        assert shared.ask("/", headers={**link, "Sec-Fetch-Dest": dest}).status == 403


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "",
        None,
    ],
)
def test_what_a_form_could_send_is_refused(open_site, kind):
    answer = open_site.post("put", {"key": "A", "value": "b"}, content_type=kind)
    assert (answer.status, answer.code) == (415, "media_type")


def test_a_compressed_body_is_refused(open_site):
    assert open_site.post("state", content_encoding="gzip").status == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_the_interface_takes_posts_alone(open_site, method):
    answer = open_site.ask("/api/state", method=method, headers={"Origin": open_site.origin})
    assert answer.status == 405
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_of_another_site_gets_no_leave(open_site):
    asked = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = open_site.ask("/api/state", method="OPTIONS", headers=asked)
    assert answer.status >= 400
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("declared", [None, "99999999999"])
def test_an_oversized_body_is_refused(open_site, declared):
    body = b'{"key": "' + b"x" * (3 << 20) + b'"}'
    extra = {"content_length": declared} if declared else {}
    assert open_site.post("state", body if declared is None else b"{}", **extra).status == 413


def test_a_refusal_reaches_a_browser_that_is_still_sending(open_site):
    """It sends all before it reads; a connection closed on unread bytes would be an error of the network to it."""
    head = (
        f"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:{open_site.port}\r\nOrigin: {open_site.origin}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {6 << 20}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", open_site.port), timeout=30) as line:
        line.sendall(head.encode() + b"x" * (6 << 20))
        assert line.recv(1000).split()[1] == b"413"


def test_an_endless_body_is_refused_where_it_grows_too_large(open_site):
    head = (
        f"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:{open_site.port}\r\nOrigin: {open_site.origin}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", open_site.port), timeout=30) as line:
        line.sendall(head.encode())
        answer = b""
        for _ in range(50):
            try:
                line.sendall(b"100\r\n" + b"x" * 256 + b"\r\n")
            except OSError:
                break
        answer = line.recv(1000)
        assert answer.split()[1] == b"413"


@pytest.mark.parametrize("provider", ["\0", "../x", "nope", ""])
def test_a_provider_that_is_none_is_refused(open_site, provider):
    refused = open_site.post("state", {"provider": provider})
    assert (refused.status, refused.code) == (422, "invalid")


def test_what_is_no_json_object_is_refused(open_site):
    for body in (b"", b"nonsense", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"key": NaN'):
        assert open_site.post("reveal", body).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/%2e%2e/base.py", "//etc/passwd", "/static//app.js",
        "/etc/passwd", "/static/app.js%00", "/static/", "/static/index.html", "/index.html", "/api/", "/api/state/", "/API/state",
        "/?next=http://evil.example", "/static/app.js?x", "/%2e", "/.", "/favicon.ico", "/static/APP.JS", "http://evil.example/",
    ],
)  # fmt: skip
def test_path_tricks_lead_nowhere(open_site, path):
    assert open_site.ask(path).status in {400, 403, 404}
    assert open_site.ask(path, method="POST", body=b"{}").status in {400, 403, 404}


def test_an_error_tells_no_exception_and_no_path_of_ours(open_site):
    for fields in ({"key": ["a"]}, {"key": {}}, {"key": None}, {"key": "x" * 10_000}, {"key": "\ud800"}, {}):
        answer = open_site.post("reveal", fields)
        assert 400 <= answer.status < 500
        for word in (b"Traceback", b"Error", b"site-packages", b"creds_shell", b".py"):
            assert word not in answer.body


def test_a_key_or_value_full_of_html_comes_back_as_json_text(open_site):
    html = "<script>alert(1)</script>"
    assert open_site.post("put", {"key": html, "value": "x"}).json["error"]["field"] == "key"
    assert open_site.post("put", {"key": "HTML", "value": html}).status == 200
    answer = open_site.post("reveal", {"key": "HTML"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["value"] == html


def test_values_come_on_reveal_alone_and_each_reveal_is_recorded(open_site):
    log = open_site.cwd.parent / ".config/claude-power-pack/audit.log"
    for path in ("state", "tiers", "audit", "validate"):
        assert VALUE.encode() not in open_site.post(path, {"checks": ["env", "dotenv"]}).body
    before = log.read_text().count('"reveal"')
    assert open_site.post("reveal", {"key": "API_KEY"}).json["value"] == VALUE
    assert log.read_text().count('"reveal"') == before + 1
    assert VALUE not in log.read_text()


def test_a_header_that_never_ends_ends_the_connection(open_site):
    with socket.create_connection(("127.0.0.1", open_site.port), timeout=30) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{open_site.port}\r\nX-Long: ".encode())
        sent = 0
        try:
            while sent < 64 << 20:
                sent += line.send(b"x" * 65536)
        except OSError:
            return
        pytest.fail(f"{sent} bytes of one header were taken")


def test_many_slow_connections_do_not_keep_the_person_out(open_site):
    slow = [socket.create_connection(("127.0.0.1", open_site.port), timeout=30) for _ in range(40)]
    try:
        for line in slow:
            line.sendall(b"POST /api/state HTTP/1.1\r\nHost: ")
        assert open_site.post("state").status == 200
    finally:
        for line in slow:
            line.close()


def test_it_listens_on_the_loopback_address_alone(shared):
    """proc(5): local address and port in hex, state 0A is LISTEN; 0100007F is 127.0.0.1."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path("/proc/net", name).read_text().splitlines()[1:]
    ]
    listening = [line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{shared.port:04X}")]
    assert listening == [f"0100007F:{shared.port:04X}"]


def test_the_code_is_in_no_argument_list_and_no_file_but_the_private_redirect(start, home, tmp_path):
    """Another user can read the process list; the browser gets the path of a 0600 file in a 0700 folder."""
    seen = tmp_path / "browser-arguments"
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >{seen}.part && cp "$1" {tmp_path}/copy && mv {seen}.part {seen}\n'
    )
    browser.chmod(0o755)
    process = subprocess.Popen(
        ("creds", "ui"), cwd=tmp_path / "src" / "shop", env=home.env | {"BROWSER": str(browser)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        _until(seen.exists)
        redirect = Path(seen.read_text().strip())
        assert stat.S_IMODE(redirect.stat().st_mode) == 0o600
        assert stat.S_IMODE(redirect.parent.stat().st_mode) == 0o700
        code = (tmp_path / "copy").read_text().partition("#code=")[2].partition('"')[0]
        assert len(code) >= 32
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                assert code.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
        holding = [
            path
            for path in home.path.rglob("*")
            if path.is_file() and code in path.read_text(errors="replace")
        ]
        assert holding in ([], [redirect])
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert not redirect.exists()


def _until(condition, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_json_is_one_line(shared):
    said = shared.said
    assert set(said) == {"version", "url", "port", "pid", "expires"}
    assert said["version"] == 1
    assert json.dumps(said).count("\n") == 0
