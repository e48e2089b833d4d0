use estate::{CPD_LEAD, TEACHER, TRUST, acting, day, urn};
use testkit::given;

use super::*;

const ACTIVITY: ActivityId = ActivityId(Uuid::from_u128(80));
const COMMISSION: CommissionId = CommissionId(Uuid::from_u128(81));
const OTHER: CommissionId = CommissionId(Uuid::from_u128(82));

fn of_a_team() -> Open {
    Open {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        source: NeedSource::Survey,
        source_id: None,
        focus_area: "questioning".into(),
        reach: NeedReach::Department,
        team: "Mathematics".into(),
        person: None,
        role_group: RoleGroup::Unspecified,
        detail: "wait time".into(),
        priority: None,
        purpose: Purpose::QualityAssurance,
    }
}

fn of_a_person() -> Open {
    Open {
        source: NeedSource::Person,
        reach: NeedReach::Person,
        team: String::new(),
        person: Some(TEACHER),
        role_group: RoleGroup::ClassroomTeacher,
        purpose: Purpose::Developmental,
        ..of_a_team()
    }
}

fn opened() -> NeedEvent {
    NeedOpened {
        source: NeedSource::Survey.into(),
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        focus_area: "questioning".into(),
        scope: NeedReach::Department.into(),
        team: "Mathematics".into(),
        on: "2025-10-06".into(),
        detail: Some(Sealed::about(TRUST, "wait time")),
        purpose: Purpose::QualityAssurance.into(),
        ..Default::default()
    }
    .into()
}

fn matched() -> NeedEvent {
    NeedMatched {
        activity_id: ACTIVITY.to_string(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn commissioned() -> NeedEvent {
    NeedCommissioned {
        commission_id: COMMISSION.to_string(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn fell() -> NeedEvent {
    NeedCommissionFell {
        commission_id: COMMISSION.to_string(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn met() -> NeedEvent {
    NeedMet {
        on: "2025-10-06".into(),
    }
    .into()
}

fn meet(on: &str) -> Command {
    Command::Meet { on: day(on), by: None }
}

fn accepts(history: impl IntoIterator<Item = NeedEvent>, command: Command, expected: NeedEvent) {
    given::<Need>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then([expected]);
}

fn refuses(history: impl IntoIterator<Item = NeedEvent>, command: Command, why: Rejection) {
    given::<Need>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_need_goes_from_open_to_met_by_an_activity() {
    accepts([], Command::Open(of_a_team()), opened());
    accepts([opened()], Command::Match { activity: ACTIVITY }, matched());
    accepts([opened(), matched()], meet("2025-10-06"), met());
}

#[test]
fn a_need_is_met_once() {
    let history = [opened(), matched(), met()];
    let on = day("2025-10-06");
    refuses(history.clone(), meet("2025-10-06"), Rejection::AlreadyMet { on });
    refuses(
        history,
        Command::Match { activity: ACTIVITY },
        Rejection::AlreadyMet { on },
    );
}

#[test]
fn a_need_is_met_by_something() {
    refuses([opened()], meet("2025-10-06"), Rejection::NotMatched);
    let today = day("2025-10-06");
    refuses(
        [opened(), matched()],
        meet("2025-10-07"),
        Rejection::InTheFuture { today },
    );
    let opened_on = today;
    refuses(
        [opened(), matched()],
        meet("2025-10-05"),
        Rejection::MetBeforeOpened { opened_on },
    );
}

#[test]
fn a_commission_that_falls_leaves_the_need_open() {
    let commission = |commission| Command::Commission {
        commission,
        expert: None,
    };
    let release = |commission| Command::Release {
        commission,
        expert: None,
        declined: true,
    };
    accepts([opened()], commission(COMMISSION), commissioned());
    let why = Rejection::AlreadyCommissioned { commission: COMMISSION };
    refuses([opened(), commissioned()], commission(OTHER), why);
    refuses([opened(), commissioned()], release(OTHER), Rejection::NotCommissionedSo);
    accepts([opened(), commissioned()], release(COMMISSION), fell());
    refuses(
        [opened(), commissioned(), fell()],
        meet("2025-10-06"),
        Rejection::NotMatched,
    );
}

#[test]
fn delivery_meets_only_what_waits_for_it() {
    let deliver = |by| Command::Meet {
        on: day("2025-10-06"),
        by: Some(by),
    };
    accepts([opened(), commissioned()], deliver(COMMISSION), met());
    refuses([opened(), commissioned()], deliver(OTHER), Rejection::NotCommissionedSo);
}

#[test]
fn what_is_closed_stays_closed() {
    let close = || Command::Close {
        why: NeedClosure::Duplicate,
        note: String::new(),
    };
    let closed: NeedEvent = NeedClosed {
        why: NeedClosure::Duplicate.into(),
        on: "2025-10-06".into(),
        note: None,
    }
    .into();
    accepts([opened()], close(), closed.clone());
    let on = day("2025-10-06");
    refuses([opened(), closed.clone()], close(), Rejection::Closed { on });
    refuses(
        [opened(), closed],
        Command::Match { activity: ACTIVITY },
        Rejection::Closed { on },
    );
}

#[test]
fn one_persons_need_names_them_and_a_teams_names_nobody() {
    let cases = [
        (
            Open {
                person: None,
                ..of_a_person()
            },
            Rejection::WithoutPerson,
        ),
        (
            Open {
                person: Some(TEACHER),
                ..of_a_team()
            },
            Rejection::NamesAPerson,
        ),
        (
            Open {
                team: String::new(),
                ..of_a_team()
            },
            Rejection::WithoutTeam,
        ),
        (
            Open {
                team: "Mathematics".into(),
                ..of_a_person()
            },
            Rejection::OfNoTeam,
        ),
        (
            Open {
                place: Place {
                    trust: TRUST,
                    urn: None,
                },
                ..of_a_team()
            },
            Rejection::WithoutSchool,
        ),
        (
            Open {
                reach: NeedReach::Trust,
                team: String::new(),
                ..of_a_team()
            },
            Rejection::OfNoSchool,
        ),
        (
            Open {
                source: NeedSource::Person,
                ..of_a_team()
            },
            Rejection::SourceIsAboutAPerson,
        ),
        (
            Open {
                source: NeedSource::LearningWalk,
                ..of_a_person()
            },
            Rejection::SourceIsAboutTeams,
        ),
    ];
    for (open, why) in cases {
        refuses([], Command::Open(open), why);
    }
    refuses([opened()], Command::Open(of_a_team()), Rejection::AlreadyOpen);
}

#[test]
fn what_somebody_says_of_their_need_is_sealed_under_their_key() {
    given::<Need>([])
        .under(acting(TEACHER, "2025-10-06"))
        .when(Command::Open(of_a_person()))
        .then_events(|_| {})
        .and_state(|need| assert_eq!(need.detail(), Some(&Sealed::about(TEACHER, "wait time"))));
}
