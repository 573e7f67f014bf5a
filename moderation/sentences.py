"""What rules say, in other languages. Rules speak English; a notice puts their sentences into its reader's language.

The catalogue has a sentence as rules write it, `{name}` where it has a value, and its translations; what it does not have,
and what moderators write themselves, stays as it is. A sentence is looked up when the mail is written, so those that wait in
the database are translated, too.
"""

import re
from collections.abc import Iterable
from functools import cache

from moderation.reasons import TO_MODERATORS

Catalogue = tuple[tuple[str, str, str, str], ...]
LANGUAGES = ("de", "fr", "es")
"""The order of the translations behind each English sentence."""

TO_SENDERS: Catalogue = (
    (
        "Your message has no subject.",
        "Ihre Nachricht hat keinen Betreff.",
        "Votre message n'a pas d'objet.",
        "Su mensaje no tiene asunto.",
    ),
    (
        "You are not a member of this list.",
        "Sie sind kein Mitglied dieser Liste.",
        "Vous n'êtes pas membre de cette liste.",
        "Usted no es miembro de esta lista.",
    ),
    (
        "Your posts to this list are moderated.",
        "Ihre Beiträge an diese Liste werden moderiert.",
        "Vos messages à cette liste sont modérés.",
        "Sus mensajes para esta lista se moderan.",
    ),
    (
        "Posts to this list are moderated.",
        "Beiträge an diese Liste werden moderiert.",
        "Les messages à cette liste sont modérés.",
        "Los mensajes para esta lista se moderan.",
    ),
    (
        "All posts to this list wait for a moderator at the moment.",
        "Zurzeit warten alle Beiträge an diese Liste auf die Moderation.",
        "En ce moment, tous les messages à cette liste attendent la modération.",
        "En este momento, todos los mensajes para esta lista esperan a la moderación.",
    ),
    (
        "Your address may not post here.",
        "Ihre Adresse darf hier nicht schreiben.",
        "Votre adresse n'a pas le droit d'écrire ici.",
        "Su dirección no puede escribir aquí.",
    ),
    (
        "Your message has {size} KB, attachments included; this list takes {limit} KB.",
        "Ihre Nachricht hat mit Anhängen {size} KB; diese Liste nimmt {limit} KB an.",
        "Votre message fait {size} Ko, pièces jointes comprises ; cette liste accepte {limit} Ko.",
        "Su mensaje tiene {size} KB, adjuntos incluidos; esta lista acepta {limit} KB.",
    ),
    (
        "Your message names {count} recipients in To and Cc, which are too many for this list.",
        "Ihre Nachricht nennt {count} Empfänger in An und Kopie; das sind für diese Liste zu viele.",
        "Votre message nomme {count} destinataires (À et Cc), c'est trop pour cette liste.",
        "Su mensaje nombra {count} destinatarios en Para y Cc, demasiados para esta lista.",
    ),
    (
        "Your message does not name the list in To or Cc; it came as a blind copy or by another address.",
        "Ihre Nachricht nennt die Liste weder in An noch in Kopie; sie kam als Blindkopie oder über eine andere Adresse.",
        "Votre message ne nomme pas la liste (À ou Cc) ; il est venu en copie cachée ou par une autre adresse.",
        "Su mensaje no nombra la lista en Para ni en Cc; llegó como copia oculta o por otra dirección.",
    ),
    (
        "Your message looks like the command {command}. Commands go to {address}.",
        "Ihre Nachricht sieht aus wie der Befehl {command}. Befehle gehen an {address}.",
        "Votre message ressemble à la commande {command}. Les commandes s'envoient à {address}.",
        "Su mensaje parece la orden {command}. Las órdenes se envían a {address}.",
    ),
    (
        "Your message answers a whole digest. Please quote only what you answer, and take the subject of that post.",
        "Ihre Nachricht beantwortet eine ganze Sammelmail. Bitte zitieren Sie nur, worauf Sie antworten, und nehmen Sie den "
        "Betreff jenes Beitrags.",
        "Votre message répond à tout un recueil. Ne citez que ce à quoi vous répondez, et reprenez l'objet de ce message.",
        "Su mensaje responde a un resumen entero. Cite solo aquello a lo que responde y use el asunto de ese mensaje.",
    ),
    (
        "Your message looks like mail that this site does not take.",
        "Ihre Nachricht sieht aus wie Mail, die hier nicht angenommen wird.",
        "Votre message ressemble à du courrier que ce site n'accepte pas.",
        "Su mensaje se parece a correo que este sitio no acepta.",
    ),
    (
        "Your message looks like mail that this list does not take.",
        "Ihre Nachricht sieht aus wie Mail, die diese Liste nicht annimmt.",
        "Votre message ressemble à du courrier que cette liste n'accepte pas.",
        "Su mensaje se parece a correo que esta lista no acepta.",
    ),
    (
        "Your message has a header field that this list does not take.",
        "Ihre Nachricht hat ein Kopffeld, das diese Liste nicht annimmt.",
        "Votre message a un champ d'en-tête que cette liste n'accepte pas.",
        "Su mensaje tiene un campo de cabecera que esta lista no acepta.",
    ),
    (
        "More posts than usual are coming to this list just now; a moderator looks at them first.",
        "Gerade kommen mehr Beiträge als üblich an diese Liste; die Moderation sieht sie zuerst an.",
        "Cette liste reçoit en ce moment plus de messages que d'habitude ; la modération les examine d'abord.",
        "Ahora mismo llegan a esta lista más mensajes de lo habitual; la moderación los mira antes.",
    ),
    (
        "Your message looks like spam.",
        "Ihre Nachricht sieht nach Spam aus.",
        "Votre message ressemble à du spam.",
        "Su mensaje parece spam.",
    ),
    (
        "A scanner finds malware in your message.",
        "In Ihrer Nachricht wurde Schadsoftware gefunden.",
        "Un logiciel malveillant a été trouvé dans votre message.",
        "Se ha encontrado software malicioso en su mensaje.",
    ),
    (
        "Your message could not be examined just now; a moderator looks at it.",
        "Ihre Nachricht konnte gerade nicht untersucht werden; die Moderation sieht sie an.",
        "Votre message n'a pas pu être examiné pour le moment ; la modération va le regarder.",
        "Su mensaje no se ha podido examinar en este momento; la moderación lo mirará.",
    ),
    (
        "The first posts of new members wait for a moderator.",
        "Die ersten Beiträge neuer Mitglieder warten auf die Moderation.",
        "Les premiers messages des nouveaux membres attendent la modération.",
        "Los primeros mensajes de los miembros nuevos esperan a la moderación.",
    ),
    (
        "Your message has {links} links; a new member's may have {limit} in the first posts.",
        "Ihre Nachricht hat {links} Links; in den ersten Beiträgen neuer Mitglieder dürfen es {limit} sein.",
        "Votre message a {links} liens ; les premiers messages d'un nouveau membre peuvent en avoir {limit}.",
        "Su mensaje tiene {links} enlaces; los primeros mensajes de un miembro nuevo pueden tener {limit}.",
    ),
    (
        "Your message has an attachment; a new member's may have none in the first posts.",
        "Ihre Nachricht hat einen Anhang; in den ersten Beiträgen neuer Mitglieder ist keiner erlaubt.",
        "Votre message a une pièce jointe ; les premiers messages d'un nouveau membre n'en peuvent pas avoir.",
        "Su mensaje tiene un adjunto; los primeros mensajes de un miembro nuevo no pueden tenerlo.",
    ),
    (
        "Your mail comes from {domain}, which asks all receivers to refuse mail in its name that others have passed on. This "
        "list does not take such mail, for many members would never get it. Please write from another address, or to the "
        "people who run the list: {owner}",
        "Ihre Mail kommt von {domain}; diese Domain bittet alle Empfänger, in ihrem Namen weitergeleitete Mail abzulehnen. "
        "Diese Liste nimmt solche Mail nicht an, denn viele Mitglieder bekämen sie nie. Bitte schreiben Sie von einer anderen "
        "Adresse oder an die Verwalter der Liste: {owner}",
        "Votre courriel vient de {domain}, qui demande à tous de refuser le courrier en son nom transmis par d'autres. Cette "
        "liste n'accepte pas ce courrier, car beaucoup de membres ne le recevraient jamais. Écrivez d'une autre adresse, ou "
        "aux propriétaires de la liste : {owner}",
        "Su correo viene de {domain}, que pide a todos rechazar el correo en su nombre que otros han reenviado. Esta lista no "
        "acepta ese correo, porque muchos miembros nunca lo recibirían. Escriba desde otra dirección o a los propietarios de "
        "la lista: {owner}",
    ),
    (
        "You have posted {limit} times within an hour; a moderator looks at what comes beyond that.",
        "Sie haben innerhalb einer Stunde {limit} Mal geschrieben; was darüber hinausgeht, sieht die Moderation an.",
        "Vous avez écrit {limit} fois en une heure ; la modération examine ce qui vient au-delà.",
        "Ha escrito {limit} veces en una hora; la moderación mira lo que pase de ahí.",
    ),
)


def translated(sentences: Iterable[str], language: str) -> list[str]:
    """These sentences for somebody who reads `language`."""
    return [translate(sentence, language) for sentence in sentences]


def translate(sentence: str, language: str) -> str:
    for pattern, translation in _patterns(language):
        if found := pattern.fullmatch(sentence):
            return _VALUE.sub(lambda value: found[value[1]], translation)
    return sentence


_VALUE = re.compile(r"\{(\w+)\}")


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    if language not in LANGUAGES:
        return []
    column = LANGUAGES.index(language) + 1
    return [(_pattern(row[0]), row[column]) for row in (*TO_SENDERS, *TO_MODERATORS)]


def _pattern(sentence: str) -> re.Pattern[str]:
    """The sentence with any value in each place. Values are single and anchored by words: no back-tracking to speak of."""
    pieces = _VALUE.split(sentence)
    return re.compile(
        "".join(f"(?P<{piece}>.{{0,500}}?)" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)),
        re.DOTALL,
    )
