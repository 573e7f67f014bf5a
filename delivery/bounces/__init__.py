"""What follows when mail comes back: from a letter at -bounces, or a refusal of the relay, to a member's score.

| Module | Does |
|---|---|
| road | what is done with a letter to -bounces |
| ahead | what a run of them is asked about, looked up at once |
| proofs | whether it answers mail of ours, and whose copy came back |
| events | the rows: one for each mailbox and message |
| scoring | score, disable, probe; each event once |
| probing | a probe that the relay itself refuses |
| waves | one message that many refuse for its own sake scores nobody |
| reminding | disabled members are warned, and removed in the end |
| complaints | feedback reports end memberships |
| telling | the mails about all this |

Nothing here is sent to whoever wrote the bounce, and what is sent because of one has a null return path; the one exception
is a probe, whose return path is a token that is good once. So no bounce causes another.
"""
