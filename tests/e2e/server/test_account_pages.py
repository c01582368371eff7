"""Pages on which people make an account, confirm it, and come back to it, with real processes."""

import html
import json
import re

import pytest

from browser import App, Browser
from sallyport_processes import PASSWORD, WEAK_HASHES, Server

CODE = "123456"
NEW = "An0ther-" + PASSWORD


@pytest.fixture(scope="module")
def server():
    """Whose codes are known."""
    server = Server(*WEAK_HASHES, "--fixed-code", CODE)
    yield server
    assert server.close() == 0


class Place:
    def __init__(self, server, **options):
        self.server, self.api = server, server.client()
        self.pool = self.api.create_user_pool(**{"PoolName": "people", "AutoVerifiedAttributes": ["email"], **options})["UserPool"]["Id"]
        self.app = App(server, self.api, self.pool)
        self.browser = Browser(server)

    def open(self, page="login"):
        return self.browser.get("/" + page, **self.app.request())

    def send(self, page, **fields):
        return self.browser.send("POST", page.action(), {"_csrf": page.field("_csrf"), **fields})

    def sign_up(self, name="ada", password=PASSWORD, email="ada@example.com"):
        return self.send(self.open("signup"), username=name, password=password, again=password, **{"attribute.email": email})

    def signs_in(self, page, name="ada", password=PASSWORD):
        answer = self.browser.sign_in(page, name, password)
        return answer.location.startswith(self.app.CALLBACK)


def link(page, text):
    return html.unescape(re.search(r'<a href="([^"]*)">' + re.escape(text), page.text).group(1))


def test_somebody_signs_up_confirms_and_signs_in(server):
    place = Place(server)
    start = place.open()
    page = place.browser.send("GET", link(start, "Create an account"))
    assert page.status == 200 and page.field("attribute.email") == ""
    page = place.sign_up()
    assert page.status == 200 and "a***@e***" in page.text, page.text
    assert page.field("username") == "ada"
    wrong = place.send(page, username="ada", code="000000")
    assert wrong.status == 400 and "The code is not right" in wrong.text
    done = place.send(wrong, username="ada", code=CODE)
    assert done.status == 200 and "Your account is confirmed" in done.text
    assert place.signs_in(done)


def test_what_cannot_be_taken_is_told_on_the_page(server):
    place = Place(server)
    page = place.open("signup")
    differ = place.send(page, username="ada", password=PASSWORD, again=NEW, **{"attribute.email": "ada@example.com"})
    assert differ.status == 400 and "not the same" in differ.text and differ.field("attribute.email") == "ada@example.com"
    weak = place.sign_up(password="weak")
    assert weak.status == 400 and "The password is too short." in weak.text
    assert place.sign_up().status == 200
    taken = place.sign_up()
    assert taken.status == 400 and "There is an account with this name or address already" in taken.text
    closed = Place(server, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    start = closed.open()
    assert "Create an account" not in start.text
    page = closed.open("signup")
    assert page.status == 400 and "Only an administrator can create accounts" in page.text and "<form" not in page.text
    posted = closed.browser.send("POST", start.action().replace("login?", "signup?"), {"_csrf": start.field("_csrf"), "username": "ada",
                                                                                      "password": PASSWORD, "again": PASSWORD})
    assert posted.status == 400 and "Only an administrator" in posted.text


def alert(page):
    return html.unescape(re.search(r'role="alert"[^>]*>(.*?)</p>', page.text).group(1))


def test_a_form_that_lacks_something_says_what_and_does_nothing(server):
    """Text browsers send a form although a field that is `required` is empty."""
    place = Place(server, Schema=[{"Name": "birthdate", "Required": True, "AttributeDataType": "String"}])
    page = place.sign_up(email=" ")
    assert (page.status, alert(page)) == (400, "Please fill in: Email address, Date of birth (YYYY-MM-DD).")
    assert page.field("username") == "ada" and not place.api.list_users(UserPoolId=place.pool)["Users"]
    page = place.sign_up(name="", password="")
    assert alert(page) == "Please fill in: Username, Date of birth (YYYY-MM-DD), Password."
    page = place.send(place.open("confirm"), username="ada", code=" ")
    assert (page.status, alert(page)) == (400, "Please fill in: Code.")
    page = place.send(place.open("forgotPassword"), username="")
    assert (page.status, alert(page)) == (400, "Please fill in: Username.")
    page = place.send(place.open("confirmforgotPassword"), username="", code="", password="", again="")
    assert (page.status, alert(page)) == (400, "Please fill in: Username, Code, New password.")
    # Of somebody whom an administrator has made, the first sign-in asks for it.
    place.api.admin_create_user(UserPoolId=place.pool, Username="tim", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    asked = place.browser.sign_in(place.open(), "tim", PASSWORD)
    first = {"step": "new_password", "session": asked.field("session"), "username": "tim", "password": NEW, "again": NEW}
    page = place.send(asked, **first, **{"attribute.birthdate": ""})
    assert (page.status, alert(page)) == (400, "This cannot be used. Date of birth (YYYY-MM-DD) is missing.")


@pytest.mark.parametrize("options,typed,told", [
    ({}, {"username": "ada lovelace"}, "A name cannot have spaces"),
    ({}, {"username": "a" * 129}, "at most 128 characters"),
    ({}, {"email": "ada at example"}, "This is not an email address."),
    ({"UsernameAttributes": ["email"]}, {"username": "ada"}, "This is not an email address."),
    ({"UsernameAttributes": ["phone_number"]}, {"username": "0171-1234"}, "A phone number begins with +"),
    ({"UsernameAttributes": ["email", "phone_number"]}, {"username": "ada"}, "neither an email address nor a phone number"),
    ({"AliasAttributes": ["email"]}, {"username": "ada@example.com"}, "An email address cannot be a name here."),
    ({"AliasAttributes": ["phone_number"]}, {"username": "+14155550100"}, "A phone number cannot be a name here."),
    ({"AutoVerifiedAttributes": ["phone_number"]}, {"phone_number": "0171-1234"}, "A phone number begins with +"),
    ({"Schema": [{"Name": "birthdate", "Required": True, "AttributeDataType": "String"}]}, {"birthdate": "1815"},
     "Date of birth (YYYY-MM-DD): this is too short, too long"),
], ids=lambda value: next(iter(value), "") if isinstance(value, dict) else None)
def test_what_a_sign_up_cannot_have_is_told_in_words_for_people(server, options, typed, told):
    place = Place(server, **options)
    values = {"username": "ada", "password": PASSWORD, "again": PASSWORD,
              **{"attribute." + name: value for name, value in {"email": "ada@example.com", **typed}.items() if name != "username"}}
    page = place.open("signup")
    fields = {name: value for name, value in {**values, **typed}.items() if f'name="{name}"' in page.text}
    refused = place.send(page, **fields)
    assert refused.status == 400 and told in alert(refused), alert(refused)
    page = place.browser.get("/signup", **place.app.request(lang="de"))
    in_german = alert(place.send(page, **fields))
    assert in_german.startswith("Das war nicht möglich. ") and not re.search("constraint|schema|should|Invalid|cannot", in_german), in_german


def test_blanks_around_an_address_are_ignored(server):
    place = Place(server)
    assert "a***@e***" in place.sign_up(email="ada@example.com ").text


@pytest.mark.parametrize("password,told", [("a", "too short"), (" " + NEW, "begin or end with a space"), (NEW + " ", "begin or end with a space"),
                                           (NEW + "x" * 300, "too long"), (NEW[:4] + "\n" + NEW[4:], "line breaks"), ("weak", "too short")])
def test_each_page_says_which_rule_a_password_breaks_and_the_code_still_serves(server, password, told):
    place = Place(server)
    page = place.sign_up(password=password)
    assert page.status == 400 and told in alert(page)
    place.send(place.sign_up(), username="ada", code=CODE)
    reset = place.send(place.open("forgotPassword"), username="ada")
    page = place.send(reset, username="ada", code=CODE, password=password, again=password)
    assert page.status == 400 and told in alert(page) and "The code is not right" not in page.text
    assert "Your password was changed" in place.send(page, username="ada", code=CODE, password=NEW, again=NEW).text


def test_a_form_that_was_sent_twice_leads_on(server):
    place = Place(server)
    place.sign_up()
    again = place.sign_up()
    assert again.status == 400 and "There is an account with this name or address already" in again.text
    confirm = place.browser.send("GET", link(again, "I have a code"))
    assert "Your account is confirmed" in place.send(confirm, username="ada", code=CODE).text
    twice = place.send(confirm, username="ada", code=CODE)
    assert twice.status == 400 and "it was used already" in twice.text
    assert place.signs_in(place.browser.send("GET", link(twice, "Sign in")))


def test_who_has_not_confirmed_is_asked_to_and_gets_another_code(server):
    place = Place(server)
    place.sign_up()
    page = place.browser.sign_in(place.open(), "ada", PASSWORD)
    assert "has not been confirmed yet" in page.text and page.field("code") is not None
    resend = place.browser.send("POST", page.action().replace("confirm?", "resendcode?"),
                                {"_csrf": page.field("_csrf"), "username": "ada"})
    assert resend.status == 200 and "If there is such an account" in resend.text
    assert place.signs_in(place.send(resend, username="ada", code=CODE))


@pytest.mark.parametrize("password", ["Correct horse battery 9 ", " Correct horse battery 9"])
def test_a_new_password_with_a_blank_at_an_end_is_refused_in_the_pages_words(server, password):
    place = Place(server)
    refused = place.sign_up(password=password)
    assert refused.status == 400 and "A password cannot begin or end with a space." in refused.text and "validation" not in refused.text
    place.send(place.sign_up(), username="ada", code=CODE)
    reset = place.send(place.open("forgotPassword"), username="ada")
    refused = place.send(reset, username="ada", code=CODE, password=password, again=password)
    assert refused.status == 400 and "A password cannot begin or end with a space." in refused.text
    inside = password.strip()
    done = place.send(refused, username="ada", code=CODE, password=inside, again=inside)
    assert "Your password was changed" in done.text and place.signs_in(done, password=inside)


def test_a_forgotten_password_is_replaced_and_every_session_ends(server):
    place = Place(server)
    place.send(place.sign_up(), username="ada", code=CODE)
    answer = place.app.sign_in(place.browser, "ada", PASSWORD)
    tokens = json.loads(place.app.redeem(answer["code"])[1])
    elsewhere = Browser(server)
    forgot = elsewhere.send("GET", link(elsewhere.get("/login", **place.app.request()), "Forgot your password?"))
    token = {"_csrf": forgot.field("_csrf")}
    reset = elsewhere.send("POST", forgot.action(), {**token, "username": "ada"})
    assert "If there is such an account" in reset.text
    weak = elsewhere.send("POST", reset.action(), {**token, "username": "ada", "code": CODE, "password": "weak", "again": "weak"})
    assert weak.status == 400 and "The password is too short." in weak.text
    wrong = elsewhere.send("POST", reset.action(), {**token, "username": "ada", "code": "000000", "password": NEW, "again": NEW})
    assert wrong.status == 400 and "The code is not right" in wrong.text
    done = elsewhere.send("POST", reset.action(), {**token, "username": "ada", "code": CODE, "password": NEW, "again": NEW})
    assert done.status == 200 and "Your password was changed" in done.text
    assert place.app.authorize(place.browser, prompt="none").answer()["error"] == "login_required"
    status, _, _ = server.request("GET", "/oauth2/userInfo", headers={"Authorization": "Bearer " + tokens["access_token"]})
    assert status == 401
    assert elsewhere.sign_in(done, "ada", NEW).location.startswith(place.app.CALLBACK)


@pytest.mark.parametrize("tells", ["LEGACY", "ENABLED"])
def test_no_page_tells_who_has_an_account(server, tells):
    place = Place(server)
    place.app = App(server, place.api, place.pool, PreventUserExistenceErrors=tells)
    place.send(place.sign_up(), username="ada", code=CODE)

    def shown(page, name):
        return page.status, page.text.replace(f'value="{name}"', "")

    for path, fields in (("login", {"password": NEW}), ("forgotPassword", {}), ("resendcode", {}), ("confirm", {"code": "000000"}),
                         ("confirmforgotPassword", {"code": "000000", "password": NEW, "again": NEW})):
        form = place.open(path)
        action = path + "?" + form.action().split("?", 1)[1]
        # Often enough for a lock-out.
        answers = [[shown(place.browser.send("POST", action, {"_csrf": form.field("_csrf"), "username": name, **fields}), name)
                    for _ in range(7)] for name in ("ada", "ida")]
        assert answers[0] == answers[1], path


def test_a_phone_shows_the_keyboard_that_a_name_needs(server):
    for names, keyboard in ((["email"], "email"), (["phone_number"], "tel"), ([], "text")):
        place = Place(server, UsernameAttributes=names)
        field = re.search(r'<input id="username"[^>]*>', place.open().text).group(0)
        assert f'inputmode="{keyboard}"' in field and 'autocomplete="username"' in field
