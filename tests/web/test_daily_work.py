"""A lesson is seen, something is agreed, development follows, it is looked at again: through the pages, step by step."""

import datetime
import re
import uuid

import pytest

from hands import HOW, Hands, hands
from product import Product

TODAY = datetime.date.today()

# The academic year, by its first calendar year.
YEAR = TODAY.year if TODAY.month >= 9 else TODAY.year - 1

# An appraisal comes once a year: with each way to work, somebody else is seen.
SEEN = dict(zip(HOW, ["teacher", "cpd-lead", "support"], strict=True))

POPULATIONS = {"ROLE_GROUP_LEADERSHIP": "POPULATION_LEADERS", "ROLE_GROUP_CLASSROOM_TEACHER": "POPULATION_TEACHERS"}


def weekday(back: int) -> datetime.date:
    """A working day, about so many days ago."""
    day = TODAY - datetime.timedelta(days=back)
    return day - datetime.timedelta(days=max(0, day.weekday() - 4))


def instant(day: datetime.date) -> str:
    return f"{day.isoformat()}T12:00:00Z"


def post_of(product: Product, part: str) -> dict:
    return product.rest(part, "GET", f"/people/{product.people[part].person_id}")["person"]["employments"][0]


def area_of(product: Product) -> str:
    """A focus area that the catalogue knows."""
    activities = product.rest("teacher", "GET", "/activities?pageSize=50")["activities"]
    return next(activity["focusAreas"][0] for activity in activities if activity["focusAreas"])


def planned_lesson(product: Product, part: str, back: int) -> str:
    """The path of an observation by the head so many days ago, which was planned there and then."""
    observation = {
        "occurredAt": instant(weekday(back)),
        "urn": post_of(product, part)["urn"],
        "observeeId": product.people[part].person_id,
        "observerIds": [product.people["head"].person_id],
        "kind": "OBSERVATION_KIND_PEER",
        "purpose": "PURPOSE_DEVELOPMENTAL",
        "on": weekday(back).isoformat(),
        "minutes": 40,
        "focusAreas": [area_of(product)],
    }
    return f"/observations/{product.rest('head', 'POST', '/observations', observation)['recorded']['id']}"


class Story:
    """What one follow-up takes, from the lesson before it to the appraisal after it. Every word that is typed ends with
    one that is found nowhere else."""

    def __init__(self, product: Product, browser, how: str):
        self.product = product
        self.word = f"word{uuid.uuid4().hex[:8]}"
        self.part = SEEN[how]
        self.person = product.people[self.part]
        self.teaching: Hands = hands(how, product, browser, self.part)
        self.watching: Hands = hands(how, product, browser, "head")
        self.leading: Hands = hands(how, product, browser, "trust-leader")

    def said(self, what: str) -> str:
        return f"{what} {self.word}"

    def done(self) -> None:
        for somebody in (self.teaching, self.watching, self.leading):
            somebody.done()

    def a_lesson_is_seen(self) -> str:
        observation = planned_lesson(self.product, self.part, 21)
        watching, teaching = self.watching, self.teaching
        watching.open(observation)
        watching.follow("Record what was seen")
        watching.fill("evidence", self.said("Evidence"))
        watching.fill("strengths", self.said("Strength"))
        watching.choose_everywhere("seen.", "seen")
        watching.send("Record what was seen")
        watching.follow("Share feedback")
        watching.fill("feedback", self.said("Feedback"))
        watching.send("Share feedback")
        assert self.said("Feedback") in watching.text()

        teaching.open(observation)
        assert self.said("Feedback") in teaching.text()
        teaching.follow("Acknowledge the feedback")
        teaching.fill("reflection", self.said("Reflection"))
        teaching.send("Acknowledge the feedback")
        assert self.said("Reflection") in teaching.text()
        return observation

    def something_is_agreed(self, observation: str, course: str) -> str:
        """The school promises a course of its catalogue, and coaching."""
        watching, teaching = self.watching, self.teaching
        watching.open(observation)
        watching.follow("Agree a follow-up")
        watching.fill("action", self.said("Action"))
        watching.select("promises[0].kind", "A CPD activity")
        watching.fill("promises[0].detail", self.said("Support"))
        watching.select_value("promises[0].activity_id", course)
        watching.select("promises[1].kind", "Coaching")
        watching.fill_day("agreed_on", weekday(14))
        watching.send("Agree the follow-up")
        follow_up = watching.at()
        assert re.fullmatch(r"/follow-ups/[0-9a-f-]{36}", follow_up), follow_up

        teaching.open(follow_up)
        assert self.said("Action") in teaching.text() and self.said("Support") in teaching.text()
        assert teaching.text().count("owed") == 2, teaching.text()
        teaching.follow("Start")
        teaching.fill_day("on", weekday(7))
        teaching.send("Start")
        return follow_up

    def a_course_is_attended(self, follow_up: str, session: str) -> None:
        teaching, leading = self.teaching, self.leading
        teaching.open(session)
        teaching.choose("follow_up_ids", id_of(follow_up))
        teaching.send("Book a place")
        assert "Your booking" in teaching.text()

        leading.open(session)
        came = leading.page.locator('fieldset input[type="radio"]').first
        leading.choose(came.get_attribute("name"), came.get_attribute("value"))
        leading.send("Record the register")

    def two_are_coached(self, follow_up: str) -> str:
        """They agree to meet, have met, and agree on what they write of it."""
        teaching, leading = self.teaching, self.leading
        coach = self.product.people["trust-leader"].person_id
        teaching.open(f"/partnerships/new?with={coach}&follow_up={id_of(follow_up)}")
        teaching.choose("kind", "specialist-coaching")
        teaching.choose("situation", "specific-skill")
        teaching.select_value("focus_areas", area_of(self.product))
        teaching.choose("follow_up_ids", id_of(follow_up))
        teaching.fill("goals", self.said("Goal"))
        teaching.send("Propose it")
        partnership = teaching.at()

        leading.open(partnership)
        assert self.said("Goal") in leading.text()
        leading.send("Agree to work together")
        leading.send("We met")
        teaching.open(partnership)
        teaching.follow("Write the log")
        teaching.fill("learning", self.said("Learning"))
        teaching.fill("step-1", self.said("Step"))
        teaching.choose("step-1-who", self.person.person_id)
        teaching.send("Write the log")
        assert "waits for the other to agree" in teaching.text()

        leading.open(partnership)
        assert self.said("Learning") in leading.text() and self.said("Step") in leading.text()
        leading.send(leading.page.locator('form[action$="/agree-log"] button').get_attribute("aria-label"))
        for somebody in (leading, teaching):
            somebody.open(partnership)
            assert "agreed by both" in somebody.text()
        return partnership

    def promises_are_kept(self, follow_up: str) -> None:
        """Nobody has to say so: the register and the meeting do."""

        def kept() -> bool:
            return self.watching.text().count("provided on") == 2

        self.watching.open_until(follow_up, kept)
        assert "Mark support provided" not in self.watching.text()

    def it_is_seen_again(self, follow_up: str) -> str:
        watching = self.watching
        watching.open(f"/observations/new?observee={self.person.person_id}")
        watching.choose("kind", "2")
        watching.fill_day("on", TODAY)
        watching.choose_first("focus_areas")
        watching.send("Schedule the observation")
        later = watching.at()
        watching.follow("Record what was seen")
        watching.fill("evidence", self.said("Later"))
        watching.choose_everywhere("seen.", "seen")
        watching.send("Record what was seen")
        watching.open(f"{follow_up}/revisit?observation={id_of(later)}")
        watching.choose("outcome", "1")
        watching.send("Record a later look")
        return later

    def it_is_completed(self, follow_up: str) -> None:
        """Its person alone lets their appraisal see it."""
        teaching = self.teaching
        teaching.open(follow_up)
        teaching.follow("Complete")
        teaching.choose("outcome", "1")
        teaching.send("Complete")
        teaching.open(follow_up)
        teaching.follow("Let my appraisal see it")
        teaching.send("Let my appraisal see it")

    def appraisal_starts_from_it(self, follow_up: str) -> str:
        """An objective builds on it, and the mid-year review speaks of it."""
        watching, teaching = self.watching, self.teaching
        appraisal = self.opened_appraisal()
        builds_on, spoken_of = "objectives[0].follow_up_ids", "discussion.follow_up_ids"

        def offers(name: str) -> bool:
            return watching.page.locator(f'[name="{name}"][value="{id_of(follow_up)}"]').count() == 1

        watching.open(appraisal)
        watching.follow("Agree objectives")
        watching.open_until(f"{appraisal}/agree", lambda: offers(builds_on))
        watching.fill("objectives[0].text", self.said("Objective"))
        watching.fill("objectives[0].success_criteria", self.said("Success"))
        watching.select("objectives[0].origin", "A follow-up to an observation")
        watching.choose(builds_on, id_of(follow_up))
        watching.send("Agree objectives")

        teaching.open(appraisal)
        told = teaching.text()
        assert self.said("Objective") in told and self.said("Action") in told, told

        watching.follow("Record the mid-year review")
        watching.choose(spoken_of, id_of(follow_up))
        watching.fill("discussion.what_came_of_it", self.said("Discussion"))
        watching.send("Record the mid-year review")
        teaching.open(appraisal)
        assert self.said("Discussion") in teaching.text()
        return appraisal

    def opened_appraisal(self) -> str:
        """The year is opened once, by those who run it."""
        me = self.product.rest(self.part, "GET", "/me")["person"]
        population = POPULATIONS.get(me["employments"][0]["roleGroup"], "POPULATION_SUPPORT_STAFF")
        cycle = {"trustId": me["trustId"], "year": YEAR, "population": population}
        cycle["cycleId"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, "".join(map(str, cycle.values()))))
        status, told = self.product.ask("hr", "POST", "/appraisal-cycles", cycle)
        assert status == 201 or told["reason"] == "CYCLE_ALREADY_OPENED", told
        head = self.product.people["head"].person_id
        opened = {"cycleId": cycle["cycleId"], "personId": self.person.person_id, "appraiserId": head}
        return f"/appraisals/{self.product.rest('head', 'POST', '/appraisals', opened)['recorded']['id']}"

    def the_thread_tells_it_all(self, thread: str) -> None:
        teaching = self.teaching

        def reached(step: str) -> bool:
            return teaching.page.locator("ol.milestones li.reached", has_text=step).count() == 1

        teaching.open_until(thread, lambda: reached("discussed in appraisal"))
        for step in ["agreed", "support provided", "developed", "revisited"]:
            assert reached(step), f"{step}: {teaching.text()}"
        for said in ["Action", "Support"]:
            assert self.said(said) in teaching.text()
        teaching.follow("Spoken of at the mid-year review")


def id_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


@pytest.mark.parametrize("how", HOW)
def test_from_a_lesson_to_an_appraisal_that_starts_from_it(product, browser, how):
    story = Story(product, browser, how)
    course, session = a_course_today(product, story.word)
    observation = story.a_lesson_is_seen()
    follow_up = story.something_is_agreed(observation, course)
    story.a_course_is_attended(follow_up, session)
    partnership = story.two_are_coached(follow_up)
    story.promises_are_kept(follow_up)
    later = story.it_is_seen_again(follow_up)
    story.it_is_completed(follow_up)
    appraisal = story.appraisal_starts_from_it(follow_up)
    thread = follow_up.replace("/follow-ups/", "/threads/")
    story.the_thread_tells_it_all(thread)
    record = f"/people/{story.person.person_id}"
    unseen(story, browser, [observation, follow_up, partnership, appraisal, thread, later, record])
    story.done()


def a_course_today(product: Product, word: str) -> tuple[str, str]:
    """An activity that the trust's leader holds today, and the path of its session."""
    trust = product.rest("trust-leader", "GET", "/me")["person"]["trustId"]
    offering = {
        "title": f"Course {word}",
        "intendedImpact": "Pupils ask better questions.",
        "kind": "ACTIVITY_KIND_COURSE",
        "providerKind": "PROVIDER_KIND_INTERNAL",
        "openness": "OPENNESS_TRUST",
        "focusAreas": [area_of(product)],
        "minutes": 30,
        "capacity": 20,
    }
    published = product.rest("trust-leader", "POST", "/activities", {"trustId": trust, "offering": offering})
    activity = published["recorded"]["id"]
    offered = {
        "activityId": activity,
        "on": TODAY.isoformat(),
        "leadIds": [product.people["trust-leader"].person_id],
        "place": "Hall",
        "capacity": 20,
    }
    return activity, f"/catalogue/sessions/{product.rest('trust-leader', 'POST', '/sessions', offered)['recorded']['id']}"


def unseen(story: Story, browser, paths: list[str]) -> None:
    """Nobody reads the words of a developmental observation, of coaching or of an appraisal who is no party to it and
    does not lead development there."""
    product, word = story.product, story.word
    for part in {"governor", "hr", "network-lead", "support", "other-head"} - {story.part}:
        reading = hands("pointer", product, browser, part)
        for path in ["/", "/reports/link", "/threads", *paths]:
            response = reading.page.goto(f"{product.url}{path}")
            assert response.status in (200, 403, 404), f"{path} as {part}: {response.status}"
            read = reading.page.content()
            words = "Evidence Strength Feedback Reflection Later Goal Learning Step Objective Success Discussion"
            for said in words.split():
                assert f"{said} {word}" not in read, f"{part} reads “{said} …” at {path}"
        reading.done()


def test_a_draft_outlives_its_session(product, browser):
    word = f"draft{uuid.uuid4().hex[:8]}"
    form = f"{planned_lesson(product, 'teacher', 10)}/conduct"
    writing = hands("no script", product, browser, "head")
    writing.open(form)
    writing.fill("evidence", f"Saved {word}")
    writing.send("Save as a draft")
    writing.open(form)
    assert writing.field("evidence").input_value() == f"Saved {word}"

    # The session is lost with the form half filled; the browser is the same.
    writing.fill("evidence", f"Typed {word}")
    writing.choose_everywhere("seen.", "seen")
    lost = [cookie for cookie in writing.context.cookies() if cookie["name"].endswith("throughline")]
    assert lost
    for cookie in lost:
        writing.context.clear_cookies(name=cookie["name"])
    with writing.page.expect_navigation():
        writing.page.get_by_role("button", name="Record what was seen", exact=True).click()
    assert writing.at() == "/sign-in"
    product.enter(writing.page, "head")
    writing.open(form)
    assert writing.field("evidence").input_value() == f"Typed {word}"
    writing.send("Record what was seen")
    assert f"Typed {word}" in writing.text()
    writing.open(form.removesuffix("/conduct"))
    assert f"Typed {word}" in writing.text()
    writing.done()


def test_a_refusal_keeps_what_was_typed(product, browser):
    """Whoever is seen cannot say what was seen; that they tried costs them nothing."""
    word = f"typed{uuid.uuid4().hex[:8]}"
    form = f"{planned_lesson(product, 'teacher', 10)}/conduct"
    writing = hands("no script", product, browser, "teacher")
    writing.open(form)
    writing.fill("evidence", f"Typed {word}")
    writing.choose_everywhere("seen.", "seen")
    with writing.page.expect_navigation():
        writing.page.get_by_role("button", name="Record what was seen", exact=True).click()
    assert writing.at() == form
    assert "what you typed is kept" in writing.page.locator('form [role="alert"]').inner_text()
    assert writing.field("evidence").input_value() == f"Typed {word}"
    writing.done()
