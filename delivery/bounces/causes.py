"""Why a mailbox refused mail, in the words of who reads of it."""

from delivery.enums import BounceCause

_CAUSE = {"en": "Cause: {cause}.", "de": "Ursache: {cause}.", "fr": "Cause : {cause}.", "es": "Causa: {cause}."}

_WORDS = {
    "de": {
        BounceCause.NO_MAILBOX: "das Postfach gibt es nicht",
        BounceCause.NO_DOMAIN: "die Domain gibt es nicht, oder sie nimmt keine Mail an",
        BounceCause.DISABLED: "das Postfach ist abgeschaltet",
        BounceCause.FULL: "das Postfach ist voll",
        BounceCause.TOO_BIG: "die Nachricht war zu groß",
        BounceCause.AUTHENTICATION: "die Domain des Autors lässt nicht zu, dass andere ihre Mail senden (DMARC, SPF, DKIM)",
        BounceCause.BLOCKLIST: "dieser Server steht auf einer Sperrliste",
        BounceCause.CONTENT: "die Nachricht wurde für Spam oder für gefährlich gehalten",
        BounceCause.POLICY: "die Regeln der Gegenseite haben die Nachricht abgelehnt",
        BounceCause.UNREACHABLE: "die Gegenseite war nicht rechtzeitig zu erreichen",
        BounceCause.LOOP: "die Nachricht lief im Kreis",
        BounceCause.OTHER: "es wurde kein Grund genannt, den wir kennen",
    },
    "fr": {
        BounceCause.NO_MAILBOX: "cette boîte aux lettres n'existe pas",
        BounceCause.NO_DOMAIN: "ce domaine n'existe pas, ou n'accepte pas de courrier",
        BounceCause.DISABLED: "la boîte aux lettres est désactivée",
        BounceCause.FULL: "la boîte aux lettres est pleine",
        BounceCause.TOO_BIG: "le message était trop grand",
        BounceCause.AUTHENTICATION: "le domaine de l'auteur interdit à d'autres d'envoyer son courrier (DMARC, SPF, DKIM)",
        BounceCause.BLOCKLIST: "ce serveur figure sur une liste de blocage",
        BounceCause.CONTENT: "le message a été pris pour du spam ou jugé dangereux",
        BounceCause.POLICY: "les règles de l'autre côté ont refusé le message",
        BounceCause.UNREACHABLE: "l'autre côté n'a pu être joint à temps",
        BounceCause.LOOP: "le message tournait en rond",
        BounceCause.OTHER: "aucune raison que nous connaissions n'a été donnée",
    },
    "es": {
        BounceCause.NO_MAILBOX: "ese buzón no existe",
        BounceCause.NO_DOMAIN: "ese dominio no existe, o no acepta correo",
        BounceCause.DISABLED: "el buzón está desactivado",
        BounceCause.FULL: "el buzón está lleno",
        BounceCause.TOO_BIG: "el mensaje era demasiado grande",
        BounceCause.AUTHENTICATION: "el dominio del autor no deja que otros envíen su correo (DMARC, SPF, DKIM)",
        BounceCause.BLOCKLIST: "este servidor está en una lista de bloqueo",
        BounceCause.CONTENT: "el mensaje se tomó por spam o por peligroso",
        BounceCause.POLICY: "las reglas del otro lado rechazaron el mensaje",
        BounceCause.UNREACHABLE: "no se pudo llegar a tiempo al otro lado",
        BounceCause.LOOP: "el mensaje daba vueltas",
        BounceCause.OTHER: "no se dio ninguna razón que conozcamos",
    },
}
"""Language -> cause -> words; what is not here is said in English, as `BounceCause` has it."""


def words(cause: str, language: str) -> str:
    """The cause as a part of a sentence."""
    known = BounceCause(cause)
    return _WORDS.get(language, {}).get(known) or str(known.label)


def sentence(cause: str, said: str, language: str) -> str:
    """The cause as a sentence, and below it, as it is, what the other side said."""
    told = _CAUSE.get(language, _CAUSE["en"]).format(cause=words(cause, language))
    return f"{told}\n\n    {said}" if said else told
