"""What the REST API's resources share, whichever app they stand in: sign-in, parameters, answers, pages, errors.

The wire is that of Mailman Core's API 3.1 (and 3.0, which only spells UUIDs otherwise), so that `mailmanclient` and scripts
written for it go on working. Resources are in each app's `api/`; `suite.api` says where they stand. No resource knows SQL that
its app's queries and services do not offer.
"""
