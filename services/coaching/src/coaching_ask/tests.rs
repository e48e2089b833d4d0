//! The rules of an ask, one sentence each.

use estate::{COLLEAGUE, CPD_LEAD, OBSERVER as COACH, SCHOOL, TEACHER, TRUST, acting, day, reacting, urn};
use identity::Context;
use testkit::{Under, given};
use uuid::Uuid;

use super::*;
use crate::days::WrongDay;

const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(400));
const PROMISE: PromiseId = PromiseId(Uuid::from_u128(401));

fn open() -> Open {
    Open {
        follow_up: FOLLOW_UP,
        promise: PROMISE,
        trust: TRUST,
        person: TEACHER,
        owner: Some(CPD_LEAD),
        urn: Some(urn(SCHOOL)),
        kind: SupportKind::Coaching,
        focus_areas: vec!["questioning".into()],
        activity: None,
        purpose: Purpose::Developmental,
        on: day("2025-10-01"),
    }
}

fn opened() -> CoachingAskEvent {
    CoachingAskOpened {
        follow_up_id: FOLLOW_UP.to_string(),
        promise_id: PROMISE.to_string(),
        person_id: TEACHER.to_string(),
        owner_id: CPD_LEAD.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        support_kind: SupportKind::Coaching.into(),
        focus_areas: vec!["questioning".into()],
        activity_id: String::new(),
        purpose: Purpose::Developmental.into(),
        on: "2025-10-01".into(),
    }
    .into()
}

fn provided() -> CoachingAskEvent {
    CoachingAskProvided {
        follow_up_id: FOLLOW_UP.to_string(),
        promise_id: PROMISE.to_string(),
        on: "2025-10-13".into(),
        provided_by_id: COACH.to_string(),
        ..Default::default()
    }
    .into()
}

fn provide(by: PersonId, on: &str) -> Command {
    Command::Provide(Provide {
        on: day(on),
        by: Some(by),
        session: None,
    })
}

fn after(history: impl IntoIterator<Item = CoachingAskEvent>, context: Context) -> Under<CoachingAsk> {
    given(history).under(context)
}

#[track_caller]
fn refused(history: impl IntoIterator<Item = CoachingAskEvent>, command: Command, expected: Rejection) {
    after(history, acting(CPD_LEAD, "2025-10-14"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

#[test]
fn it_opens_once_for_coaching_and_for_time_to_watch_a_colleague() {
    let system = || reacting("coaching", "2025-10-01");
    after([], system())
        .when(Command::Open(Box::new(open())))
        .then([opened()]);
    refused([opened()], Command::Open(Box::new(open())), Rejection::AlreadyOpened);
    for kind in [SupportKind::Time, SupportKind::Resource, SupportKind::CpdActivity] {
        let open = Open { kind, ..open() };
        refused([], Command::Open(Box::new(open)), Rejection::NotCoaching);
    }
    let kind = SupportKind::ColleagueObservation;
    after([], system())
        .when(Command::Open(Box::new(Open { kind, ..open() })))
        .then_events(|events| assert_eq!(events.len(), 1));
    assert_eq!(
        id_of(FOLLOW_UP, PROMISE).0,
        derived("ask", &format!("{FOLLOW_UP}:{PROMISE}"))
    );
}

#[test]
fn who_owes_it_says_who_gave_it() {
    after([opened()], acting(CPD_LEAD, "2025-10-14"))
        .when(provide(COACH, "2025-10-13"))
        .then([provided()])
        .and_state(|ask| assert_eq!(ask.stage(), AskState::Provided));
}

#[test]
fn a_session_keeps_it() {
    let (partnership, session) = (PartnershipId(Uuid::from_u128(1)), CoachingSessionId(Uuid::from_u128(2)));
    let by_session = Command::Provide(Provide {
        on: day("2025-10-13"),
        by: Some(COACH),
        session: Some((partnership, session)),
    });
    // Told by the event that opened it, on an earlier day.
    after([opened()], reacting("coaching", "2025-10-01"))
        .when(by_session)
        .then_events(|events| match &events[0].event {
            Some(Event::Provided(provided)) => {
                assert_eq!(provided.session_id, session.to_string());
                assert_eq!(provided.partnership_id, partnership.to_string());
            }
            other => panic!("{other:?}"),
        });
}

#[test]
fn it_is_kept_once_after_it_was_made_and_by_somebody_else() {
    let on = day("2025-10-13");
    refused(
        [opened(), provided()],
        provide(COACH, "2025-10-14"),
        Rejection::AlreadyProvided { on },
    );
    let early = WrongDay::TooEarly {
        on: day("2025-09-30"),
        what: "the promise",
        earliest: day("2025-10-01"),
    };
    refused([opened()], provide(COACH, "2025-09-30"), early.into());
    let on = day("2025-10-20");
    refused(
        [opened()],
        provide(COACH, "2025-10-20"),
        WrongDay::InTheFuture { on }.into(),
    );
    refused(
        [opened()],
        provide(TEACHER, "2025-10-13"),
        Rejection::ProvidedByThemselves,
    );
    refused([], provide(COACH, "2025-10-13"), Rejection::NotOpened);
}

#[test]
fn it_goes_where_its_follow_up_goes() {
    let on = day("2025-10-20");
    let system = || reacting("coaching", "2025-10-20");
    let to = Some(COLLEAGUE);
    after([opened()], system())
        .when(Command::HandOver { to, on })
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|ask| assert_eq!(ask.owner, to));
    let same = Command::HandOver { to: Some(CPD_LEAD), on };
    after([opened()], system()).when(same).then([]);
    let to = urn("136790");
    after([opened()], system())
        .when(Command::Move { to, on })
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|ask| assert_eq!(ask.urn, Some(to)));
    let withdraw = Command::Withdraw {
        on,
        cause: AskWithdrawal::FollowUpEnded,
    };
    let mut withdrawn = Vec::new();
    after([opened()], system())
        .when(withdraw.clone())
        .then_events(|events| withdrawn = events.to_vec());
    let history = std::iter::once(opened()).chain(withdrawn);
    refused(history, provide(COACH, "2025-10-13"), Rejection::Withdrawn { on });
    refused(
        [opened(), provided()],
        withdraw,
        Rejection::AlreadyProvided { on: day("2025-10-13") },
    );
}
