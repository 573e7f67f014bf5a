"""A small living community for a site that somebody only wants to look at."""
