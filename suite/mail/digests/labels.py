"""The words that digests have of their own, by language.

Titles (`Dev Digest, Vol 1, Issue 1`), `Message: 1` and `End of ... Digest` are no words but marks (RFC 1153): programs and
filters of members look for these, whatever the language.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labels:
    """`messages` has `{count}`; the others are said as they are."""

    topics: str
    message: str
    messages: str
    header: str
    footer: str
    preamble: str
    rest: str
    attached: str
    no_text: str
    name: str
    type: str
    size: str
    octets: str
    description: str
    none: str
    in_the_archive: str
    reply: str

    def count(self, number: int) -> str:
        return (self.message if number == 1 else self.messages).format(count=number)


ENGLISH = Labels(
    topics="Today's Topics",
    message="{count} message",
    messages="{count} messages",
    header="Digest Header",
    footer="Digest Footer",
    preamble="This is a digest of several messages in MIME format (RFC 2046).",
    rest="The rest of this message was left out.",
    attached="An attached text:",
    no_text="A part of this message that is no text was left out here.",
    name="Name",
    type="Type",
    size="Size",
    octets="bytes",
    description="Desc",
    none="none",
    in_the_archive="in the archive",
    reply="reply",
)
_LABELS = {
    "en": ENGLISH,
    "de": Labels(
        topics="Themen",
        message="{count} Nachricht",
        messages="{count} Nachrichten",
        header="Text vor der Sammlung",
        footer="Text nach der Sammlung",
        preamble="Dies ist eine Sammlung mehrerer Nachrichten im MIME-Format (RFC 2046).",
        rest="Der Rest dieser Nachricht wurde weggelassen.",
        attached="Ein angehängter Text:",
        no_text="Ein Teil dieser Nachricht, der kein Text ist, wurde hier weggelassen.",
        name="Name",
        type="Art",
        size="Umfang",
        octets="Bytes",
        description="Beschreibung",
        none="keine",
        in_the_archive="im Archiv",
        reply="antworten",
    ),
    "fr": Labels(
        topics="Sujets du jour",
        message="{count} message",
        messages="{count} messages",
        header="Texte avant le recueil",
        footer="Texte après le recueil",
        preamble="Ceci est un recueil de plusieurs messages au format MIME (RFC 2046).",
        rest="Le reste de ce message a été omis.",
        attached="Un texte joint :",
        no_text="Une partie de ce message, qui n'est pas du texte, a été omise ici.",
        name="Nom",
        type="Type",
        size="Taille",
        octets="octets",
        description="Description",
        none="aucune",
        in_the_archive="dans les archives",
        reply="répondre",
    ),
    "es": Labels(
        topics="Temas del día",
        message="{count} mensaje",
        messages="{count} mensajes",
        header="Texto antes del resumen",
        footer="Texto después del resumen",
        preamble="Este es un resumen de varios mensajes en formato MIME (RFC 2046).",
        rest="El resto de este mensaje se omitió.",
        attached="Un texto adjunto:",
        no_text="Una parte de este mensaje que no es texto se omitió aquí.",
        name="Nombre",
        type="Tipo",
        size="Tamaño",
        octets="bytes",
        description="Descripción",
        none="ninguna",
        in_the_archive="en el archivo",
        reply="responder",
    ),
}
LANGUAGES = tuple(_LABELS)


def labels(language: str) -> Labels:
    """Those of this language; English ones where it has none."""
    return _LABELS.get(language, ENGLISH)
