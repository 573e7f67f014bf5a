"""What a letter to a bounce address says: which mailboxes failed, for how long, and why. Pure functions, no Django.

| Module | Reads |
|---|---|
| report | the values that come out |
| reading | `read()`: who is asked after whom |
| portions | a letter cut into what the machine says, its status fields, and the message that came back |
| dsn | delivery status fields (RFC 3464), in their part or pasted into the text |
| notifications | bounces told in JSON |
| detectors | flufl.bounce, for the odd formats of past MTAs |
| wording | texts without any fields, by where an address stands |
| causes | enhanced status codes (RFC 3463) and phrases -> why |
| origin | whether a machine wrote it, and whether it is an automatic reply (RFC 3834) |
| complaints | feedback reports (RFC 5965) |

Nothing here is proof: whoever acts on a report first makes sure that it answers a letter of ours.
"""
