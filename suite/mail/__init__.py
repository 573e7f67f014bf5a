"""Mail itself, as pure functions on bytes and text: addresses, header fields, MIME, ids, subjects, line ends.

Who may call it: everybody. It is the lowest floor and imports nothing of the project; no Django, database, network.

| Room | What it knows |
|---|---|
| limits | how much of a letter is read |
| addresses, address_lists | mailboxes, validity, look-up keys; address fields edited entry by entry |
| headers | the header block as bytes; one field decoded, one field encoded |
| words, charsets, parameters | RFC 2047, foreign charsets, RFC 2045 and 2231 parameters |
| parse, structure | a letter read once: its tree of parts, its oddities |
| message | the same as the library's message, for those who edit MIME |
| content, html_text | the text and the attachments |
| decorate | header and footer texts put into a body |
| filtering, html_plain | parts taken out, alternatives collapsed, HTML made plain |
| anonymity | a letter without its author |
| enclosing | letters and texts enclosed in a mail of ours |
| digests | many messages as one, MIME (RFC 2046) and plain (RFC 1153) |
| news | letters and articles of newsgroups (RFC 5536) |
| ids, subjects | Message-ID, References, prefixes, reply marks |
| bounces | which mailboxes a report says have failed, and why |
| verp, wire, autoreply | return paths, line ends and dots, who may be answered |

What it never does: raise on a letter because the letter is odd; change a byte nobody asked to change; trust what a
letter says about itself.
"""
