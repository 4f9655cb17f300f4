"""The base of every app's AppConfig, with which the app declares what it adds to the shop.

An app names here what is collected from all apps: nothing else of the shop has to name the app but INSTALLED_APPS and
the import contract. What needs models is named by its dotted path, for an AppConfig is read before the models are. Each
part is collected where it is used (`core.integrity`, `core.personal_data`, `audit.tracked`, `accounts.roles`, and so
on) in the order of INSTALLED_APPS, unless it has an order of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import AppConfig, apps

from core.actions import Action

if TYPE_CHECKING:
    from celery.schedules import crontab


# What the people of a role may do with the rows of a model.
VIEW = ("view",)
WORK = ("view", "change")
ALL = ("view", "add", "change", "delete")


class RowLock(IntEnum):
    """The kinds of rows that are locked together with others, in the order in which a transaction locks them."""

    NOTHING = 0
    CART = 10
    ORDER = 20
    PAYMENT = 30
    SHIPMENT = 40
    ACCOUNT = 90


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose changes are recorded.

    `part_of` names the model in whose history they are shown, as "orders.order"; `parent` is the column that leads to
    it. The triggers are made by `audit.operations.Track` in a migration; a check holds the two together.
    """

    part_of: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class BeatTask:
    """A task that Celery's beat starts: its registered name, and every how long or at which times."""

    task: str
    schedule: "timedelta | crontab"


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """The `core.personal_data.PersonalData` of an app by its dotted path, and the kind of rows that it locks first."""

    keeper: str
    locks: RowLock = RowLock.NOTHING


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A heading of the admin's sidebar. Sections stand by their position, lowest first."""

    key: str
    title: Any
    position: int


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the admin's sidebar.

    It leads to the list of a model ("orders.order"), or to the address of that name in the admin ("admin:…"). Who may
    view or change the model's rows is offered it; where an action is named, who may take that. Entries of a section
    stand by their position, then in the order of INSTALLED_APPS. `shown_to` and `badge` are functions of the request by
    their dotted paths: whether the reader is offered the entry, in place of the permissions, and what stands beside it.
    """

    section: str
    title: Any
    icon: str
    to: str
    action: Action | None = None
    position: int = 100
    shown_to: str = ""
    badge: str = ""


class SoukAppConfig(AppConfig):
    """What an app of the shop declares. All parts are optional; an app leaves out what it does not have."""

    # Django takes the one AppConfig of an app's module, and this base is imported by all of them.
    default = False

    # Modules, tuples and classes by their dotted paths.
    error_codes: ClassVar[str] = ""  # a module with ERROR_CODES (core.error_codes)
    consumers: ClassVar[tuple[str, ...]] = ()  # classes that take events of the outbox (core.outbox.consumers)
    integrity_checks: ClassVar[tuple[str, ...]] = ()  # tuples of core.integrity.Check
    personal_data: ClassVar[PersonalRows | None] = None
    actions: ClassVar[type[Action] | None] = None
    data_imports: ClassVar[tuple[str, ...]] = ()  # loaders of rows from elsewhere (etl.context.Loader)
    message_kinds: ClassVar[str] = ""  # a module with MESSAGE_KINDS (notifications.texts.kinds)
    task_kinds: ClassVar[str] = ""  # a module with TASK_KINDS (desk.kinds)
    # A prefix of addresses in each language, and the module of the pages there.
    pages: ClassVar[tuple[str, str] | None] = None
    api_routes: ClassVar[str] = ""  # a tuple of addresses of the API (core.api.routes)
    api_tags: ClassVar[Mapping[str, str]] = {}  # what the OpenAPI document says of their first parts
    shop_settings: ClassVar[str] = ""  # a tuple of settings that staff edits (core.shop_settings)
    sold_currencies: ClassVar[str] = ""  # a function that returns the currencies of what is on sale
    # By model of the app in lower case ("category"), or of an app that is not ours by its label ("auth.group").
    audited: ClassVar[Mapping[str, Audited]] = {}
    unaudited: ClassVar[Mapping[str, str]] = {}  # the reason why a table is not audited
    state_colours: ClassVar[tuple[str, ...]] = ()  # tables of colours by state (core.admin.display)
    # By role, of each model ("order", "*" for all of the app) what its people may do (accounts.roles).
    roles: ClassVar[Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
    menu_sections: ClassVar[tuple[MenuSection, ...]] = ()
    menu: ClassVar[tuple[MenuEntry, ...]] = ()
    beat_tasks: ClassVar[Mapping[str, BeatTask]] = {}  # by a name of its own, with hyphens
    # What requests wait for after their commit, by name, with a function that carries on (core.continuations).
    continuations: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.default = True

    def label_of(self, model: str) -> str:
        """Return a model's label, of a name that may leave out this app's label."""
        return model if "." in model else f"{self.label}.{model}"


def souk_apps() -> Iterator[SoukAppConfig]:
    """Yield the installed apps that declare something, in the order of INSTALLED_APPS."""
    return (config for config in apps.get_app_configs() if isinstance(config, SoukAppConfig))


def pages_of_apps() -> list[tuple[str, str]]:
    """Return the prefixes of the apps' pages with their modules; that without a prefix, which may match any, last."""
    return sorted((app.pages for app in souk_apps() if app.pages), key=lambda pages: not pages[0])
