"""The processes of a site: which there are (`table`), what keeps them alive (`supervisor`), and the bodies of those that no app
owns: the web door, a lane's task cluster, the sweep. Each is a command of its own; `manage.py up` runs them all on one host.
Nothing here knows what a message is."""
