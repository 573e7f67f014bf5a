"""All settings of a Posthouse site. Every knob is an environment variable that begins with POSTHOUSE_ (docs/operator.md)."""

import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from suite.common import keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.prefix = "POSTHOUSE_"


def setting(name: str, default: object = None, kind: type | None = None) -> object:
    """POSTHOUSE_<name>, or the content of the file that POSTHOUSE_<name>_FILE names, or the default."""
    path = env.str(f"{name}_FILE", default="")
    if path:
        return Path(path).read_text().strip()
    return env.get_value(name, cast=kind or (type(default) if default is not None else str), default=default)


STATE = Path(env.str("STATE", default=str(BASE_DIR / ".var")))
"""The folder of everything that is not code: key ring, SQLite database, collected static files."""

DEBUG = env.bool("DEBUG", default=False)
KEY_FILE = STATE / "keys.json"
try:
    KEY_RING = keys.load(KEY_FILE)
except keys.KeyRingError as error:
    sys.exit(str(error))
SECRET_KEY = KEY_RING.secrets("site")[0]
SECRET_KEY_FALLBACKS = KEY_RING.secrets("site")[1:]

WEB_HOST = env.str("WEB_HOST", default="127.0.0.1")
WEB_PORT = env.int("WEB_PORT", default=8000)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)

BASE_URL = env.str("BASE_URL", default=f"http://{WEB_HOST}:{WEB_PORT}").rstrip("/")
"""How people reach the web site; links in mail begin with it."""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[BASE_URL.split("://")[-1].split(":")[0], "127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_SITE = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "suite.apps.SuiteConfig",
    "suite.common",
    "accounts",
    "lists",
    "archives",
    "moderation",
    "delivery",
    "suite.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "suite.common.privacy.private_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "suite.urls"
WSGI_APPLICATION = "suite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{STATE / 'posthouse.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # A commit is on the disk before anybody hears 250: WAL with synchronous=FULL is one fsync a commit. IMMEDIATE takes the
    # write lock at BEGIN, so that no transaction dies on its way from reading to writing.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
        "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728; PRAGMA foreign_keys=ON;",
    }
    _database["CONN_MAX_AGE"] = None
elif env.bool("DATABASE_POOL", default=False):
    # Only web and LMTP processes: a pool does not survive the forks of a task cluster.
    _database["OPTIONS"] = {**_database.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 4, "timeout": 5}}
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.str("REDIS_URL", default="")
"""Where set, the task broker and the cache use it; bells lost by Redis are found by the sweep."""
CACHES = {
    # Shared by all web processes, for sign-in attempts are counted in it. `migrate` makes the table.
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "posthouse_cache"},
    # Where django-q2 reports on itself twice a second: nobody reads it.
    "tasks": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# --- Work -------------------------------------------------------------------------------------------------------------

LANES = ("work", "send", "archive")
"""The task clusters: `send` speaks SMTP only, so that a slow relay never occupies the worker that judges; `archive` waits for
archivers outside, the news server and HTTP endpoints, and runs where there are any."""
# A task is a bell that rings: it may be lost or repeated. So none is tried twice (max_attempts 1, failures acknowledged), none is
# remembered (save_limit -1), and a drain ends after 20 s, long before `timeout`. recycle: workers are replaced now and then.
_cluster = {
    "workers": env.int("WORKERS", default=1),
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 60,
    "retry": 300,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "poll": env.float("POLL_SECONDS", default=0.25),  # where the task was made it is seen at once (suite.common.wake)
    "guard_cycle": 1,
    "cache": "tasks",
    "recycle": 5000,
    "catch_up": False,
    "scheduler": False,
    "label": "Tasks",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "broker_class": "suite.common.broker.PatientBroker"}),
}
# An SMTP transaction may rightly take its time: a relay has ten minutes for the final dot alone (RFC 5321 §4.5.3.2).
_patient_cluster = _cluster | {"timeout": 1800, "retry": 5700}
Q_CLUSTER = {**_cluster, "name": "work", "ALT_CLUSTERS": {"send": _patient_cluster, "archive": _patient_cluster}}

# --- Mail -------------------------------------------------------------------------------------------------------------

SITE_OWNER = env.str("SITE_OWNER", default="postmaster@localhost")
"""Who is told when the suite itself needs a person."""
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FROM_EMAIL", default=SITE_OWNER)
EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"

LMTP_HOST = env.str("LMTP_HOST", default="127.0.0.1")
LMTP_PORT = env.int("LMTP_PORT", default=8024)
LMTP_SESSIONS = env.int("LMTP_SESSIONS", default=100)
LMTP_COMMANDS = env.int("LMTP_COMMANDS", default=10_000)
LMTP_RECIPIENTS = env.int("LMTP_RECIPIENTS", default=1_000)
LMTP_TIMEOUT = env.float("LMTP_TIMEOUT", default=300)
"""Seconds of silence after which a session is ended."""
LMTP_PEERS = env.list("LMTP_PEERS", default=[])
"""Networks, as in 192.0.2.0/28, whose hosts may bring mail. This host always may."""
MESSAGE_SIZE_LIMIT = env.int("MESSAGE_SIZE_LIMIT", default=40 * 1024 * 1024)
"""Bytes. The only size that is refused with 552; a list's own limit is judged after 250."""

MTA = env.str("MTA", default="")
"""The MTA in front, for which maps and configuration are kept, one of delivery.mta.files.MTAS; empty = none."""
MTA_FOLDER = Path(env.str("MTA_FOLDER", default=str(STATE / "mta")))
MTA_MAP_TYPE = env.str("MTA_MAP_TYPE", default="hash")
"""Of Postfix's maps: hash, btree, lmdb, texthash or regexp."""
MTA_COMMAND = env.str("MTA_COMMAND", default="")
"""A command, without a shell, that tells the MTA of changed files: `postfix reload` where we may."""

RELAY_URL = env.str("RELAY_URL", default="smtp://127.0.0.1:25")
"""The MTA that takes our mail: smtp://, smtp+starttls:// or smtps://, with user:password@ where it asks for them."""
DEVMODE_RECIPIENT = env.str("DEVMODE_RECIPIENT", default="")
"""Where set, all mail goes to this address and none to those whom it is for: to try a site with real lists."""
SMTP_SESSIONS = env.int("SMTP_SESSIONS", default=2)
"""Connections one send worker holds to the relay at most."""
SMTP_RECIPIENTS = env.int("SMTP_RECIPIENTS", default=50)
"""Recipients of one SMTP transaction; 0 = all of a batch. What a crash can repeat is one transaction a connection."""
BATCH_RECIPIENTS = env.int("BATCH_RECIPIENTS", default=500)
RETRY_LADDER = [int(step) for step in env.list("RETRY_LADDER", default=["300", "600", "1200", "2400", "4000"])]
"""Seconds to wait before a recipient who was answered 4xx is tried again: the first time, the second, ...; the last stays."""
DELIVERY_RETRY_DAYS = env.float("DELIVERY_RETRY_DAYS", default=5)
ONE_CLICK = env.bool("ONE_CLICK", default=False)
"""Whether every member gets a copy of his own, with an own address that leaves the list in one click (RFC 8058)."""
VERP_INTERVAL = env.int("VERP_INTERVAL", default=0)
"""Every Nth post of a list has an own return path for each member: 0 never, 1 always."""
VERP_PERSONALIZED = env.bool("VERP_PERSONALIZED", default=True)
"""Whether personal copies have an own return path each; else they have it as often as other posts do."""
VERP_SIGNED = env.bool("VERP_SIGNED", default=True)
"""Whether own return paths are signed, so that nobody else can write one. Without, they look exactly as Mailman's do."""
VERP_PROBES = env.bool("VERP_PROBES", default=False)
"""Whether a member whose score is full is asked by mail before his mail is stopped, however sure his bounces were."""
BOUNCE_DAYS = env.int("BOUNCE_DAYS", default=14)
"""How long after a post its bounces count."""

REMOVE_DKIM_HEADERS = env.bool("REMOVE_DKIM_HEADERS", default=False)
"""Whether signatures of others, which the list's changes may break, are taken out of posts and of mail to owners."""
DKIM_KEYS = Path(env.str("DKIM_KEYS", default=str(STATE / "dkim.json")))
"""The file of the keys that sign mail, as `manage.py dkim` makes it."""
ARC = env.bool("ARC", default=False)
"""Whether posts are examined as they come and leave with an ARC set of ours (RFC 8617)."""
AUTHSERV_ID = env.str("AUTHSERV_ID", default=BASE_URL.split("://")[-1].split(":")[0]).lower()
"""Who we are in Authentication-Results."""
TRUSTED_AUTHSERV_IDS = env.list("TRUSTED_AUTHSERV_IDS", default=[])
"""Services whose Authentication-Results are believed, as that of the border's MTA: it removes what others write in its name."""
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
"""Resolvers to ask, as 192.0.2.1 or 192.0.2.1:5353; those of the host where none is named."""
DNS_TIMEOUT = env.float("DNS_TIMEOUT", default=5)
"""Seconds after which a question counts as unanswered."""

NNTP_URL = env.str("NNTP_URL", default="")
"""The news server of lists that are joined to newsgroups: nntp://, nntp+starttls:// or nntps://; empty = none."""
NNTP_POLL_MINUTES = env.float("NNTP_POLL_MINUTES", default=5)
"""How often newsgroups are looked into."""

HTTP_DELIVERY = env.bool("HTTP_DELIVERY", default=False)
"""Whether lists and members may have endpoints that get posts over HTTP instead of mail (`manage.py endpoint`)."""
HTTP_DELIVERY_HOSTS = env.list("HTTP_DELIVERY_HOSTS", default=[])
"""Hosts of endpoints, as their URLs name them, that may be of the own network, on any port and without TLS."""

EMAIL_COMMANDS_MAX_LINES = env.int("EMAIL_COMMANDS_MAX_LINES", default=10)
"""Lines of a mail to the robot that are read as commands, beside its subject."""
SENDER_HEADERS = env.str("SENDER_HEADERS", default="from from_ reply-to sender").lower().split()
"""Where a letter says who sent it, in the order in which rules ask; from_ is the envelope."""
HEADER_CHECKS = env.str("HEADER_CHECKS", default="", multiline=True)
"""The site's checks of header fields, one `Header: pattern` a line (or \\n between them), before those of the lists."""
HEADER_CHECKS_ACTION = env.str("HEADER_CHECKS_ACTION", default="hold")
"""hold, reject, discard or accept: what follows one of them, and a list's own that says nothing itself."""

ANONYMOUS_KEEP_HEADERS = env.list(
    "ANONYMOUS_KEEP_HEADERS",
    default=[
        "X-Content-Filtered-By",
        "X-Topics",
        "X-Ack",
        "X-BeenThere",
        "X-List-Administrivia",
        "X-Mailman-*",
        "X-Spam-*",
    ],
)
"""X- fields that stay on anonymous lists, `*` for any characters."""
MAX_HOPS = env.int("MAX_HOPS", default=50)
"""Received fields of a letter; one with more runs in a circle and is rejected."""
FILTER_REPORT = env.bool("FILTER_REPORT", default=False)
"""Whether posts that lost parts to content filtering say in a last part what was taken out."""
PRESERVE_FILTERED = env.bool("PRESERVE_FILTERED", default=False)
"""Whether lists may keep posts of which content filtering leaves nothing; else such a list discards them."""
DIGEST_HOUR = env.int("DIGEST_HOUR", default=12)
"""The hour of the day, in UTC, after which digests go out however little has gathered."""
DIGEST_SIZE_LIMIT = env.int("DIGEST_SIZE_LIMIT", default=8 * 1024 * 1024)
"""Bytes of posts in one issue at most; what is more goes into the next. A larger post is an issue of its own."""
MIME_DIGEST_KEEP_HEADERS = env.list(
    "MIME_DIGEST_KEEP_HEADERS",
    default=[
        *("date", "from", "to", "cc", "subject", "message-id", "keywords"),
        *("in-reply-to", "references", "precedence", "reply-to", "list-id"),
    ],
)
"""Header fields of a message in a MIME digest, beside those that say how to read its body."""
PLAIN_DIGEST_KEEP_HEADERS = env.list(
    "PLAIN_DIGEST_KEEP_HEADERS",
    default=["message", "date", "from", "subject", "to", "cc", "message-id", "keywords", "content-type"],
)
"""Header fields of a message in a plain digest, in the order in which they are written."""

TRUST_FROM = env.bool("TRUST_FROM", default=False)
"""Whether a mail to a robot counts as its From's own wish without a question: only where the MTA refuses forged ones."""
AUTORESPONSES_PER_DAY = env.int("AUTORESPONSES_PER_DAY", default=10)
"""Notices about held and refused posts that a sender gets within a day; the next says that there are no more. 0 = no limit."""
TEXTS_DIR = env.str("TEXTS_DIR", default=str(STATE / "texts"))
"""The folder that `file:` URIs of texts may name."""
MODERATION_LINKS = env.bool("MODERATION_LINKS", default=True)
"""Whether notices of held posts have a link with which a reader, and whoever he forwards it to, decides without signing in."""
NOTICE_ORIGINAL_LIMIT = env.int("NOTICE_ORIGINAL_LIMIT", default=256 * 1024)
"""Bytes. Of a larger post a notice encloses the header alone."""
MAX_SIZE_AFTER_FILTERING = env.bool("MAX_SIZE_AFTER_FILTERING", default=False)
"""Whether a list's limit of size counts only what its content filter leaves."""
HOLD_DIGEST = env.bool("HOLD_DIGEST", default=False)
"""Whether answers to whole digests are held: by their subject, or by quoted lines of the masthead."""
MASTHEAD_THRESHOLD = env.int("MASTHEAD_THRESHOLD", default=4)

SPAMD = env.str("SPAMD", default="")
"""Where SpamAssassin's spamd listens: host:port, or the path of a Unix socket. Empty: nobody is asked."""
RSPAMD = env.str("RSPAMD", default="")
"""The URL of rspamd, as in http://127.0.0.1:11333. Empty: nobody is asked."""
CLAMD = env.str("CLAMD", default="")
"""Where ClamAV's clamd listens: host:port, or the path of a Unix socket. Empty: nobody is asked."""
SCANNER_TIMEOUT = env.float("SCANNER_TIMEOUT", default=10)
"""Seconds that a scanner has for one letter."""

ARCHIVERS = env.list("ARCHIVERS", default=[])
"""Archivers outside that lists may use, and new lists do: prototype, mbox, mhonarc, mail-archive (delivery.archivers.table)."""
ARCHIVERS_FOLDER = Path(env.str("ARCHIVERS_FOLDER", default=str(STATE / "archivers")))
"""Where those that write files have them, a folder each."""
ARCHIVER_SECONDS = env.float("ARCHIVER_SECONDS", default=60)
"""How long a command has for one post."""
MHONARC_COMMAND = env.str("MHONARC_COMMAND", default="")
"""What gets each post on its standard input, without a shell; $list_id, $listname, $hostname and $fqdn_listname stand for the
list's, $list_dir for a folder of its own, $archive_dir for that of all archivers."""
MHONARC_URL = env.str("MHONARC_URL", default="")
"""Where what it makes can be read, with the list's words; empty = nowhere."""
MAIL_ARCHIVE_ADDRESS = env.str("MAIL_ARCHIVE_ADDRESS", default="archive@mail-archive.com")
MAIL_ARCHIVE_URL = env.str("MAIL_ARCHIVE_URL", default="https://go.mail-archive.com/")
CLOBBER_DATE = env.str("CLOBBER_DATE", default="maybe")
"""never, maybe or always: whether archivers outside get the time of receipt in the place of a post's Date."""
CLOBBER_SKEW_DAYS = env.float("CLOBBER_SKEW_DAYS", default=1)
"""How far a Date may be from it before "maybe" means yes."""

KEEP_REFUSED_DAYS = env.int("KEEP_REFUSED_DAYS", default=30)
"""How long arrivals of refused mail, of posts that no archive keeps and of mail to robots and owners, and their letters, stay."""
KEEP_BOUNCE_DAYS = env.float("KEEP_BOUNCE_DAYS", default=1)
"""How long bounces that were scored stay, beside those that a score rests on."""
KEEP_EVENTS_DAYS = env.int("KEEP_EVENTS_DAYS", default=730)
"""How long the audit trail goes back."""
PENDING_REQUEST_DAYS = env.float("PENDING_REQUEST_DAYS", default=3)
"""How long a token waits for the person it was mailed to."""
MODERATOR_REQUEST_DAYS = env.float("MODERATOR_REQUEST_DAYS", default=180)
"""How long a request waits for a moderator."""
JOIN_REFUSED_DAYS = env.float("JOIN_REFUSED_DAYS", default=90)
"""How long nobody is asked whether he wants to join who said that it was not him."""
JOIN_MAILS_PER_DOMAIN = env.int("JOIN_MAILS_PER_DOMAIN", default=1_000)
"""Mails a day that ask whether somebody wants to join, to one mail domain, as far as they stay unanswered; 0 = any number."""
JOIN_MAILS_PER_NETWORK = env.int("JOIN_MAILS_PER_NETWORK", default=50)
"""The same, asked for from one network (IPv4 /24, IPv6 /48)."""
VERP_CONFIRMATIONS = env.bool("VERP_CONFIRMATIONS", default=True)
"""Questions come from an address that holds their token; else the token stands in the subject."""
PROBE_DAYS = env.float("PROBE_DAYS", default=10)
"""How long a probe waits to come back."""
LISTNAME_CHARS = env.str("LISTNAME_CHARS", default="-_.0-9a-z")
DEFAULT_STYLE = env.str("DEFAULT_STYLE", default="legacy-default")
"""The style of a new list for which none is named."""

HOOKS = {
    "list-created": ["archives.services.hooks.list_created", "delivery.services.hooks.list_created"],
    "list-deleted": ["delivery.services.hooks.list_deleted", "archives.services.hooks.list_deleted"],
    "domain-changed": ["delivery.services.hooks.domain_changed"],
    "user-absorbed": [
        "moderation.services.hooks.user_absorbed",
        "archives.services.hooks.user_absorbed",
        "lists.services.hooks.user_absorbed",
    ],
    "user-deleted": [],
    "post-redacted": ["moderation.services.hooks.post_redacted", "delivery.services.hooks.post_redacted"],
}
"""What each app does, in this order, when a list has come, before a list or a user goes, when a domain has come, has changed or
is about to go, before two users become one, and when a post is redacted (suite.common.hooks)."""

REGISTERED = {
    "chain": "moderation.chains.CHAINS",
    "pipeline": "delivery.pipelines.PIPELINES",
    "archiver": "delivery.archivers.table.ARCHIVERS",
}
"""Tables of upper floors whose names a list's settings may have."""

PLUGINS_OFF = env.list("PLUGINS_OFF", default=[])
"""Names of plugins that are installed and not to be used."""
CHAIN_RULES = env.list("CHAIN_RULES", default=[])
"""Rules put into chains: `chain:rule`, `chain:rule:chain to jump to on a hit`, `chain:rule:...:rule to ask it before`."""
PIPELINE_HANDLERS = env.list("PIPELINE_HANDLERS", default=[])
"""Handlers put into pipelines: `pipeline:handler:handler to stand before`."""

DEMO = env.bool("DEMO", default=False)
"""A site to look around in: seeded with a community, and with a mail sandbox as its relay."""
SANDBOX_HOST = env.str("SANDBOX_HOST", default="127.0.0.1")
SANDBOX_PORT = env.int("SANDBOX_PORT", default=8025)

# --- Web --------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = STATE / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = STATE / "media"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SITE else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

API_USER = env.str("API_USER", default="restadmin")
API_PASSWORD = setting("API_PASSWORD", default="restpass" if DEMO else "")
"""What scripts sign in to the REST API with. Without a password nobody can; that of a demo opens no other site."""
API_TESTS = env.bool("API_TESTS", default=False)
"""Whether the API has what test suites of its clients ask for (/reserved)."""
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["suite.common.rest.authentication.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["suite.common.rest.forms.Form", "rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "suite.common.rest.negotiation.AlwaysJson",
    "EXCEPTION_HANDLER": "suite.common.rest.errors.answer",
    "UNICODE_JSON": False,  # so that half of a character, which an error quotes, can be written
    "UNAUTHENTICATED_USER": None,
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.PluginBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddEmailForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {  # allauth's own limits stay as they are
    "login_by_script": "5/5m/key",  # failures of a user
    "api_login_failed": "10/5m/key",  # failures to sign in to the REST API, from an address (suite.common.rest.brake)
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django-q": {"level": "WARNING"}, "django.security.DisallowedHost": {"level": "CRITICAL"}},
}
