"""Whether DNS shows the keys that sign (RFC 6376 §3.6.2)."""

from delivery.signing.keyfile import DomainKey
from suite.common.dns import DnsTrouble, txt
from suite.mail.tags import tag_list


def complaint(key: DomainKey, domain: str) -> str:
    """What is wrong with the key's record, in one sentence; empty where it is as it should be."""
    name, _ = key.record(domain)
    try:
        records = txt(name)
    except DnsTrouble as error:
        return str(error)
    if not records:
        return f"There is no TXT record {name} yet."
    if len(records) > 1:
        return f"{name} has {len(records)} TXT records; one is wanted."
    published = (tag_list(records[0]) or {}).get("p", "")
    return "" if "".join(published.split()) == key.public else f"The record {name} holds another key."
