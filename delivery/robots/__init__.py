"""The mail robot: a list's -request, -join, -leave and -confirm addresses (and -subscribe, -unsubscribe).

`road` says what is done with a letter, `reading` finds the lines that may be commands, `commands` is the table of those that
there are, `running` runs them, `replies` writes the one answer. The families `talking`, `looking`, `joining`, `setting` and
`confirming` hold the commands themselves, `wording/` what they say in each language.

Who wrote a letter is not proved by its From. So nothing is changed on the word of a letter alone, only after somebody has
answered a token that was mailed to the address concerned; and what is not for everybody goes to no other address than the
one it is meant for.
"""
