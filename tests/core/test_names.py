"""Names of people, which are shown and mailed to others."""

import pytest
from django.core.exceptions import ValidationError

from core.text.cleaning import clean_line
from core.text.names import validate_person_name
from tests.api import V1, client_of, codes_of
from tests.factories.accounts import UserFactory


@pytest.mark.parametrize("name", [
    "www.evil.example", "http://a", "hxxp://x",
    "evil.com", "Evil.COM", "evil.com/x", "evil．com", "evil。com", "bit.ly",
    "evil.co.uk", "see evil.example for 50% off", "evil.ru, call", "example.рф/x", "evil.شبكة/x", "evil.xn--p1ai",
    "evil.party:8080", "evil.party?x=1", "me@evil.com", "mailto:a", "//evil.party", "192.168.0.1", "Ann (evil.com)",
    "evil\u200b.com", "ＷＷＷ．evil．com", "Ann evil.shop!",
])  # fmt: skip
def test_a_name_has_no_web_address(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_person_name(clean_line(name))
    assert refused.value.code == "link_in_name"


@pytest.mark.parametrize("name", [
    "J.R. Smith", "J.R.R. Tolkien", "Dr.Müller", "Dr. Li", "Dr.Li", "St.John", "د.محمد علي", "Sammy Davis Jr.",
    "Jean-Luc d'Or", "M.Ali", "محمد", "A.B.C", "Nguyễn Văn A.", "Mary Ann St.Claire", "No. 5", "Comfort", "Mr.Prosper",
])  # fmt: skip
def test_people_with_dots_have_names(name: str) -> None:
    validate_person_name(name)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("post", "users/me/addresses"), ("patch", "users/me")])
def test_the_api_takes_no_name_with_a_web_address(method: str, path: str) -> None:
    person = {"first_name": "evil.example"}
    address = {"full_name": "Ann evil.com", "line1": "B", "city": "Tunis", "country": "TN"}
    answer = getattr(client_of(UserFactory()), method)(f"{V1}/{path}", address if method == "post" else person)
    assert "link_in_name" in codes_of(answer).values()
