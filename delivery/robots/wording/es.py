"""El robot en español."""

TEXTS = {
    "results.subject": "$listname: resultado de sus órdenes",
    "results.head": "Esto es lo que ha sido de las órdenes de su mensaje a $request_email.",
    "results.done": "Resultados:",
    "results.none": "No contenía ninguna orden.",
    "results.unprocessed": "No entendido:",
    "results.ignored": "No leído:",
    "results.more": "    y $count líneas más",
    "results.foot": (
        'Para conocer todas las órdenes envíe "help" a $request_email. Las preguntas van a los responsables '
        "de la lista: $owner_email"
    ),
    "bad-argument": "Esta indicación no se entiende: $argument",
    "not-a-member": "Su dirección no está en $listname. No se ha cambiado nada.",
    "summary.help": "este texto, o más sobre una orden",
    "summary.info": "lo que la lista dice de sí misma",
    "summary.lists": "las listas públicas de este dominio",
    "summary.who": "los miembros de la lista",
    "summary.echo": "repite sus palabras, para probar el robot",
    "summary.end": "nada de lo que sigue es una orden",
    "summary.confirm": "responde a una pregunta que la lista le ha enviado",
    "summary.join": "suscribirse a la lista",
    "summary.leave": "darse de baja de la lista",
    "summary.set": "cómo quiere recibir el correo de la lista",
    "details.help": '"help join" dice más sobre la orden join.',
    "details.info": "La descripción de la lista, y cómo suscribirse, darse de baja y llegar a sus responsables.",
    "details.lists": "Nombres y descripciones de las listas que desean ser encontradas.",
    "details.who": (
        "Cada lista decide quién puede preguntar: todos, los miembros o los responsables. La respuesta va a "
        "la dirección con la que la lista le conoce, y omite a quienes ocultan la suya."
    ),
    "details.echo": "No cambia nada.",
    "details.end": "Útil si su programa de correo añade líneas propias. Una línea de dos guiones hace lo mismo.",
    "details.confirm": (
        "TOKEN es el número largo de aquel mensaje. Responder sin más al mensaje hace lo mismo. La respuesta "
        'de un moderador sobre un mensaje retenido lo descarta; con la línea "Approved: CONTRASEÑA" sale.'
    ),
    "details.join": (
        "Sin address= vale para la dirección desde la que escribe. digest= dice si los mensajes llegan uno a "
        "uno (no) o reunidos, como adjuntos (mime) o en un solo texto (plain). La dirección recibe un "
        "mensaje que hay que responder."
    ),
    "details.leave": (
        "Para la dirección desde la que escribe. Recibe un mensaje que hay que responder, si la lista lo pide."
    ),
    "details.set": (
        "  set show                           cómo está ahora\n"
        "  set delivery on|off                si recibe o no el correo de la lista\n"
        "  set vacation on|off                lo mismo, al revés\n"
        "  set digest mime|plain|summary|off  mensajes reunidos o uno a uno\n"
        "  set ack on|off                     un acuse por cada mensaje suyo\n"
        "  set myposts on|off                 también sus propios mensajes\n"
        "  set duplicates on|off              la copia de la lista cuando usted figura en To o Cc\n"
        "  set hide on|off                    no ser nombrado entre los miembros\n"
        "  set language CÓDIGO                el idioma del correo para usted\n"
        "Se le pide confirmación, una vez para todas esas líneas de un mensaje."
    ),
    "confirm.no-token": "Falta el código detrás de la orden.",
    "confirm.post-accepted": "El mensaje sale.",
    "confirm.post-discarded": "El mensaje se ha descartado.",
    "confirm.joined": "Le damos la bienvenida: $user_email está ahora en $listname.",
    "confirm.left": "$user_email ya no está en $listname.",
    "confirm.waits": "Gracias. Ahora deben dar su acuerdo los responsables de $listname; ellos le responderán.",
    "end": "Lo que sigue a esta línea no se lee.",
    "help": "Escriba una orden por línea, en el asunto o en el texto de su mensaje. Estas son las órdenes:",
    "help.unknown": 'No existe la orden "$word".',
    "info": (
        "    List-Id: $list_id\n"
        "    Suscribirse: un mensaje a $join_email\n"
        "    Darse de baja: un mensaje a $leave_email\n"
        "    Responsables: $owner_email"
    ),
    "join.done": "$user_email está ahora en $listname.",
    "join.asked": "Se ha enviado un mensaje a $user_email; quien lo lea allí puede suscribirse respondiéndolo.",
    "join.waits": "Deben dar su acuerdo los responsables de $listname; ellos le responderán.",
    "leave.done": "$user_email ya no está en $listname.",
    "leave.asked": "Se ha enviado un mensaje a la dirección suscrita; una respuesta pone fin a la suscripción.",
    "leave.waits": "Deben dar su acuerdo los responsables de $listname; ellos le responderán.",
    "leave.not-verified": (
        "Nadie ha confirmado todavía que $user_email sea suya; por eso no se ha cambiado nada. Para dejar "
        "$listname abra\n"
        "\n"
        "    $unsubscribe_url\n"
        "\n"
        "y pulse el botón."
    ),
    "lists": "Las listas públicas de $domain:",
    "lists.none": "En $domain no hay listas públicas.",
    "set.asked": "Se ha enviado un mensaje a la dirección suscrita; una respuesta hace el cambio.",
    "set.done": "Desde ahora:",
    "set.show": "Para $user_email:",
    "set.by-moderator": "Los responsables de la lista han suspendido su correo. Pregúnteles: $owner_email",
    "set.no-digests": "$listname no tiene mensajes reunidos.",
    "set.question.subject": "Confirme, por favor: sus ajustes en $listname",
    "set.question": (
        "Alguien, esperamos que usted, quiere cambiar cómo recibe $user_email el correo de $listname:\n"
        "\n"
        "$wishes\n"
        "\n"
        "Si ha sido usted, responda a este mensaje y deje el asunto como está. Si no, no haga nada: sin su "
        "respuesta nada cambia.\n"
        "\n"
        "Las preguntas van a los responsables de la lista: $owner_email\n"
    ),
    "who": "Miembros de $listname: $count",
    "who.more": "    y $count más",
    "who.hidden": "No nombrados, por deseo propio: $count",
    "who.refused": "Los miembros de $listname no se le muestran.",
    "error.unknown-token": "Este código es desconocido, ya se usó o es demasiado antiguo.",
    "error.already-subscribed": "Esta dirección ya está en $listname.",
    "error.membership-banned": "Esta dirección no puede suscribirse a $listname.",
    "error.invalid-subscriber": "Esta dirección no puede suscribirse a $listname.",
    "error.invalid-address": "No es una dirección de correo.",
    "error.wrong-password": (
        "No es la contraseña de los moderadores. No se ha cambiado nada, y el mensaje sigue esperando."
    ),
    "error.already-decided": "Alguien ha decidido ya sobre este mensaje.",
}
