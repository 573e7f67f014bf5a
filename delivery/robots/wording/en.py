"""The robot in English."""

TEXTS = {
    "results.subject": "$listname: the results of your commands",
    "results.head": "This is what became of the commands in your mail to $request_email.",
    "results.done": "Results:",
    "results.none": "There was no command in it.",
    "results.unprocessed": "Not understood:",
    "results.ignored": "Ignored:",
    "results.more": "    and $count more lines",
    "results.foot": (
        'For all commands send "help" to $request_email. Questions go to the people who run the list: $owner_email'
    ),
    "bad-argument": "This argument is not understood: $argument",
    "not-a-member": "Your address is not on $listname. Nothing was changed.",
    "summary.help": "this text, or more about one command",
    "summary.info": "what the list says about itself",
    "summary.lists": "the public lists of this domain",
    "summary.who": "the members of the list",
    "summary.echo": "answers your own words, to try the robot",
    "summary.end": "nothing behind this line is a command",
    "summary.confirm": "answers a question that the list has mailed to you",
    "summary.join": "join the list",
    "summary.leave": "leave the list",
    "summary.set": "how you want to get the list's mail",
    "details.help": '"help join" says more about the command join.',
    "details.info": "The description of the list, and how to join, to leave, and to reach the people who run it.",
    "details.lists": "Names and descriptions of those lists that wish to be found.",
    "details.who": (
        "Each list decides who may ask: everybody, members, or the people who run it. The answer goes to the "
        "address under which you are known to the list, and leaves out who has hidden his address."
    ),
    "details.echo": "It changes nothing.",
    "details.end": "Useful where your mail program adds lines of its own. A line of two dashes does the same.",
    "details.confirm": (
        "TOKEN is the long number in that mail. A plain answer to the mail does the same. A moderator's "
        'answer about a held post drops it; with the line "Approved: PASSWORD" it goes out.'
    ),
    "details.join": (
        "Without address= it is for the address you write from. digest= says whether posts come one by one "
        "(no), or collected, as attachments (mime) or as one text (plain). The address gets a mail that has "
        "to be answered."
    ),
    "details.leave": (
        "For the address you write from. It gets a mail that has to be answered, where the list asks for that."
    ),
    "details.set": (
        "  set show                           how things stand now\n"
        "  set delivery on|off                whether you get any mail of the list\n"
        "  set vacation on|off                the same, the other way round\n"
        "  set digest mime|plain|summary|off  posts collected, or one by one\n"
        "  set ack on|off                     a receipt for each of your posts\n"
        "  set myposts on|off                 your own posts, too\n"
        "  set duplicates on|off              the list's copy of posts that name you in To or Cc\n"
        "  set hide on|off                    not to be named among the members\n"
        "  set language CODE                  the language of mail to you\n"
        "You are asked to confirm, once for all such lines of a mail."
    ),
    "confirm.no-token": "There is no token behind it.",
    "confirm.post-accepted": "The post goes out.",
    "confirm.post-discarded": "The post has been dropped.",
    "confirm.joined": "Welcome: $user_email is on $listname now.",
    "confirm.left": "$user_email is no longer on $listname.",
    "confirm.waits": "Thank you. Now the people who run $listname must agree; you will hear from them.",
    "end": "Nothing behind this line is looked at.",
    "help": "Write one command on a line, in the subject or in the text of your mail. These are the commands:",
    "help.unknown": 'There is no command "$word".',
    "info": (
        "    List-Id: $list_id\n"
        "    To join: a mail to $join_email\n"
        "    To leave: a mail to $leave_email\n"
        "    The people who run it: $owner_email"
    ),
    "join.done": "$user_email is on $listname now.",
    "join.asked": "A mail has gone to $user_email; whoever reads it there can join by answering it.",
    "join.waits": "The people who run $listname must agree; you will hear from them.",
    "leave.done": "$user_email is no longer on $listname.",
    "leave.asked": "A mail has gone to the address that is on the list; an answer to it ends the membership.",
    "leave.waits": "The people who run $listname must agree; you will hear from them.",
    "leave.not-verified": (
        "Nobody has verified yet that $user_email is yours, so nothing was changed. To leave $listname open\n"
        "\n"
        "    $unsubscribe_url\n"
        "\n"
        "and press the button."
    ),
    "lists": "The public lists of $domain:",
    "lists.none": "There are no public lists at $domain.",
    "set.asked": "A mail has gone to the address that is on the list; an answer to it makes the change.",
    "set.done": "From now on:",
    "set.show": "What holds for $user_email:",
    "set.by-moderator": "The people who run the list have switched your mail off. Ask them: $owner_email",
    "set.no-digests": "$listname has no digests.",
    "set.question.subject": "Please confirm: your settings on $listname",
    "set.question": (
        "Somebody, you we hope, wants to change how $user_email gets the mail of $listname:\n"
        "\n"
        "$wishes\n"
        "\n"
        "If that was you, answer this mail and leave its subject as it is. If it was not you, do nothing: "
        "without your answer nothing changes.\n"
        "\n"
        "Questions go to the people who run the list: $owner_email\n"
    ),
    "who": "Members of $listname: $count",
    "who.more": "    and $count more",
    "who.hidden": "Not shown, because they wish so: $count",
    "who.refused": "The members of $listname are not shown to you.",
    "error.unknown-token": "This token is unknown, was used already, or is too old.",
    "error.already-subscribed": "This address is on $listname already.",
    "error.membership-banned": "This address cannot join $listname.",
    "error.invalid-subscriber": "This address cannot join $listname.",
    "error.invalid-address": "This is no mail address.",
    "error.wrong-password": "This is not the moderators' password. Nothing was changed, and the post still waits.",
    "error.already-decided": "Somebody has decided about this post already.",
}
