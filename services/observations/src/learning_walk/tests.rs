use testkit::given;
use uuid::Uuid;

use super::*;
use estate::{COLLEAGUE, OBSERVER, SECOND, TRUST, acting, day, urn};

const VISIT: VisitId = VisitId(Uuid::from_u128(50));
const NEED: NeedId = NeedId(Uuid::from_u128(51));

fn plan() -> Plan {
    Plan {
        urn: urn("136789"),
        lead: OBSERVER,
        team: vec![SECOND],
        on: day("2025-10-08"),
        theme: "questioning across the school".into(),
        enquiry_question: String::new(),
        focus_areas: vec!["questioning".into()],
        areas: vec!["Mathematics".into()],
        trust: TRUST,
    }
}

fn planned() -> LearningWalkEvent {
    LearningWalkPlanned {
        urn: "136789".into(),
        lead_id: OBSERVER.to_string(),
        team_ids: vec![SECOND.to_string()],
        on: "2025-10-08".into(),
        theme: Some(Sealed::about(TRUST, "questioning across the school")),
        enquiry_question: None,
        focus_areas: vec!["questioning".into()],
        areas: vec!["Mathematics".into()],
        trust_id: TRUST.to_string(),
    }
    .into()
}

fn visit() -> Visit {
    Visit {
        id: VISIT,
        area: "Mathematics".into(),
        minutes: 15,
        note: "many closed questions".into(),
        focus_areas_seen: vec!["questioning".into()],
    }
}

fn visited(by: PersonId) -> LearningWalkEvent {
    LearningWalkVisited {
        visit_id: VISIT.to_string(),
        area: "Mathematics".into(),
        visitor_id: by.to_string(),
        minutes: 15,
        note: Some(Sealed::about(TRUST, "many closed questions")),
        focus_areas_seen: vec!["questioning".into()],
    }
    .into()
}

fn findings() -> Command {
    let needs = vec!["questioning".into()];
    Command::AgreeFindings(Findings {
        findings: "ask more open questions".into(),
        strengths: vec![],
        needs,
    })
}

fn found() -> LearningWalkEvent {
    let findings = Some(Sealed::about(TRUST, "ask more open questions"));
    FindingsAgreed {
        findings,
        strengths: vec![],
        needs: vec!["questioning".into()],
    }
    .into()
}

fn need() -> Need {
    Need {
        id: NEED,
        scope: NeedScope::Department,
        team: "Mathematics".into(),
        focus_area: "questioning".into(),
        detail: String::new(),
    }
}

fn raised() -> LearningWalkEvent {
    NeedRaised {
        need_id: NEED.to_string(),
        scope: NeedScope::Department.into(),
        team: "Mathematics".into(),
        focus_area: "questioning".into(),
        detail: None,
    }
    .into()
}

fn closed() -> LearningWalkEvent {
    LearningWalkClosed {
        on: "2025-10-10".into(),
    }
    .into()
}

fn close(on: &str) -> Command {
    Command::Close { on: day(on) }
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = LearningWalkEvent>, context: Context, command: Command, why: Rejection) {
    given::<LearningWalk>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn accepts(
    history: impl IntoIterator<Item = LearningWalkEvent>,
    context: Context,
    command: Command,
    expected: LearningWalkEvent,
) {
    given::<LearningWalk>(history)
        .under(context)
        .when(command)
        .then([expected]);
}

#[track_caller]
fn refuses_plan(plan: Plan, why: Rejection) {
    refuses([], acting(OBSERVER, "2025-10-01"), Command::Plan(plan), why);
}

#[test]
fn a_walk_is_planned_once_on_a_theme() {
    accepts([], acting(OBSERVER, "2025-10-01"), Command::Plan(plan()), planned());
    refuses(
        [planned()],
        acting(OBSERVER, "2025-10-01"),
        Command::Plan(plan()),
        Rejection::AlreadyPlanned,
    );
}

#[test]
fn a_walk_has_a_team_a_focus_and_places() {
    refuses_plan(
        Plan {
            team: vec![OBSERVER],
            ..plan()
        },
        Rejection::LeadIsInTeam,
    );
    refuses_plan(
        Plan {
            focus_areas: vec![],
            ..plan()
        },
        Rejection::NoFocusArea,
    );
    refuses_plan(
        Plan {
            areas: vec![],
            ..plan()
        },
        Rejection::NoArea,
    );
    let past = Plan {
        on: day("2025-09-30"),
        ..plan()
    };
    refuses_plan(
        past,
        Rejection::PlannedInThePast {
            today: day("2025-10-01"),
        },
    );
}

#[test]
fn the_team_visits_the_places_planned() {
    let go = || Command::RecordVisit(visit());
    accepts([planned()], acting(SECOND, "2025-10-08"), go(), visited(SECOND));
    refuses(
        [planned()],
        acting(COLLEAGUE, "2025-10-08"),
        go(),
        Rejection::NotOfTheTeam,
    );
    refuses(
        [planned()],
        acting(SECOND, "2025-10-07"),
        go(),
        Rejection::BeforeTheDay { on: day("2025-10-08") },
    );
    refuses(
        [planned(), visited(SECOND)],
        acting(SECOND, "2025-10-08"),
        go(),
        Rejection::VisitRecordedAlready,
    );
    let elsewhere = Command::RecordVisit(Visit {
        area: "Art".into(),
        ..visit()
    });
    refuses(
        [planned()],
        acting(SECOND, "2025-10-08"),
        elsewhere,
        Rejection::AreaNotPlanned { area: "Art".into() },
    );
}

#[test]
fn the_team_agrees_its_findings_once_after_visits() {
    let history = [planned(), visited(SECOND)];
    accepts(history.clone(), acting(OBSERVER, "2025-10-08"), findings(), found());
    refuses(
        history,
        acting(COLLEAGUE, "2025-10-08"),
        findings(),
        Rejection::NotOfTheTeam,
    );
    refuses(
        [planned()],
        acting(OBSERVER, "2025-10-08"),
        findings(),
        Rejection::NobodyWent,
    );
    let done = || [planned(), visited(SECOND), found()];
    refuses(
        done(),
        acting(OBSERVER, "2025-10-09"),
        findings(),
        Rejection::FindingsAgreedAlready,
    );
    let more = Command::RecordVisit(Visit {
        id: VisitId(Uuid::from_u128(52)),
        ..visit()
    });
    refuses(
        done(),
        acting(OBSERVER, "2025-10-09"),
        more,
        Rejection::FindingsAgreedAlready,
    );
}

#[test]
fn a_need_belongs_to_a_team() {
    let history = || [planned(), visited(SECOND), found()];
    let context = || acting(OBSERVER, "2025-10-09");
    let raise = |need| Command::RaiseNeed(need);
    accepts(history(), context(), raise(need()), raised());
    refuses(
        [planned(), visited(SECOND)],
        context(),
        raise(need()),
        Rejection::FindingsNotAgreed,
    );
    refuses(
        history(),
        context(),
        raise(Need {
            team: String::new(),
            ..need()
        }),
        Rejection::TeamMissing,
    );
    refuses(
        history(),
        context(),
        raise(Need {
            scope: NeedScope::School,
            ..need()
        }),
        Rejection::SchoolIsNoTeam,
    );
    let again = raise(Need {
        id: NeedId(Uuid::from_u128(53)),
        ..need()
    });
    refuses(
        history().into_iter().chain([raised()]),
        context(),
        again,
        Rejection::NeedRaisedAlready,
    );
}

#[test]
fn it_closes_with_findings_or_when_nobody_went() {
    let context = || acting(OBSERVER, "2025-10-10");
    accepts(
        [planned(), visited(SECOND), found()],
        context(),
        close("2025-10-10"),
        closed(),
    );
    accepts([planned()], context(), close("2025-10-10"), closed());
    refuses(
        [planned(), visited(SECOND)],
        context(),
        close("2025-10-10"),
        Rejection::FindingsNotAgreed,
    );
    refuses(
        [planned()],
        context(),
        close("2025-10-11"),
        Rejection::InTheFuture {
            today: day("2025-10-10"),
        },
    );
    let early = Rejection::BeforeTheDay { on: day("2025-10-08") };
    refuses(
        [planned(), visited(SECOND), found()],
        context(),
        close("2025-10-07"),
        early,
    );
}

#[test]
fn closed_is_closed() {
    let history = || [planned(), visited(SECOND), found(), closed()];
    for command in [
        Command::RecordVisit(visit()),
        findings(),
        Command::RaiseNeed(need()),
        close("2025-10-11"),
    ] {
        refuses(history(), acting(OBSERVER, "2025-10-11"), command, Rejection::Closed);
    }
}
