"""Le robot en français."""

TEXTS = {
    "results.subject": "$listname : résultat de vos commandes",
    "results.head": "Voici ce que sont devenues les commandes de votre message à $request_email.",
    "results.done": "Résultats :",
    "results.none": "Il ne contenait aucune commande.",
    "results.unprocessed": "Non compris :",
    "results.ignored": "Ignoré :",
    "results.more": "    et encore $count lignes",
    "results.foot": (
        "Pour connaître toutes les commandes, envoyez « help » à $request_email. Pour toute question, "
        "écrivez aux responsables de la liste : $owner_email"
    ),
    "bad-argument": "Cette indication n'est pas comprise : $argument",
    "not-a-member": "Votre adresse n'est pas sur $listname. Rien n'a été changé.",
    "summary.help": "ce texte, ou plus de détails sur une commande",
    "summary.info": "ce que la liste dit d'elle-même",
    "summary.lists": "les listes publiques de ce domaine",
    "summary.who": "les membres de la liste",
    "summary.echo": "répète vos mots, pour essayer le robot",
    "summary.end": "rien de ce qui suit n'est une commande",
    "summary.confirm": "répond à une question que la liste vous a envoyée",
    "summary.join": "s'abonner à la liste",
    "summary.leave": "se désabonner de la liste",
    "summary.set": "comment vous voulez recevoir les messages de la liste",
    "details.help": "« help join » en dit plus sur la commande join.",
    "details.info": "La description de la liste, et comment s'abonner, se désabonner et joindre ses responsables.",
    "details.lists": "Les noms et descriptions des listes qui souhaitent être trouvées.",
    "details.who": (
        "Chaque liste décide qui peut demander : tout le monde, les membres ou les responsables. La réponse "
        "va à l'adresse sous laquelle la liste vous connaît, et omet les personnes qui cachent la leur."
    ),
    "details.echo": "Elle ne change rien.",
    "details.end": "Utile si votre logiciel ajoute des lignes de son cru. Une ligne de deux tirets a le même effet.",
    "details.confirm": (
        "TOKEN est le long nombre de ce message. Une simple réponse au message a le même effet. La réponse "
        "d'un modérateur au sujet d'un message retenu l'écarte ; avec la ligne « Approved: MOT-DE-PASSE », il part."
    ),
    "details.join": (
        "Sans address=, il s'agit de l'adresse d'où vous écrivez. digest= dit si les messages arrivent un "
        "par un (no) ou groupés, en pièces jointes (mime) ou en un seul texte (plain). L'adresse reçoit un "
        "message auquel il faut répondre."
    ),
    "details.leave": (
        "Pour l'adresse d'où vous écrivez. Elle reçoit un message auquel il faut répondre, si la liste le demande."
    ),
    "details.set": (
        "  set show                           l'état actuel\n"
        "  set delivery on|off                recevoir ou non les messages de la liste\n"
        "  set vacation on|off                la même chose, en sens inverse\n"
        "  set digest mime|plain|summary|off  messages groupés ou un par un\n"
        "  set ack on|off                     un accusé pour chacun de vos messages\n"
        "  set myposts on|off                 vos propres messages aussi\n"
        "  set duplicates on|off              la copie de la liste quand vous figurez dans To ou Cc\n"
        "  set hide on|off                    ne pas être nommé parmi les membres\n"
        "  set language CODE                  la langue des messages qui vous sont adressés\n"
        "Une confirmation vous est demandée, une fois pour toutes ces lignes d'un message."
    ),
    "confirm.no-token": "Il manque le jeton derrière la commande.",
    "confirm.post-accepted": "Le message part.",
    "confirm.post-discarded": "Le message a été écarté.",
    "confirm.joined": "Bienvenue : $user_email est maintenant sur $listname.",
    "confirm.left": "$user_email n'est plus sur $listname.",
    "confirm.waits": (
        "Merci. Les responsables de $listname doivent maintenant donner leur accord ; ils vous répondront."
    ),
    "end": "Ce qui suit cette ligne n'est pas lu.",
    "help": "Écrivez une commande par ligne, dans l'objet ou dans le texte de votre message. Voici les commandes :",
    "help.unknown": "Il n'y a pas de commande « $word ».",
    "info": (
        "    List-Id : $list_id\n"
        "    S'abonner : un message à $join_email\n"
        "    Se désabonner : un message à $leave_email\n"
        "    Les responsables : $owner_email"
    ),
    "join.done": "$user_email est maintenant sur $listname.",
    "join.asked": "Un message est parti vers $user_email ; qui le lit là-bas peut s'abonner en y répondant.",
    "join.waits": "Les responsables de $listname doivent donner leur accord ; ils vous répondront.",
    "leave.done": "$user_email n'est plus sur $listname.",
    "leave.asked": "Un message est parti vers l'adresse abonnée ; une réponse met fin à l'abonnement.",
    "leave.waits": "Les responsables de $listname doivent donner leur accord ; ils vous répondront.",
    "leave.not-verified": (
        "Personne n'a encore confirmé que $user_email est à vous ; rien n'a donc été changé. Pour quitter "
        "$listname, ouvrez\n"
        "\n"
        "    $unsubscribe_url\n"
        "\n"
        "et appuyez sur le bouton."
    ),
    "lists": "Les listes publiques de $domain :",
    "lists.none": "Il n'y a pas de liste publique chez $domain.",
    "set.asked": "Un message est parti vers l'adresse abonnée ; une réponse effectue le changement.",
    "set.done": "À partir de maintenant :",
    "set.show": "Pour $user_email :",
    "set.by-moderator": "Les responsables de la liste ont suspendu vos messages. Adressez-vous à eux : $owner_email",
    "set.no-digests": "$listname n'a pas de messages groupés.",
    "set.question.subject": "Veuillez confirmer : vos réglages sur $listname",
    "set.question": (
        "Quelqu'un, vous nous l'espérons, veut changer la façon dont $user_email reçoit les messages de "
        "$listname :\n"
        "\n"
        "$wishes\n"
        "\n"
        "Si c'était vous, répondez à ce message sans changer son objet. Sinon, ne faites rien : sans votre "
        "réponse rien ne change.\n"
        "\n"
        "Pour toute question, écrivez aux responsables de la liste : $owner_email\n"
    ),
    "who": "Membres de $listname : $count",
    "who.more": "    et encore $count",
    "who.hidden": "Non nommés, à leur demande : $count",
    "who.refused": "Les membres de $listname ne vous sont pas montrés.",
    "error.unknown-token": "Ce jeton est inconnu, déjà utilisé ou trop ancien.",
    "error.already-subscribed": "Cette adresse est déjà sur $listname.",
    "error.membership-banned": "Cette adresse ne peut pas s'abonner à $listname.",
    "error.invalid-subscriber": "Cette adresse ne peut pas s'abonner à $listname.",
    "error.invalid-address": "Ce n'est pas une adresse électronique.",
    "error.wrong-password": (
        "Ce n'est pas le mot de passe des modérateurs. Rien n'a été changé, et le message attend toujours."
    ),
    "error.already-decided": "Quelqu'un a déjà décidé de ce message.",
}
