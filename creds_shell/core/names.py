"""Which variable names may be set, and from where: one table, each row with its source.

*never*: the shell owns it. *confirm*: it makes the next program run code, whoever stored it. *confirm-repository*:
it redirects a program, so a file of the repository may set it only after the user said yes to that name.
A word that ends in `*` is a family; an exact name further up wins over a family.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# MAX_ARG_STRLEN of Linux (include/uapi/linux/binfmts.h: 32 pages) for `NAME=value` and its NUL: one longer
# variable makes every later command of that shell fail with E2BIG
SIZE_LIMIT = 131072

# class | names | source: one text, because hundreds of strings would be made anew at every prompt
TABLE = """
ok                 | GIT_TOKEN GIT_USERNAME GIT_PASSWORD NPM_TOKEN PIP_TOKEN YARN_TOKEN | tokens inside a family below
ok                 | UV_PUBLISH_TOKEN POETRY_PYPI_TOKEN_PYPI CARGO_REGISTRY_TOKEN GEM_HOST_API_KEY | tokens, as above
ok                 | HOMEBREW_GITHUB_API_TOKEN NPM_AUTH_TOKEN CLOUDSDK_AUTH_ACCESS_TOKEN | tokens, as above
never              | IFS PWD OLDPWD PPID UID EUID GID EGID SHLVL _ OPTIND OPTARG OPTERR | POSIX sh 2.5.3, bash(1)
never              | BASH BASHOPTS BASHPID BASH_* SHELLOPTS RANDOM SRANDOM SECONDS LINENO | bash(1), Shell Variables
never              | EPOCHSECONDS EPOCHREALTIME DIRSTACK FUNCNAME GROUPS HISTCMD PIPESTATUS | bash(1), Shell Variables
never              | COMP_CWORD COMP_KEY COMP_LINE COMP_POINT COMP_TYPE COMP_WORDBREAKS COMP_WORDS | bash(1)
never              | COMPREPLY MAPFILE REPLY COPROC READLINE_* HOSTTYPE MACHTYPE OSTYPE | bash(1), Shell Variables
never              | ARGC argv status pipestatus signals ZSH_ARGZERO ZSH_EVAL_CONTEXT ZSH_NAME | zshparam(1)
never              | ZSH_PATCHLEVEL ZSH_SUBSHELL ZSH_VERSION ZSH_EXECUTION_STRING ZSH_SCRIPT TTYIDLE ERRNO | zshparam(1)
never              | path fpath cdpath manpath mailpath module_path | zshparam(1): tied to PATH and its kin
never              | precmd_functions preexec_functions chpwd_functions periodic_functions | zshmisc(1), bash-preexec
never              | zshaddhistory_functions zshexit_functions | zshmisc(1): hook functions, ours among them
never              | CMD_DURATION status_generation FISH_VERSION | fish: special variables
never              | FUNCNEST TMOUT | bash(1): would end functions, or the shell
never              | POSIXLY_CORRECT IGNOREEOF histchars HISTCHARS | bash(1), zshparam(1): options in disguise
never              | CREDS_* __CREDS_* __creds_* BASH_FUNC_* | ours; bash's exported functions (CVE-2014-6271)
confirm            | PATH LD_* DYLD_* GCONV_PATH GETCONF_DIR LOCPATH NLSPATH | ld.so(8), dyld(1): unsecured variables
confirm            | MALLOC_TRACE GLIBC_TUNABLES HOSTALIASES RESOLV_HOST_CONF LOCALDOMAIN RES_OPTIONS | ld.so(8)
confirm            | BASH_ENV ENV PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 MAILPATH | bash(1): run or expanded at start, at the prompt
confirm            | ZDOTDIR PROMPT PROMPT2 PROMPT3 PROMPT4 RPROMPT RPS1 FPATH MODULE_PATH NULLCMD READNULLCMD | zsh(1)
confirm            | fish_* SHELL TERMINFO TERMINFO_DIRS TERMCAP INPUTRC | fish(1), terminfo(5), readline(3)
confirm            | PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONINSPECT PYTHONBREAKPOINT PYTHONUSERBASE | python(1)
confirm            | PYTHONWARNINGS PYTHONEXECUTABLE PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONCASEOK | python(1)
confirm            | NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE ELECTRON_RUN_AS_NODE | node(1)
confirm            | PERL5* PERLLIB RUBYOPT RUBYLIB RUBYSHELL GEM_PATH GEM_HOME BUNDLE_GEMFILE | perlrun(1), ruby(1)
confirm            | JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS JAVA_HOME CLASSPATH | java(1)
confirm            | MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS SBT_OPTS PHPRC PHP_INI_SCAN_DIR | mvn, gradle, sbt, php(1)
confirm            | LUA_INIT* LUA_PATH* LUA_CPATH* R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER R_LIBS | lua(1), R(1)
confirm            | JULIA_LOAD_PATH ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS | julia(1), erl(1)
confirm            | DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS CORECLR_* COR_* COMPLUS_* | .NET: startup hooks, profilers
confirm            | GIT_SSH* GIT_CONFIG* GIT_EXEC_PATH GIT_ASKPASS GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER | git(1)
confirm            | GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_TEMPLATE_DIR | git(1)
confirm            | SSH_ASKPASS SUDO_ASKPASS RSYNC_RSH CVS_RSH SVN_SSH TAR_OPTIONS | ssh(1), sudo(8), rsync(1), tar(1)
confirm            | LESSOPEN LESSCLOSE LESS MANPAGER MANOPT GROFF_* | less(1), man(1), groff(1)
confirm            | MAKEFLAGS GNUMAKEFLAGS MFLAGS MAKEFILES CC CXX LD AR AS CPP | make(1): flags, implicit rules
confirm            | RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTDOC RUSTFLAGS CARGO_BUILD_* CARGO_TARGET_* | cargo
confirm            | GOFLAGS GOROOT GOTOOLDIR CGO_* CFLAGS CXXFLAGS LDFLAGS CPPFLAGS | go(1), make(1)
confirm            | COMPILER_PATH GCC_EXEC_PREFIX LIBRARY_PATH VIMINIT EXINIT EMACSLOADPATH | gcc(1), vim(1), emacs(1)
confirm            | OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES GTK_MODULES GIO_EXTRA_MODULES | dlopen(3) by name
confirm            | QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH XML_CATALOG_FILES | dlopen(3) by name, libxml2
confirm-repository | HOME XDG_* TMPDIR TMP TEMP CDPATH KRB5_CONFIG | environ(7), krb5.conf(5)
confirm-repository | PAGER EDITOR VISUAL BROWSER FCEDIT LESSHISTFILE AWS_PAGER | environ(7)
confirm-repository | HISTFILE HISTFILESIZE HISTSIZE SAVEHIST | bash(1): a small one cuts off the user's history
confirm-repository | KUBECONFIG DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT DOCKER_CERT_PATH HELM_* | kubectl, docker
confirm-repository | BUILDKIT_HOST COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PATH_SEPARATOR | docker compose
confirm-repository | AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_PROFILE AWS_ENDPOINT_URL* | AWS SDK settings
confirm-repository | AWS_CA_BUNDLE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_* | AWS SDK settings
confirm-repository | AWS_EC2_METADATA_* BOTO_CONFIG CLOUDSDK_* AZURE_CONFIG_DIR | AWS, gcloud and az settings
confirm-repository | GOOGLE_APPLICATION_CREDENTIALS TF_CLI_* TF_DATA_DIR | gcloud, terraform
confirm-repository | GIT_* | git(1): GIT_DIR and its kin
confirm-repository | HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY | curl(1)
confirm-repository | http_proxy https_proxy all_proxy ftp_proxy no_proxy | curl(1)
confirm-repository | SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE CURL_CA_BUNDLE CURL_HOME | openssl(1), curl(1)
confirm-repository | REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED | requests, node(1)
confirm-repository | PYTHONHTTPSVERIFY GIT_SSL_NO_VERIFY | PEP 493, git(1)
confirm-repository | PIP_* UV_* POETRY_* TWINE_REPOSITORY_URL | package indexes of Python
confirm-repository | NPM_* npm_config_* NPM_CONFIG_* YARN_* PNPM_* BUN_* COREPACK_* | package registries of node
confirm-repository | GOPROXY GOPRIVATE GONOSUMDB GONOSUMCHECK GOSUMDB GOINSECURE | go(1), modules
confirm-repository | GEM_* BUNDLE_* CARGO_* HOMEBREW_* | package indexes of Ruby, Rust, Homebrew
confirm-repository | PGSERVICEFILE PGSYSCONFDIR PGPASSFILE PGSSLROOTCERT MYSQL_HOME | libpq 34.15, mysql(1)
confirm-repository | OPENAI_BASE_URL OPENAI_API_BASE ANTHROPIC_BASE_URL | endpoints that receive a token
confirm-repository | VAULT_ADDR CONSUL_HTTP_ADDR GH_HOST GITHUB_API_URL GITHUB_SERVER_URL SENTRY_URL | endpoints, as above
"""
# How the words above begin, to see at once that a name is none of them: nearly every name. A test compares both.
BEGINNINGS = (
    " ALL ANT AR ARG AS AWS AZU BAS BOT BRO BUI BUN CAR CC CDP CFL CGO CLA CLO CMD COM CON COP COR CPP CRE CUR CVS"
    " CXX DIR DOC DOT DYL EDI EGI ELE EMA ENV EPO ERL ERR EUI EXI FCE FIS FPA FTP FUN GCC GCO GEM GET GH_ GID GIO GIT"
    " GLI GNU GOF GOI GON GOO GOP GOR GOS GOT GRA GRO GTK HEL HIS HOM HOS HTT IFS IGN INP JAV JDK JUL KRB KUB LD LDF"
    " LD_ LES LIB LIN LOC LUA MAC MAI MAK MAL MAN MAP MAV MFL MOD MYS NLS NOD NO_ NPM NUL OLD OPE OPT OST PAG PAT PER"
    " PGP PGS PHP PIP PNP POE POS PPI PRO PS0 PS1 PS2 PS3 PS4 PWD PYT QT_ RAN REA REP REQ RES RPR RPS RSY RUB RUS R_E"
    " R_L R_P SAV SBT SEC SEN SHE SHL SRA SSH SSL SUD SVN TAR TEM TER TF_ TMO TMP TTY TWI UID UV_ VAU VIM VIS XDG XML"
    " YAR ZDO ZSH _ _JA __C __c all arg cdp chp fis fpa ftp his htt mai man mod no_ npm pat per pip pre sig sta zsh"
)


LONGEST_SHOWN = 40  # characters of what is no name; a line of base64 is longer, or has its own signs


def is_name(name: str) -> bool:
    """Whether it is a variable name: `[A-Za-z_][A-Za-z0-9_]*`, ASCII."""
    return name.isascii() and name.isidentifier()


def shown(name: str) -> str:
    """A name as a message may have it: of one that may be a value (a line of a private key, a URL) its length."""
    if is_name(name):
        return name
    plain = len(name) <= LONGEST_SHOWN and all(char.isalnum() or char in "_-. " for char in name)
    return repr(name) if plain else f"a key of {len(name)} characters"


def rows() -> "Iterator[list[str]]":
    """The rows of the table as class, names and source."""
    for line in TABLE.strip().split("\n"):
        yield [part.strip() for part in line.split("|")]


def classify(name: str) -> "tuple[str, str]":
    """The class of a name and the source of that rule.

    Returns:
        (`ok`, `never`, `confirm` or `confirm-repository`; source or "").
    """
    if " " + name[:3] not in BEGINNINGS:
        return "ok", ""
    stems = [piece.rpartition(" ")[2] for piece in TABLE.split("*")[:-1]]
    if f" {name} " not in TABLE and not name.startswith(tuple(stems)):
        return "ok", ""
    family = "ok", ""
    for kind, names, source in rows():
        words = names.split()
        if name in words:
            return kind, source
        if not family[1] and name.startswith(tuple([word[:-1] for word in words if word[-1] == "*"])):
            family = kind, source
    return family


def why_not(name: str, tier: str, *, confirmed: bool, from_repository: bool) -> "str | None":
    """Why a name is not set, or None when it may be.

    Args:
        name: the variable.
        tier: where its value comes from, for the message.
        confirmed: the user said yes to this name from this tier.
        from_repository: the value comes from a file of the repository.
    """
    if not is_name(name):
        return "not a variable name"
    kind, _ = classify(name)
    if kind == "never":
        return "the shell or creds itself owns this name"
    if kind == "ok" or confirmed or (kind == "confirm-repository" and not from_repository):
        return None
    why = "can run code" if kind == "confirm" else "redirects programs"
    return f"{why} and is not confirmed for {tier}: creds allow --name {name}"


def too_large(name: str, value: bytes) -> bool:
    """Whether a shell that holds it could start no program any more."""
    return len(name) + len(value) + 2 > SIZE_LIMIT
