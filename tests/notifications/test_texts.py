"""Texts of staff in place of the defaults: used by real mails, refused where they could not be, never in the way."""

import html
import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.translation import override

from core.errors import InvalidInput
from core.outbox import relay
from desk.models import StaffTask
from desk.services import settle_all
from notifications.models import MessageText
from notifications.services import send_due_messages
from notifications.texts.kinds import PARTS, all_message_kinds
from notifications.texts.placeholders import filled
from notifications.texts.rendering import TEXT_BROKEN, texts_of
from notifications.texts.services import reset_text, sample_mail, write_text
from orders.models import Order
from tests.api import V1, client_of, codes_of, given, refused
from tests.factories.accounts import StaffFactory
from tests.factories.checkout import confirmed_order
from tests.factories.staff import colleague, messages_of, staff_client

pytestmark = pytest.mark.django_db

TEXTS = f"{V1}/message-texts"
ORDER = {"number": "X1", "shop": "Souk", "total": "9"}


def mail_of(order: Order) -> Any:
    relay.run_once()
    send_due_messages()
    [message] = mail.outbox
    return message


def broken_text() -> MessageText:
    """A text as one may be left behind by a release that took a variable away."""
    return MessageText.objects.create(code="order_placed", language="en", subject="Hi {gone}", intro="Made {number")


class TestMails:
    def test_a_real_mail_has_staffs_words_in_subject_text_and_html(self) -> None:
        intro = "We pack <today>.\n{number} costs {total}."
        write_text(code="order_placed", language="en", subject="Thanks for {number}", heading="Hooray", intro=intro)
        order = confirmed_order()
        message = mail_of(order)
        html = str(message.alternatives[0][0])

        assert message.subject.endswith(f"Thanks for {order.number}")
        assert message.body.startswith(f"Hooray\nOrder {order.number}")
        assert f"We pack <today>.\n{order.number} costs " in message.body
        assert f"We pack &lt;today&gt;.<br>{order.number} costs" in html
        assert "Hooray</h1>" in html

    def test_a_part_that_is_empty_and_another_language_are_the_default(self) -> None:
        write_text(code="order_placed", language="en", subject="Thanks")
        texts = texts_of(code="order_placed", language="en", values=ORDER)
        french = texts_of(code="order_placed", language="fr", values=ORDER)

        assert (texts.subject, texts.heading) == ("Thanks", "Thank you, your order is placed")
        assert "X1" in french.subject

    def test_a_text_that_cannot_be_used_stops_no_mail_and_is_a_task(self) -> None:
        text = broken_text()
        order = confirmed_order()
        message = mail_of(order)

        assert message.subject.endswith(f"Your order {order.number}")
        assert "Made" not in message.body
        task = StaffTask.objects.get(kind=TEXT_BROKEN)
        assert task.object_id == str(text.pk)

        write_text(code="order_placed", language="en", subject="Thanks", intro="")
        task.refresh_from_db()
        assert task.state == "done"

    def test_a_text_that_was_mended_by_another_way_is_found_by_the_sweep(self) -> None:
        text = broken_text()
        texts_of(code="order_placed", language="en", values=ORDER)
        assert settle_all() == 0
        MessageText.objects.filter(pk=text.pk).update(subject="", intro="")
        assert settle_all() == 1

    def test_values_are_one_line_and_never_read_as_variables(self) -> None:
        assert filled("To {number}", {"number": "a\nb {shop}"}) == "To a b {shop}"
        assert filled("{{number}} is {number}", {"number": "1"}) == "{number} is 1"

    @pytest.mark.parametrize("language", ["en", "fr", "ar"])
    @pytest.mark.parametrize("code", list(all_message_kinds()))
    def test_every_message_has_default_texts_with_known_variables(self, code: str, language: str) -> None:
        kind = all_message_kinds()[code]
        with override(language):
            values = {name: str(one.sample) for name, one in kind.variables.items()}
        for part in PARTS:
            default = kind.default(part, language)
            assert filled(default, values) or part == "intro"
        html = sample_mail(text=MessageText(code=code, language=language)).alternatives[0][0]
        assert kind.default("heading", language).split("{")[0] in str(html)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "code", "named"),
        [
            ("Hi {nubmer}", "unknown_variable", "nubmer"),
            ("Hi {order}", "unknown_variable", "order"),
            ("{number.__class__}", "broken_placeholder", "number.__class__"),
            ("{number[0]}", "broken_placeholder", "number[0]"),
            ("{number!r}", "broken_placeholder", "number"),
            ("{number:>999999999}", "broken_placeholder", "number"),
            ("{0}", "broken_placeholder", "0"),
            ("{}", "broken_placeholder", ""),
        ],
    )
    def test_what_is_no_variable_is_named(self, text: str, code: str, named: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            write_text(code="order_placed", language="en", heading=text)

        assert (refusal.value.code, refusal.value.field) == (code, "heading")
        assert refusal.value.details["variable"] == named
        assert not MessageText.objects.exists()

    @pytest.mark.parametrize("text", ["Hi {number", "Hi number}", "{"])
    def test_a_brace_that_is_not_closed_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput, match="Close each brace"):
            write_text(code="order_placed", language="en", intro=text)

    def test_template_code_is_only_text(self) -> None:
        text = "{% load shop %}{% now 'Y' %}"
        with pytest.raises(InvalidInput):
            write_text(code="order_placed", language="en", intro=text)


class TestApi:
    def test_staff_reads_changes_and_resets_a_text(self) -> None:
        client, address = client_of(StaffFactory()), f"{TEXTS}/order_placed/fr"
        assert len(given(client.get(TEXTS))) == 3 * len(all_message_kinds())
        before = given(client.get(address))
        assert (before["subject"], before["variables"]) == ("", ["number", "shop", "total"])
        assert "{number}" in before["defaults"]["subject"]

        assert given(client.patch(address, {"subject": "Merci {number}"}))["subject"] == "Merci {number}"
        given(client.delete(address))
        assert given(client.get(address)) == before

    def test_a_wrong_variable_is_named_with_those_there_are(self) -> None:
        answer = client_of(StaffFactory()).patch(f"{TEXTS}/order_placed/fr", {"subject": "{nom}"})
        assert refused(answer, 422, "unknown_variable")["known"] == ["number", "shop", "total"]
        assert codes_of(answer, 422, "unknown_variable") == {"subject": "unknown_variable"}

    @pytest.mark.parametrize("address", ["order_lost/en", "order_placed/de"])
    def test_an_unknown_message_or_language_is_not_there(self, address: str) -> None:
        client = client_of(StaffFactory())
        refused(client.get(f"{TEXTS}/{address}"), 404, "not_found")
        refused(client.patch(f"{TEXTS}/{address}", {"subject": "x"}), 404, "not_found")
        assert not MessageText.objects.exists()

    def test_who_may_only_look_changes_nothing(self) -> None:
        client = client_of(colleague("notifications.view_messagetext"))
        given(client.get(TEXTS))
        refused(client.patch(f"{TEXTS}/order_placed/en", {"subject": "x"}), 403, "not_allowed")
        assert not MessageText.objects.exists()


class TestAdmin:
    def test_a_text_is_added_written_looked_at_sent_and_reset(self) -> None:
        client = staff_client()
        add = reverse("admin:notifications_messagetext_add")
        added = client.post(add, {"code": "order_shipped", "language": "en"})
        text = MessageText.objects.get()
        assert added.headers["Location"] == reverse("admin:notifications_messagetext_change", args=[text.pk])

        page = client.get(added.headers["Location"])
        client.post(added.headers["Location"], {"subject": "{number} left", "_seen": page.context["seen"]})
        text.refresh_from_db()
        assert text.subject == "{number} left"
        assert "7K3M9Q2XA" in client.get(added.headers["Location"]).content.decode()

        told = client.post(reverse("admin:notifications_messagetext_sample", args=[text.pk]), {}, follow=True)
        assert messages_of(told) == [f"The sample is on its way to {mail.outbox[0].to[0]}."]
        assert mail.outbox[0].subject.endswith("7K3M9Q2XA left")

        client.post(reverse("admin:notifications_messagetext_reset", args=[text.pk]), {})
        assert not MessageText.objects.exists()

    def test_the_preview_is_the_whole_mail_in_a_closed_frame(self) -> None:
        text = MessageText.objects.create(code="order_placed", language="en", intro="Bread & tea: {number}")
        page = staff_client().get(reverse("admin:notifications_messagetext_change", args=[text.pk])).content.decode()

        [shown] = re.findall(r'<iframe sandbox srcdoc="([^"]*)"', page)
        assert html.unescape(shown).rstrip().endswith("</html>")
        assert "Bread &amp; tea" in html.unescape(shown)

    def test_a_wrong_variable_is_named_beside_its_input(self) -> None:
        text = MessageText.objects.create(code="order_shipped", language="en")
        client, address = staff_client(), reverse("admin:notifications_messagetext_change", args=[text.pk])
        page = client.get(address)
        answer = client.post(address, {"heading": "{carrier}", "_seen": page.context["seen"]})

        assert "{carrier} is no variable of this message" in answer.content.decode()
        text.refresh_from_db()
        assert text.heading == ""

    def test_a_broken_text_still_opens(self) -> None:
        page = staff_client().get(reverse("admin:notifications_messagetext_change", args=[broken_text().pk]))
        assert "{gone} is no variable" in page.content.decode()


def test_a_reset_of_what_was_never_written_changes_nothing() -> None:
    reset_text(code="order_placed", language="en")
    assert not MessageText.objects.exists()
