"""HTTP endpoints: a member or a list gets each post as a signed POST instead of mail.

| Module | Does |
|---|---|
| choosing | which lists and members have one, without a statement for those that have none |
| managing | setting one, its key, switching it off and on, taking it away |
| knocking | one POST: what is sent, and what an answer means |
| claiming | whose turn it is: the oldest post first, one at a time for each endpoint, those that answer before others |
| posting | the drain |

What goes to an endpoint is a batch of one recipient, planned, paused, cancelled, tried again, given up and traced as mail is; it
is handed over here and in a lane of its own, so that an endpoint which hangs keeps no mail from being sent.
"""
