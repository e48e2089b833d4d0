"""A lesson is seen, something is agreed, development follows, it is looked at again: through the pages, step by step."""

import datetime
import json
import re
import urllib.error
import urllib.request
import uuid

import pytest

from hands import HOW, hands

TODAY = datetime.date.today()


def weekday(back: int) -> datetime.date:
    """A working day, about so many days ago."""
    day = TODAY - datetime.timedelta(days=back)
    return day - datetime.timedelta(days=max(0, day.weekday() - 4))


def rest(product, part: str, method: str, path: str, body: dict | None = None) -> dict:
    """What is not the daily work of a school, by REST."""
    request = urllib.request.Request(
        f"{product.url}/v1{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={
            "Authorization": f"Bearer {product.token(part)}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{method} {path}: {refused.code} {refused.read().decode()}") from refused


def instant(day: datetime.date) -> str:
    return f"{day.isoformat()}T12:00:00Z"


def school_of(product, part: str) -> str:
    person = rest(product, part, "GET", f"/people/{product.people[part].person_id}")["person"]
    return person["employments"][0]["urn"]


def area_of(product) -> str:
    """A focus area that the catalogue knows."""
    activities = rest(product, "teacher", "GET", "/activities?pageSize=50")["activities"]
    return next(activity["focusAreas"][0] for activity in activities if activity["focusAreas"])


@pytest.mark.parametrize("how", HOW)
def test_from_a_lesson_to_practice_seen_again(product, browser, how):
    word = f"word{uuid.uuid4().hex[:8]}"
    teacher, observer = product.people["teacher"], product.people["head"]
    agreed_on = weekday(14)
    # Colleagues looked at a lesson three weeks ago; it was planned there and then.
    planned = rest(
        product,
        "head",
        "POST",
        "/observations",
        {
            "occurredAt": instant(weekday(21)),
            "urn": school_of(product, "teacher"),
            "observeeId": teacher.person_id,
            "observerIds": [observer.person_id],
            "kind": "OBSERVATION_KIND_PEER",
            "purpose": "PURPOSE_DEVELOPMENTAL",
            "on": weekday(21).isoformat(),
            "minutes": 40,
            "focusAreas": [area_of(product)],
        },
    )
    observation = f"/observations/{planned['recorded']['id']}"

    watching = hands(how, product, browser, "head")
    watching.open(observation)
    watching.follow("Record what was seen")
    watching.fill("evidence", f"Evidence {word}")
    watching.fill("strengths", f"Strength {word}")
    watching.choose_everywhere("seen.", "seen")
    watching.send("Record what was seen")
    watching.follow("Share feedback")
    watching.fill("feedback", f"Feedback {word}")
    watching.send("Share feedback")
    assert f"Feedback {word}" in watching.text()

    teaching = hands(how, product, browser, "teacher")
    teaching.open(observation)
    assert f"Feedback {word}" in teaching.text()
    teaching.follow("Acknowledge the feedback")
    teaching.fill("reflection", f"Reflection {word}")
    teaching.send("Acknowledge the feedback")
    assert f"Reflection {word}" in teaching.text()

    watching.open(observation)
    watching.follow("Agree a follow-up")
    watching.fill("action", f"Action {word}")
    watching.select("promises[0].kind", "A CPD activity")
    watching.fill("promises[0].detail", f"Support {word}")
    watching.fill_day("agreed_on", agreed_on)
    watching.send("Agree the follow-up")
    follow_up = watching.at()
    assert re.fullmatch(r"/follow-ups/[0-9a-f-]{36}", follow_up), follow_up
    thread = follow_up.replace("/follow-ups/", "/threads/")

    teaching.open(follow_up)
    assert f"Action {word}" in teaching.text() and f"Support {word}" in teaching.text()
    teaching.follow("Start")
    teaching.fill_day("on", weekday(7))
    teaching.send("Start")

    session = offered_today(product)
    teaching.open(f"/catalogue/sessions/{session}")
    teaching.choose("follow_up_ids", follow_up.removeprefix("/follow-ups/"))
    teaching.send(teaching.page.locator("form.form button").first.inner_text())
    assert "Your booking" in teaching.text()

    leading = hands(how, product, browser, "trust-leader")
    leading.open(f"/catalogue/sessions/{session}")
    came = leading.page.locator('fieldset input[type="radio"]').first
    leading.choose(came.get_attribute("name"), came.get_attribute("value"))
    leading.send("Record the register")

    watching.open(follow_up)
    if "Mark support provided" in watching.text():
        watching.follow("Mark support provided")
        watching.send("Mark support provided")

    # It is looked at again today.
    watching.open(f"/observations/new?observee={teacher.person_id}")
    watching.choose("kind", "2")
    watching.fill_day("on", TODAY)
    watching.choose_first("focus_areas")
    watching.send("Schedule the observation")
    later = watching.at()
    watching.follow("Record what was seen")
    watching.fill("evidence", f"Later {word}")
    watching.choose_everywhere("seen.", "seen")
    watching.send("Record what was seen")
    watching.open(f"{follow_up}/revisit?observation={later.removeprefix('/observations/')}")
    watching.choose("outcome", "1")
    watching.send("Record a later look")

    teaching.open(follow_up)
    teaching.follow("Complete")
    teaching.choose("outcome", "1")
    teaching.send("Complete")
    teaching.open(follow_up)
    teaching.follow("Let my appraisal see it")
    teaching.send("Let my appraisal see it")

    teaching.open(thread)
    told = teaching.text()
    for expected in [f"Action {word}", f"Support {word}"]:
        assert expected in told, told

    unseen(product, browser, word, [observation, follow_up, thread, later, f"/people/{teacher.person_id}"])
    for somebody in (watching, teaching, leading):
        somebody.done()


def offered_today(product) -> str:
    """A session of today that the trust's leader leads, with places."""
    activities = rest(product, "trust-leader", "GET", "/activities?pageSize=50")["activities"]
    offered = rest(
        product,
        "trust-leader",
        "POST",
        "/sessions",
        {
            "activityId": activities[0]["activityId"],
            "on": TODAY.isoformat(),
            "leadIds": [product.people["trust-leader"].person_id],
            "place": "Hall",
            "capacity": 20,
        },
    )
    return offered["recorded"]["id"]


def unseen(product, browser, word: str, paths: list[str]) -> None:
    """Nobody reads the words of a developmental observation who is not a party to it or leads development there."""
    for part in ["governor", "hr", "network-lead", "support"]:
        reading = hands("pointer", product, browser, part)
        for path in ["/", "/reports/link", "/threads", *paths]:
            response = reading.page.goto(f"{product.url}{path}")
            assert response.status in (200, 403, 404), f"{path} as {part}: {response.status}"
            read = reading.page.content()
            for said in ["Evidence", "Strength", "Feedback", "Reflection", "Later"]:
                assert f"{said} {word}" not in read, f"{part} reads “{said} …” at {path}"
        reading.done()


def test_a_draft_outlives_its_session(product, browser):
    word = f"draft{uuid.uuid4().hex[:8]}"
    planned = rest(
        product,
        "head",
        "POST",
        "/observations",
        {
            "occurredAt": instant(weekday(10)),
            "urn": school_of(product, "teacher"),
            "observeeId": product.people["teacher"].person_id,
            "observerIds": [product.people["head"].person_id],
            "kind": "OBSERVATION_KIND_PEER",
            "purpose": "PURPOSE_DEVELOPMENTAL",
            "on": weekday(10).isoformat(),
            "minutes": 40,
            "focusAreas": [area_of(product)],
        },
    )
    form = f"/observations/{planned['recorded']['id']}/conduct"
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
