#!/usr/bin/env python3
"""Python's `eventsourcing` on PostgreSQL, doing what Throughline is measured by. One line of JSON for each measure."""

import argparse
import json
import threading
import time
import urllib.parse

import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

PERSON = "0190b5b2-6a0e-7cc4-a8ce-3a1c2f1a0001"
NOTE = "Two questions to everybody before anybody answered; more hands than last time."
STEPS = ["SupportProvided", "Started", "EvidenceAdded", "EvidenceAdded", "EvidenceAdded", "Revisited", "Completed"]


class FollowUp(Aggregate):
    @event("Agreed")
    def __init__(self, person_id: str, on: str, note: str):
        self.person_id = person_id
        self.step = "Agreed"

    @event("Happened")
    def tell(self, step: str, on: str, note: str) -> None:
        self.step = step


class Development(Application):
    def agree(self):
        follow_up = FollowUp(PERSON, "2026-11-03", NOTE)
        self.save(follow_up)
        return follow_up.id

    def tell(self, follow_up_id, step: str) -> None:
        follow_up = self.repository.get(follow_up_id)
        follow_up.tell(step, "2026-11-03", NOTE)
        self.save(follow_up)

    def history(self) -> None:
        follow_up = FollowUp(PERSON, "2026-11-03", NOTE)
        for step in STEPS:
            follow_up.tell(step, "2026-11-03", NOTE)
        self.save(follow_up)


class ThreadView(PostgresTrackingRecorder):
    def __init__(self, datastore, **options):
        super().__init__(datastore, **options)
        self.sql_create_statements.append(
            psycopg.sql.SQL(
                "create table if not exists thread (follow_up_id uuid primary key, person_id text, agreed_on text,"
                " step text, evidence_count int, support_count int, revisited bool, last_on text)"
            )
        )

    def show(self, row: tuple, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "insert into thread values (%s, %s, %s, %s, %s, %s, %s, %s)"
                " on conflict (follow_up_id) do update set step = excluded.step,"
                " evidence_count = thread.evidence_count + excluded.evidence_count,"
                " support_count = thread.support_count + excluded.support_count,"
                " revisited = thread.revisited or excluded.revisited, last_on = excluded.last_on",
                row,
                prepare=True,
            )


class Threads(Projection[ThreadView]):
    @singledispatchmethod
    def process_event(self, domain_event, tracking: Tracking) -> None:
        raise TypeError(domain_event)

    @process_event.register
    def _(self, told: FollowUp.Agreed, tracking: Tracking) -> None:
        self.view.show((told.originator_id, told.person_id, told.on, "Agreed", 0, 0, False, told.on), tracking)

    @process_event.register
    def _(self, told: FollowUp.Happened, tracking: Tracking) -> None:
        evidence, support = int(told.step == "EvidenceAdded"), int(told.step == "SupportProvided")
        row = (told.originator_id, "", "", told.step, evidence, support, told.step == "Revisited", told.on)
        self.view.show(row, tracking)


def appends(application: Development, callers: int, seconds: float) -> float:
    over, counts = threading.Event(), [0] * callers

    def call(caller: int) -> None:
        while not over.is_set():
            follow_up_id = application.agree()
            for _ in range(7):
                if over.is_set():
                    return
                application.tell(follow_up_id, "EvidenceAdded")
                counts[caller] += 1

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    began, before = time.perf_counter(), sum(counts)
    time.sleep(seconds)
    took, after = time.perf_counter() - began, sum(counts)
    over.set()
    for thread in threads:
        thread.join()
    return (after - before) / took


def say(measure: str, runs: list[float]) -> None:
    print(json.dumps({"peer": "eventsourcing (Python)", "measure": measure, "unit": "/s", "runs": runs}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    at = urllib.parse.urlsplit(options.url)

    def environment(name: str) -> dict[str, str]:
        with psycopg.connect(options.url, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": name,
            "POSTGRES_HOST": at.hostname,
            "POSTGRES_PORT": str(at.port),
            "POSTGRES_USER": at.username or "",
            "POSTGRES_PASSWORD": at.password or "none",
            "POSTGRES_POOL_SIZE": "64",
            "POSTGRES_MAX_OVERFLOW": "8",
        }

    application = Development(env=environment("peer_eventsourcing"))
    for callers in [1, 64]:
        say(f"append, {callers} callers", [appends(application, callers, options.seconds) for _ in range(options.runs)])
    application.close()

    replay = environment("peer_eventsourcing_replay")
    application = Development(env=replay)
    histories = options.events // (len(STEPS) + 1)
    for _ in range(histories):
        application.history()
    last = application.recorder.max_notification_id()
    application.close()
    rates = []
    for _ in range(options.runs):
        with psycopg.connect(f"{options.url.rsplit('/', 1)[0]}/peer_eventsourcing_replay", autocommit=True) as connection:
            connection.execute("drop table if exists thread")
            tables = connection.execute("select tablename from pg_tables where tablename like '%tracking%'").fetchall()
            for (table,) in tables:
                connection.execute(f"drop table {table}")
        began = time.perf_counter()
        with ProjectionRunner(
            application_class=Development, projection_class=Threads, view_class=ThreadView, env=replay
        ) as runner:
            runner.wait(last, timeout=600)
            rates.append(last / (time.perf_counter() - began))
    say("replay", rates)


if __name__ == "__main__":
    main()
