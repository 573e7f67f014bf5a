"""Der Roboter auf Deutsch."""

TEXTS = {
    "results.subject": "$listname: Ergebnis Ihrer Befehle",
    "results.head": "Das ist aus den Befehlen in Ihrer Mail an $request_email geworden.",
    "results.done": "Ergebnisse:",
    "results.none": "Es stand kein Befehl darin.",
    "results.unprocessed": "Nicht verstanden:",
    "results.ignored": "Nicht beachtet:",
    "results.more": "    und $count weitere Zeilen",
    "results.foot": (
        'Alle Befehle nennt Ihnen "help" an $request_email. Fragen beantworten die Verantwortlichen der '
        "Liste: $owner_email"
    ),
    "bad-argument": "Diese Angabe ist nicht verständlich: $argument",
    "not-a-member": "Ihre Adresse steht nicht auf $listname. Es wurde nichts geändert.",
    "summary.help": "dieser Text, oder mehr zu einem Befehl",
    "summary.info": "was die Liste über sich selbst sagt",
    "summary.lists": "die öffentlichen Listen dieser Domain",
    "summary.who": "die Mitglieder der Liste",
    "summary.echo": "antwortet mit Ihren Worten, um den Roboter zu erproben",
    "summary.end": "hinter dieser Zeile steht kein Befehl mehr",
    "summary.confirm": "beantwortet eine Frage, die Ihnen die Liste gemailt hat",
    "summary.join": "in die Liste eintreten",
    "summary.leave": "aus der Liste austreten",
    "summary.set": "wie Sie die Mail der Liste bekommen möchten",
    "details.help": '"help join" sagt mehr über den Befehl join.',
    "details.info": "Die Beschreibung der Liste, und wie man eintritt, austritt und die Verantwortlichen erreicht.",
    "details.lists": "Namen und Beschreibungen der Listen, die gefunden werden wollen.",
    "details.who": (
        "Jede Liste bestimmt, wer fragen darf: alle, die Mitglieder oder die Verantwortlichen. Die Antwort "
        "geht an die Adresse, unter der die Liste Sie kennt. Wer seine Adresse verbirgt, wird nicht genannt."
    ),
    "details.echo": "Er ändert nichts.",
    "details.end": (
        "Nützlich, wenn Ihr Mailprogramm eigene Zeilen anfügt. Eine Zeile aus zwei Strichen bewirkt dasselbe."
    ),
    "details.confirm": (
        "TOKEN ist die lange Zahl in jener Mail. Einfach auf die Mail zu antworten bewirkt dasselbe. Die "
        'Antwort eines Moderators zu einem wartenden Beitrag verwirft ihn; mit der Zeile "Approved: '
        'PASSWORT" geht er hinaus.'
    ),
    "details.join": (
        "Ohne address= für die Adresse, von der Sie schreiben. digest= sagt, ob die Beiträge einzeln kommen "
        "(no) oder gesammelt, als Anhänge (mime) oder als ein Text (plain). Die Adresse bekommt eine Mail, "
        "die zu beantworten ist."
    ),
    "details.leave": (
        "Für die Adresse, von der Sie schreiben. Sie bekommt eine Mail, die zu beantworten ist, wo die Liste "
        "das verlangt."
    ),
    "details.set": (
        "  set show                           wie es jetzt steht\n"
        "  set delivery on|off                ob Sie überhaupt Mail der Liste bekommen\n"
        "  set vacation on|off                dasselbe, andersherum\n"
        "  set digest mime|plain|summary|off  Beiträge gesammelt oder einzeln\n"
        "  set ack on|off                     eine Bestätigung für jeden Ihrer Beiträge\n"
        "  set myposts on|off                 auch Ihre eigenen Beiträge\n"
        "  set duplicates on|off              das Exemplar der Liste, wenn Sie in To oder Cc stehen\n"
        "  set hide on|off                    unter den Mitgliedern nicht genannt werden\n"
        "  set language KÜRZEL                die Sprache der Mail an Sie\n"
        "Sie werden um Bestätigung gebeten, einmal für alle solchen Zeilen einer Mail."
    ),
    "confirm.no-token": "Dahinter fehlt das Token.",
    "confirm.post-accepted": "Der Beitrag geht hinaus.",
    "confirm.post-discarded": "Der Beitrag wurde verworfen.",
    "confirm.joined": "Willkommen: $user_email steht jetzt auf $listname.",
    "confirm.left": "$user_email steht nicht mehr auf $listname.",
    "confirm.waits": "Danke. Nun müssen die Verantwortlichen von $listname zustimmen; Sie hören von ihnen.",
    "end": "Was hinter dieser Zeile steht, wird nicht beachtet.",
    "help": "Schreiben Sie je Zeile einen Befehl, in den Betreff oder in den Text Ihrer Mail. Das sind die Befehle:",
    "help.unknown": 'Einen Befehl "$word" gibt es nicht.',
    "info": (
        "    List-Id: $list_id\n"
        "    Eintreten: eine Mail an $join_email\n"
        "    Austreten: eine Mail an $leave_email\n"
        "    Verantwortliche: $owner_email"
    ),
    "join.done": "$user_email steht jetzt auf $listname.",
    "join.asked": "An $user_email ging eine Mail; wer sie dort liest, kann mit einer Antwort eintreten.",
    "join.waits": "Die Verantwortlichen von $listname müssen zustimmen; Sie hören von ihnen.",
    "leave.done": "$user_email steht nicht mehr auf $listname.",
    "leave.asked": (
        "An die Adresse, die auf der Liste steht, ging eine Mail; eine Antwort darauf beendet die Mitgliedschaft."
    ),
    "leave.waits": "Die Verantwortlichen von $listname müssen zustimmen; Sie hören von ihnen.",
    "leave.not-verified": (
        "Noch niemand hat bestätigt, dass $user_email Ihnen gehört; darum wurde nichts geändert. Um "
        "$listname zu verlassen, öffnen Sie\n"
        "\n"
        "    $unsubscribe_url\n"
        "\n"
        "und drücken Sie den Knopf."
    ),
    "lists": "Die öffentlichen Listen von $domain:",
    "lists.none": "Bei $domain gibt es keine öffentlichen Listen.",
    "set.asked": "An die Adresse, die auf der Liste steht, ging eine Mail; eine Antwort darauf bewirkt die Änderung.",
    "set.done": "Von jetzt an gilt:",
    "set.show": "Für $user_email gilt:",
    "set.by-moderator": (
        "Die Verantwortlichen der Liste haben Ihre Mail abgeschaltet. Fragen Sie dort nach: $owner_email"
    ),
    "set.no-digests": "$listname hat keine Sammelmails.",
    "set.question.subject": "Bitte bestätigen: Ihre Einstellungen bei $listname",
    "set.question": (
        "Jemand, hoffentlich Sie selbst, möchte ändern, wie $user_email die Mail von $listname bekommt:\n"
        "\n"
        "$wishes\n"
        "\n"
        "Waren Sie das, so beantworten Sie diese Mail und lassen Sie den Betreff, wie er ist. Waren Sie es "
        "nicht, so tun Sie nichts: ohne Ihre Antwort ändert sich nichts.\n"
        "\n"
        "Fragen beantworten die Verantwortlichen der Liste: $owner_email\n"
    ),
    "who": "Mitglieder von $listname: $count",
    "who.more": "    und $count weitere",
    "who.hidden": "Auf eigenen Wunsch nicht genannt: $count",
    "who.refused": "Die Mitglieder von $listname werden Ihnen nicht genannt.",
    "error.unknown-token": "Dieses Token ist unbekannt, schon benutzt oder zu alt.",
    "error.already-subscribed": "Diese Adresse steht schon auf $listname.",
    "error.membership-banned": "Diese Adresse kann nicht in $listname eintreten.",
    "error.invalid-subscriber": "Diese Adresse kann nicht in $listname eintreten.",
    "error.invalid-address": "Das ist keine Mailadresse.",
    "error.wrong-password": (
        "Das ist nicht das Passwort der Moderatoren. Es wurde nichts geändert, der Beitrag wartet weiter."
    ),
    "error.already-decided": "Über diesen Beitrag hat schon jemand entschieden.",
}
