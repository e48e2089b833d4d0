use api::common::v1::Sealed;
use estate::{CPD_LEAD, OBSERVER, TRUST, acting, day, urn};
use testkit::given;
use uuid::Uuid;

use super::*;

const NEED: NeedId = NeedId(Uuid::from_u128(60));
const PROVIDER: ProviderId = ProviderId(Uuid::from_u128(61));
const ENTRY: ExpertiseId = ExpertiseId(Uuid::from_u128(62));

fn offer() -> Offer {
    Offer {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        urns: vec![urn("136789")],
        needs: vec![NEED],
        provider: Some(PROVIDER),
        expertise: None,
        title: "Questioning in mathematics".into(),
        focus_areas: vec!["questioning".into()],
        cost_pence: 120_000,
        by_on: day("2026-01-31"),
        brief: "three afternoons".into(),
    }
}

fn offered() -> CommissionEvent {
    CommissionOffered {
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        urns: vec!["136789".into()],
        need_ids: vec![NEED.to_string()],
        provider_id: PROVIDER.to_string(),
        title: "Questioning in mathematics".into(),
        focus_areas: vec!["questioning".into()],
        cost_pence: 120_000,
        by_on: "2026-01-31".into(),
        brief: Some(Sealed::about(TRUST, "three afternoons")),
        on: "2025-10-06".into(),
        ..Default::default()
    }
    .into()
}

fn accepted() -> CommissionEvent {
    CommissionAccepted {
        on: "2025-10-06".into(),
    }
    .into()
}

fn deliver(on: &str) -> Command {
    Command::Deliver {
        on: day(on),
        activity: None,
        cost_pence: 110_000,
    }
}

fn delivered() -> CommissionEvent {
    CommissionDelivered {
        on: "2025-10-06".into(),
        activity_id: String::new(),
        cost_pence: 110_000,
    }
    .into()
}

fn accepts(history: impl IntoIterator<Item = CommissionEvent>, command: Command, expected: CommissionEvent) {
    given::<Commission>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then([expected]);
}

fn refuses(history: impl IntoIterator<Item = CommissionEvent>, command: Command, why: Rejection) {
    given::<Commission>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_commission_is_offered_accepted_and_delivered() {
    accepts([], Command::Offer(offer()), offered());
    accepts([offered()], Command::Accept, accepted());
    accepts([offered(), accepted()], deliver("2025-10-06"), delivered());
}

#[test]
fn a_commission_without_a_need_is_refused() {
    let needless = Offer {
        needs: Vec::new(),
        ..offer()
    };
    refuses([], Command::Offer(needless), Rejection::WithoutNeed);
}

#[test]
fn it_is_ordered_from_one_and_for_somebody_and_a_day_to_come() {
    let today = day("2025-10-06");
    let cases = [
        (
            Offer {
                provider: None,
                ..offer()
            },
            Rejection::FromNobody,
        ),
        (
            Offer {
                expertise: Some((ENTRY, OBSERVER)),
                ..offer()
            },
            Rejection::FromTwo,
        ),
        (
            Offer {
                urns: Vec::new(),
                ..offer()
            },
            Rejection::ForNoSchool,
        ),
        (
            Offer {
                by_on: day("2025-10-05"),
                ..offer()
            },
            Rejection::InThePast { today },
        ),
    ];
    for (offer, why) in cases {
        refuses([], Command::Offer(offer), why);
    }
    refuses([offered()], Command::Offer(offer()), Rejection::AlreadyOffered);
}

#[test]
fn only_what_was_accepted_is_delivered_and_only_once() {
    refuses([offered()], deliver("2025-10-06"), Rejection::NotAccepted);
    refuses([offered(), accepted()], Command::Accept, Rejection::NotOffered);
    let accepted_on = day("2025-10-06");
    let early = Rejection::DeliveredBeforeAccepted { accepted_on };
    refuses([offered(), accepted()], deliver("2025-10-05"), early);
    let today = accepted_on;
    refuses(
        [offered(), accepted()],
        deliver("2025-10-07"),
        Rejection::InTheFuture { today },
    );
    let over = || Rejection::Over { since: today };
    let history = [offered(), accepted(), delivered()];
    refuses(history.clone(), deliver("2025-10-06"), over());
    refuses(history.clone(), Command::Decline, over());
    refuses(
        history,
        Command::Cancel {
            reason: "too late".into(),
        },
        over(),
    );
}

#[test]
fn the_expert_has_access_by_name() {
    let from_expert = Offer {
        provider: None,
        expertise: Some((ENTRY, OBSERVER)),
        ..offer()
    };
    given::<Commission>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::Offer(from_expert))
        .then_events(|_| {})
        .and_state(|commission| assert_eq!(commission.as_record().granted, [OBSERVER]));
}
