"""The WSGI application of the pages and the API."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config import embedded
from config.parent import end_with_parent

end_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
embedded.start_if_needed()
application = get_wsgi_application()

# What is there by now stays. The collector went through all of it for every few pages, a tenth of a second each time.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
