"""config.toml and creds.toml as files: what is no file that can be trusted, and what becomes of it."""


def test_a_creds_toml_of_the_wrong_kind_is_ignored_by_every_command(creds, repo):
    """The first command warned and went on, which wrote a record; every later one was refused."""
    assert creds("set", "API_KEY", "--stdin", input="hunter2-value").returncode == 0
    file = repo / "creds.toml"
    file.symlink_to("elsewhere.toml")
    (repo / "elsewhere.toml").write_text("[keys.NEEDED]\nrequired = true\n")
    for words in (("list",), ("list",), ("exec", "--", "true"), ("export", "bash", "--reveal")):
        done = creds(*words)
        assert done.returncode == 0, done.stderr
        assert ("creds.toml is ignored" in done.stderr) == (words[0] == "list")
    file.unlink()
    (repo / "elsewhere.toml").rename(file)
    assert creds("exec", "--", "true").returncode == 3


def test_a_config_that_others_could_write_stays_an_error_until_it_is_mended(creds, home):
    assert creds("set", "API_KEY", "--stdin", input="hunter2-value").returncode == 0
    config = home.config / "config.toml"
    config.write_text("")
    config.chmod(0o666)
    for words in (("list",), ("exec", "--", "true"), ("exec", "--", "true")):
        done = creds(*words)
        assert done.returncode == 4
        assert f"creds: hint: chmod go-w {config}" in done.stderr
    config.chmod(0o600)
    assert creds("exec", "--", "true").returncode == 0
