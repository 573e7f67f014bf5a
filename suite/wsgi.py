"""The web door: what uWSGI serves."""

import os

from django.core.wsgi import get_wsgi_application

from suite.common.utf8 import utf8_alone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
application = utf8_alone(get_wsgi_application())
