"""A list and a newsgroup, joined: posts go out as articles, articles come in as posts (RFC 3977, RFC 5537 §3.10).

| Module | Does |
|---|---|
| server | where the news server is, and whether there is one |
| line | the connection: lines and blocks, each with an end in time and size |
| session | the commands: log in, look into a newsgroup, fetch, post |
| posting | posts that wait for the news server; each becomes one article |
| polling | newsgroups that are looked into, article by article above the list's watermark |
| errors | what can go wrong with the other side |

The Message-ID makes an article one of its kind on every server: whoever is not sure whether an article got through asks for it.
An article that comes in enters by `keep()`, as mail does, and is judged as mail is.
"""
