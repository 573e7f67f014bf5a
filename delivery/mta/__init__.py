"""Maps and configuration for the MTA in front: files of the state folder, kept up to date as lists come and go.

Nobody has to use them: an MTA that asks our LMTP door about each recipient needs none. What is written here says which
addresses there are, never more; mail is read, judged and sent elsewhere.
"""
