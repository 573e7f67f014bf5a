"""How log lines name a message: all in one way, so that one grep finds its whole road."""

NOTHING = "-"


def about(message_id: str, list_id: str = "", arrival: object = None) -> str:
    """`msg=<Message-ID> list=<list-id> arrival=<number>`, a dash where there is none. In one line, whatever is in the id."""
    if not message_id.isprintable() or " " in message_id:
        message_id = "".join(letter if letter.isprintable() and letter != " " else "_" for letter in message_id)
    return f"msg={message_id or NOTHING} list={list_id or NOTHING} arrival={arrival or NOTHING}"
