use estate::{CPD_LEAD, OBSERVER, OTHER_LEAD, TEACHER, TRUST, acting, day, reacting, urn};
use testkit::given;

use super::*;

const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(10));
const PROMISE: PromiseId = PromiseId(Uuid::from_u128(11));

fn open() -> Open {
    Open {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        follow_up: FOLLOW_UP,
        promise: PROMISE,
        person: TEACHER,
        owner: Some(OBSERVER),
        kind: SupportKind::Time,
        focus_areas: vec!["questioning".into()],
        activity: None,
        purpose: Purpose::Developmental,
        due_on: day("2025-11-14"),
        on: day("2025-10-01"),
    }
}

fn opened() -> SupportAskEvent {
    AskOpened {
        follow_up_id: FOLLOW_UP.to_string(),
        promise_id: PROMISE.to_string(),
        person_id: TEACHER.to_string(),
        owner_id: OBSERVER.to_string(),
        urn: "136789".into(),
        trust_id: TRUST.to_string(),
        support_kind: SupportKind::Time.into(),
        focus_areas: vec!["questioning".into()],
        activity_id: String::new(),
        purpose: Purpose::Developmental.into(),
        due_on: "2025-11-14".into(),
        on: "2025-10-01".into(),
    }
    .into()
}

fn provide(on: &str) -> Command {
    Command::Provide(Provide {
        on: day(on),
        session: None,
    })
}

fn provided(by: &str) -> SupportAskEvent {
    AskProvided {
        follow_up_id: FOLLOW_UP.to_string(),
        promise_id: PROMISE.to_string(),
        on: "2025-10-06".into(),
        provided_by_id: by.into(),
        session_id: String::new(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = SupportAskEvent>, command: Command, why: Rejection) {
    given::<SupportAsk>(history)
        .under(acting(OBSERVER, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_promise_is_asked_for_once() {
    given::<SupportAsk>([])
        .under(reacting("catalogue", "2025-10-06"))
        .when(Command::Open(open()))
        .then([opened()]);
    refuses([opened()], Command::Open(open()), Rejection::AlreadyOpen);
    assert_eq!(
        SupportAsk::id_of(FOLLOW_UP, PROMISE),
        SupportAsk::id_of(FOLLOW_UP, PROMISE)
    );
}

#[test]
fn support_is_provided_once() {
    given::<SupportAsk>([opened()])
        .under(acting(OBSERVER, "2025-10-06"))
        .when(provide("2025-10-06"))
        .then([provided(&OBSERVER.to_string())]);
    let on = day("2025-10-06");
    let history = [opened(), provided(&CPD_LEAD.to_string())];
    refuses(history, provide("2025-10-06"), Rejection::AlreadyProvided { on });
}

#[test]
fn what_came_about_by_itself_was_given_by_nobody() {
    given::<SupportAsk>([opened()])
        .under(reacting("catalogue", "2025-10-06"))
        .when(provide("2025-10-06"))
        .then([provided("")]);
}

#[test]
fn support_is_given_after_it_was_promised_and_not_in_the_future() {
    let promised_on = day("2025-10-01");
    refuses(
        [opened()],
        provide("2025-09-30"),
        Rejection::BeforePromised { promised_on },
    );
    let today = day("2025-10-06");
    refuses([opened()], provide("2025-10-07"), Rejection::InTheFuture { today });
}

#[test]
fn it_follows_its_owner_and_its_person_until_it_is_over() {
    let on = day("2025-10-06");
    let hand_over = |to| Command::HandOver { to, on };
    refuses([opened()], hand_over(Some(OBSERVER)), Rejection::OwnerUnchanged);
    given::<SupportAsk>([opened()])
        .under(reacting("catalogue", "2025-10-06"))
        .when(hand_over(None))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|ask| assert_eq!(ask.owner, None));
    let relocate = Command::Move {
        to: urn("136790"),
        owner: Some(OTHER_LEAD),
        on,
    };
    given::<SupportAsk>([opened()])
        .under(reacting("catalogue", "2025-10-06"))
        .when(relocate)
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|ask| assert_eq!((ask.place.urn, ask.owner), (Some(urn("136790")), Some(OTHER_LEAD))));
    let withdrawn: SupportAskEvent = AskWithdrawn {
        why: AskWithdrawal::KeptOtherwise.into(),
        on: "2025-10-06".into(),
    }
    .into();
    refuses([opened(), withdrawn.clone()], hand_over(None), Rejection::Withdrawn);
    refuses([opened(), withdrawn], provide("2025-10-06"), Rejection::Withdrawn);
}
