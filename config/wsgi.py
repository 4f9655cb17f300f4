"""The WSGI application of the pages and the API."""

import os

from django.core.wsgi import get_wsgi_application

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
embedded.start_if_needed()
application = get_wsgi_application()
