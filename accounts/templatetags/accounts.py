"""Facts about an account for the templates of its pages."""

from django import template

from accounts.selectors import has_confirmed_email

register = template.Library()
register.filter(has_confirmed_email)
