"""What somebody may not see they do not see: words are planted that are found nowhere else, and looked for in what
everybody else is answered, by page and by REST."""

import dataclasses
import datetime
import json
import uuid

import pytest

from hands import hands
from product import Product

TODAY = datetime.date.today().isoformat()

# Whoever works around the teacher; `support` manages them.
AROUND = ["head", "cpd-lead", "trust-leader", "hr", "governor", "support", "network-lead", "other-head"]


@dataclasses.dataclass(frozen=True)
class Secret:
    """Something that was written."""

    said: str
    # Who reads it, of those who work around its writer.
    readers: tuple[str, ...]


@dataclasses.dataclass
class Planted:
    """A teacher's year, in which every text is a secret."""

    urn: str
    teacher: str
    support: str
    observation: str
    follow_up: str
    partnership: str
    session: str
    survey: str
    secrets: dict[str, Secret]

    def pages(self) -> list[str]:
        """Where somebody would look."""
        return [
            "/",
            "/threads",
            "/observations",
            "/partnerships",
            "/surveys",
            "/reports/coaching",
            "/reports/coaching.csv",
            f"/people/{self.teacher}",
            f"/people/{self.teacher}/held",
            f"/observations/{self.observation}",
            f"/follow-ups/{self.follow_up}",
            f"/follow-ups/{self.follow_up}/evidence",
            f"/threads/{self.follow_up}",
            f"/partnerships/{self.partnership}",
            f"/partnerships/{self.partnership}/sessions/{self.session}/log",
            f"/surveys/{self.survey}",
        ]

    def addresses(self) -> list[str]:
        return [
            f"/people/{self.teacher}/record",
            f"/people/{self.teacher}/journal",
            f"/observations/{self.observation}",
            f"/follow-ups/{self.follow_up}",
            f"/threads/{self.follow_up}",
            f"/partnerships/{self.partnership}",
            f"/coaching-activity?urn={self.urn}",
            f"/surveys/{self.survey}",
            f"/surveys/{self.survey}/results",
            f"/surveys/{self.survey}/answers",
        ]


@pytest.fixture(scope="session")
def planted(product) -> Planted:
    def recorded(part: str, path: str, body: dict, method: str = "POST") -> str:
        return product.rest(part, method, path, body)["recorded"]["id"]

    word = f"word{uuid.uuid4().hex[:8]}"
    teacher, support = product.people["teacher"].person_id, product.people["support"].person_id
    urn = product.rest("teacher", "GET", "/me")["person"]["employments"][0]["urn"]
    activities = product.rest("teacher", "GET", "/activities?pageSize=50")["activities"]
    areas = next(activity["focusAreas"] for activity in activities if activity["focusAreas"])[:1]
    manager = {"lineManagerId": support, "fromOn": TODAY}
    recorded("hr", f"/people/{teacher}/line-manager", manager, "PUT")

    lesson = {
        "urn": urn,
        "observeeId": teacher,
        "observerIds": [product.people["head"].person_id],
        "kind": "OBSERVATION_KIND_PEER",
        "purpose": "PURPOSE_DEVELOPMENTAL",
        "on": TODAY,
        "minutes": 40,
        "focusAreas": areas,
    }
    observation = recorded("head", "/observations", lesson)
    seen = {"on": TODAY, "minutes": 40, "evidence": f"Evidence {word}", "strengths": f"Strength {word}"}
    recorded("head", f"/observations/{observation}/conduct", seen)
    feedback = {"on": TODAY, "feedback": f"Feedback {word}"}
    recorded("head", f"/observations/{observation}/share-feedback", feedback)
    agreed = {"observationId": observation, "personId": teacher, "focusAreas": areas, "action": f"Action {word}"}
    follow_up = recorded("head", "/follow-ups", agreed)

    proposed = {
        "kind": "PARTNERSHIP_KIND_SPECIALIST_COACHING",
        "coachId": product.people["trust-leader"].person_id,
        "coachedId": teacher,
        "focusAreas": areas,
        "followUpIds": [follow_up],
        "goals": [f"Goal {word}"],
    }
    partnership = recorded("teacher", "/partnerships", proposed)
    path = f"/partnerships/{partnership}"
    between = {"on": TODAY, "goals": [f"Goal {word}"], "confidentiality": f"Confidential {word}"}
    recorded("trust-leader", f"{path}/agree", between)
    session = str(uuid.uuid4())
    recorded("teacher", f"{path}/sessions/record", {"sessionId": session, "on": TODAY, "minutes": 45})
    log = {"learning": f"Learning {word}", "nextSteps": [{"text": f"Step {word}", "personId": teacher}]}
    recorded("teacher", f"{path}/sessions/{session}/log", log, "PUT")
    recorded("trust-leader", f"{path}/sessions/{session}/log/agree", {"on": TODAY})

    entry = {"section": "JOURNAL_SECTION_REFLECTIONS", "text": f"Journal {word}", "on": TODAY}
    recorded("teacher", "/me/journal/entries", entry)
    survey = survey_with_one_answer(product, urn, f"Answer {word}")

    pair, developing = ("trust-leader",), ("head", "cpd-lead")
    readers = {
        **dict.fromkeys(["Evidence", "Strength", "Feedback", "Action"], developing),
        **dict.fromkeys(["Goal", "Confidential", "Learning", "Step"], pair),
        **dict.fromkeys(["Journal", "Answer"], ()),
    }
    secrets = {what: Secret(f"{what} {word}", who) for what, who in readers.items()}
    return Planted(urn, teacher, support, observation, follow_up, partnership, session, survey, secrets)


def survey_with_one_answer(product: Product, urn: str, said: str) -> str:
    """A survey that has closed; answers in words are shown where many wrote some."""
    trust = product.rest("head", "GET", "/me")["person"]["trustId"]
    question = {"questionId": "open", "text": "What would help?", "kind": "QUESTION_KIND_TEXT", "required": True}
    opened = {
        "trustId": trust,
        "urns": [urn],
        "title": "What would help",
        "kind": "SURVEY_KIND_NEEDS",
        "questions": [question],
        "on": TODAY,
        "closesOn": TODAY,
    }
    survey = product.rest("head", "POST", "/surveys", opened)["recorded"]["id"]
    product.rest("teacher", "POST", f"/surveys/{survey}/answers", {"replies": [{"questionId": "open", "text": said}]})
    product.rest("head", "POST", f"/surveys/{survey}/close", {})
    return survey


class Reader:
    """Somebody signed in, who reads what they are sent."""

    def __init__(self, product: Product, browser, part: str):
        self._product = product
        self._hands = hands("pointer", product, browser, part)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_) -> None:
        self._hands.done()

    def get(self, path: str) -> tuple[int, str]:
        answer = self._hands.context.request.get(f"{self._product.url}{path}")
        return answer.status, answer.text()


def test_those_who_may_read_it_do(product, browser, planted):
    """So that what nobody else reads is there to be read."""
    secrets = planted.secrets
    read_by_teacher = {
        f"/observations/{planted.observation}": ["Feedback"],
        f"/threads/{planted.follow_up}": ["Action"],
        f"/partnerships/{planted.partnership}": ["Goal", "Confidential", "Learning", "Step"],
    }
    with Reader(product, browser, "teacher") as teacher:
        for path, what in read_by_teacher.items():
            told = teacher.get(path)[1]
            assert [one for one in what if secrets[one].said not in told] == [], path
    with Reader(product, browser, "trust-leader") as coach:
        assert secrets["Learning"].said in coach.get(f"/partnerships/{planted.partnership}")[1]
    with Reader(product, browser, "head") as observer:
        assert secrets["Evidence"].said in observer.get(f"/observations/{planted.observation}")[1]
    journal = product.rest("teacher", "GET", f"/people/{planted.teacher}/journal")
    assert secrets["Journal"].said in json.dumps(journal)


@pytest.mark.parametrize("part", AROUND)
def test_nobody_else_reads_it(product, browser, planted, part):
    hidden = {what: secret.said for what, secret in planted.secrets.items() if part not in secret.readers}
    with Reader(product, browser, part) as reader:
        for path in planted.pages():
            status, told = reader.get(path)
            assert status in (200, 403, 404), f"{path}: {status}"
            assert [what for what, said in hidden.items() if said in told] == [], path
    for address in planted.addresses():
        status, answer = product.ask(part, "GET", address)
        assert status in (200, 403, 404, 405), f"{address}: {status}"
        assert [what for what, said in hidden.items() if said in json.dumps(answer)] == [], address


def test_operators_read_nothing_of_it(product, planted):
    for address in planted.addresses():
        status, answer = product.ask("operator", "GET", address)
        assert status in (403, 404, 405), f"{address}: {status} {answer}"


# Who is refused what, as a page and by REST.
REFUSED = {
    "a colleague's record": ("teacher", "/people/{support}", "/people/{support}/record"),
    "the record of somebody at another school": ("other-head", "/people/{teacher}", "/people/{teacher}/record"),
    "the record of whom one's governors govern": ("governor", "/people/{teacher}", "/people/{teacher}/record"),
    "a record, for those who direct human resources": ("hr", "/people/{teacher}", "/people/{teacher}/record"),
    "a thread, for who manages its person": ("support", "/threads/{follow_up}", "/threads/{follow_up}"),
    "a thread of another school": ("other-head", "/threads/{follow_up}", "/threads/{follow_up}"),
    "a thread, for a network": ("network-lead", "/threads/{follow_up}", "/threads/{follow_up}"),
    "what two agreed, for their manager": ("support", "/follow-ups/{follow_up}", "/follow-ups/{follow_up}"),
    "a lesson at another school": ("other-head", "/observations/{observation}", "/observations/{observation}"),
    "that colleagues meet": ("support", "/partnerships/{partnership}", "/partnerships/{partnership}"),
    "that a pair meets at another school": ("other-head", "/partnerships/{partnership}", "/partnerships/{partnership}"),
    "what was answered": ("support", "/surveys/{survey}", "/surveys/{survey}/results"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_says_that_it_is_one(product, browser, planted, what):
    part, page, address = REFUSED[what]
    known = {field.name: getattr(planted, field.name) for field in dataclasses.fields(planted)}
    with Reader(product, browser, part) as reader:
        status, told = reader.get(page.format(**known))
    assert status == 403, told
    assert "This is not for you to see" in told
    status, problem = product.ask(part, "GET", address.format(**known))
    assert (status, problem["code"]) == (403, "PERMISSION_DENIED"), problem


def test_everything_held_is_shown_to_its_person_alone(product, browser, planted):
    """There is no address for anybody else's."""
    for part in ["teacher", "head", "hr"]:
        with Reader(product, browser, part) as reader:
            for path in ["held", "held.json"]:
                assert reader.get(f"/people/{planted.teacher}/{path}")[0] == 404
                assert reader.get(f"/people/me/{path}")[0] == 200
