"""Who wrote it: a mail system, an automatic responder (RFC 3834), or somebody."""

import re

from suite.mail import addresses
from suite.mail.headers import HeaderBlock
from suite.mail.words import decode as decode_words

_DAEMON = re.compile(r"(?:mailer[-_. ]?daemon|post[-_]?master)", re.IGNORECASE)
_ROBOT = re.compile(
    r"(?:mailer[-_. ]?daemon|post[-_]?master|mail[-_.]?(?:delivery[-_. ]?(?:system|subsystem)|system|admin|er)|daemon"
    r"|mdaemon|system[-_.]?administrator|microsoftexchange\w*|bounces?|returned[-_.]?mail|no-?reply|mmdf|smtp)",
    re.IGNORECASE,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|non.?deliver|(?:delivery|deliver|mail|message|sending).{0,30}(?:fail|error|problem|status"
    r"|report|delay|warning|could not|cannot"
    r"|notification|unable)|(?:failure|failed|error|problem|delayed).{0,30}(?:notice|delivery|deliver|mail"
    r"|message|sending)"
    r"|returned (?:mail|e-?mail|to sender|message)|returned\b.{0,40}\bunknown|mail(?:er)? error|bounce"
    r"|could not (?:be )?(?:send|deliver|sent)"
    r"|not (?:be )?delivered|user unknown|delivery (?:notif|incomplete)|mail system error"
    r"|permanent.{0,20}(?:error|fail)"
    r"|unzustellbar|nicht zugestellt|zustell\w* (?:fehl|gescheit)|fehlgeschlagen|non remis|[ée]chec"
    r"|non distribu|no entregad|no se (?:ha )?(?:podido|pudo)"
    r"|error de entrega|devuelto|mancata consegna|impossibile|n[ãa]o (?:foi )?entreg|falha|niedor[ęe]cz"
    r"|onbestelbaar|niet (?:worden )?bezorgd"
    r"|не доставлен|недоставлен|не может быть доставлен|配信|エラー|送信できま|退信|无法投递|無法傳送",
    re.IGNORECASE,
)
_ANSWER_SUBJECT = re.compile(
    r"auto(?:matic|mated|matische|matisch)?[-_: ]*(?:re(?:ply|sponse|spuesta|sponder)|answer|antwort|respons)"
    r"|out of (?:the )?office|away from"
    r"|\bvacation|on holiday|abwesen|r[ée]ponse automatique|absen(?:ce|t)|respuesta autom"
    r"|fuera de (?:la )?oficina|risposta automatica"
    r"|fuori (?:sede|ufficio)|resposta autom|автоответ|自動(?:返信|応答)|自动回复",
    re.IGNORECASE,
)
_MACHINE_ENDING = re.compile(
    r"\(\s*(?:delivery|mail|message)\b[^()]{0,40}(?:fail|error)[^()]{0,20}\)\s*$", re.IGNORECASE
)
_ANSWERED = re.compile(r"^\s*(?:re|aw|fwd?|wg|sv|vs|antw|rv|tr|rif|odp)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_WRITTEN = (
    "In-Reply-To",
    "References",
    "User-Agent",
    "X-Mailer",
    "List-Id",
    "List-Post",
    "X-BeenThere",
    "X-List",
    "Mailing-List",
)
_ANSWER_FIELDS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply-From",
    "X-MS-Exchange-Inbox-Rules-Loop",
)


def subject(headers: HeaderBlock) -> str:
    return decode_words(headers.text("Subject"))


def is_null_path(headers: HeaderBlock) -> bool:
    """Whether the letter came from the null sender, as far as its header knows."""
    paths = [raw.strip().lower() for raw in headers.get_all("Return-Path")]
    return any(path in (b"<>", b"<mailer-daemon>") for path in paths)


def is_robot(headers: HeaderBlock) -> bool:
    """Whether the author is a mail system, by the mailbox or the name that it uses."""
    return any(_ROBOT.match(name) for name in _author_names(headers))


def is_daemon(headers: HeaderBlock) -> bool:
    """Whether the author is MAILER-DAEMON or a postmaster."""
    return any(_DAEMON.match(name) for name in _author_names(headers))


def _author_names(headers: HeaderBlock) -> list[str]:
    """Local parts and names of the From field; what it holds where it has no address."""
    boxes = [box for raw in headers.get_all("From") for box in addresses.parse_mailboxes(raw, 5)]
    named = [part for box in boxes for part in (addresses.split(box.address)[0] or box.address, box.name) if part]
    return named or [headers.text("From").strip('"<> ')]


def speaks_of_failure(headers: HeaderBlock) -> bool:
    """Whether the subject does, and is no answer to such a subject."""
    text = subject(headers)
    if _ANSWERED.match(text):
        return bool(_MACHINE_ENDING.search(text))
    return bool(_FAILURE_SUBJECT.search(text))


def is_mail_system(headers: HeaderBlock, *, null_path: bool) -> bool:
    """Whether a mail system may have written it. People's letters about bounces are none of ours."""
    if headers.text("Content-Type").lower().find("disposition-notification") >= 0:
        return "reject" in (subject(headers) + headers.text("Auto-Submitted")).lower()
    if "X-Failed-Recipients" in headers or headers.text("Content-Type").lower().startswith("multipart/report"):
        return True
    if is_robot(headers):
        return True
    if not speaks_of_failure(headers):
        return False
    return null_path or not is_written(headers)


def is_written(headers: HeaderBlock) -> bool:
    """Whether a mail program or a list has left its marks, as on people's letters."""
    return any(name in headers for name in _WRITTEN)


def is_auto_reply(headers: HeaderBlock) -> bool:
    """A vacation notice or its like. Mail systems call their reports automatic answers, too: ask for those before."""
    if "X-Failed-Recipients" in headers or "(reject" in headers.text("Auto-Submitted").lower():
        return False
    automatic = headers.text("Auto-Submitted").partition(";")[0].partition("(")[0].strip().lower()
    named = automatic == "auto-replied" or any(name in headers for name in _ANSWER_FIELDS)
    named = named or headers.text("Precedence").strip().lower() in ("auto_reply", "auto-reply")
    named = named or bool(_ANSWER_SUBJECT.search(subject(headers)))
    return named and not speaks_of_failure(headers)
