"""What services of customer groups refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class GroupCodeTaken(DomainError):
    """Another customer group has the code."""

    code = "group_code_taken"
    message = _("Another customer group has this code.")
    status = 422


class UnknownMembers(DomainError):
    """Some of the named people cannot be members; `details.customers` names them."""

    code = "unknown_members"
    message = _("Some of these customers are not there, or their personal data was erased.")
    status = 422
