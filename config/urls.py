"""Every address of the shop: pages in three languages, the API, the admin, health."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter
from django.views.generic import RedirectView

from accounts.views import email
from catalog.seo import sitemaps
from core.registry import pages_of_apps
from core.web import health
from core.web.converters import PageNumberConverter, SecretConverter, TextConverter
from core.web.views import home_in_own_language, media, theme

register_converter(TextConverter, "text")
register_converter(PageNumberConverter, "page")
register_converter(SecretConverter, "secret")

handler400 = "core.web.views.bad_request"
handler403 = "core.web.views.permission_denied"
handler404 = "core.web.views.page_not_found"
# Asked for by allauth.
handler429 = "accounts.views.too_many_requests"
handler500 = "core.web.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home_in_own_language),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-categories.xml", sitemaps.categories, name="sitemap_categories"),
    path("sitemap-products-<page:page>.xml", sitemaps.products, name="sitemap_products"),
    path("health", health.ready, name="health"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("api/v1/", include("config.api")),
    path("api/", include("config.api", namespace="unversioned_api")),
    # One page changes one's own password, with the limits on guesses at the old one.
    path("admin/password_change/", admin.site.admin_view(RedirectView.as_view(pattern_name="account_change_password"))),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *i18n_patterns(
        path("account/email/", email, name="account_email"),
        path("account/", include("allauth.account.urls")),
        path("account/two-step/", include("allauth.mfa.urls")),
        path("theme/", theme, name="theme"),
        *(path(prefix, include(module)) for prefix, module in pages_of_apps()),
    ),
]

if not settings.S3_BUCKET:
    # A shop without object storage serves its pictures itself.
    urlpatterns.append(re_path(r"^media/(?P<path>.+)$", media))
