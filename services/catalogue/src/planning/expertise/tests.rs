use estate::{CPD_LEAD, HEAD, OBSERVER, TEACHER, TRUST, acting, day, reacting, urn};
use testkit::given;

use super::*;

const ASK: ExpertiseAskId = ExpertiseAskId(Uuid::from_u128(40));
const ENQUIRY: Uuid = Uuid::from_u128(41);

fn place() -> Place {
    Place {
        trust: TRUST,
        urn: Some(urn("136789")),
    }
}

fn help() -> Help {
    Help {
        focus_areas: vec!["questioning".into()],
        kind: ExpertiseKind::LeadPractitioner,
        phases: vec!["primary".into()],
        description: "ten years of it".into(),
    }
}

fn offer() -> Command {
    Command::Offer(Offer {
        place: place(),
        person: OBSERVER,
        help: help(),
    })
}

fn offered() -> ExpertiseEvent {
    ExpertiseOffered {
        person_id: OBSERVER.to_string(),
        urn: "136789".into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["questioning".into()],
        kind: ExpertiseKind::LeadPractitioner.into(),
        phases: vec!["primary".into()],
        description: Some(Sealed::about(OBSERVER, "ten years of it")),
        on: "2025-10-06".into(),
    }
    .into()
}

fn found() -> ExpertiseEvent {
    ExpertiseFound {
        person_id: OBSERVER.to_string(),
        urn: "136789".into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["questioning".into()],
        kind: ExpertiseKind::EnquiryFindings.into(),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn ask() -> Command {
    Command::Ask(NewAsk {
        id: ASK,
        urn: Some(urn("136789")),
        focus_area: "questioning".into(),
        message: "would you watch me?".into(),
    })
}

fn asked() -> ExpertiseEvent {
    ExpertiseAsked {
        ask_id: ASK.to_string(),
        by_id: TEACHER.to_string(),
        urn: "136789".into(),
        focus_area: "questioning".into(),
        message: Some(Sealed::about(TEACHER, "would you watch me?")),
        on: "2025-10-06".into(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = ExpertiseEvent>, who: PersonId, command: Command, why: Rejection) {
    given::<Expertise>(history)
        .under(acting(who, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn nobody_is_offered_by_somebody_else() {
    given::<Expertise>([])
        .under(acting(OBSERVER, "2025-10-06"))
        .when(offer())
        .then([offered()]);
    for other in [CPD_LEAD, HEAD, TEACHER] {
        refuses([], other, offer(), Rejection::OfSomebodyElse);
    }
}

#[test]
fn what_an_enquiry_found_is_a_suggestion_until_its_person_offers_it() {
    let find = || {
        Command::Find(Find {
            place: place(),
            person: OBSERVER,
            focus_areas: vec!["questioning".into()],
            enquiry: ENQUIRY,
        })
    };
    given::<Expertise>([])
        .under(reacting("catalogue", "2025-10-06"))
        .when(find())
        .then([found()])
        .and_state(|entry| assert!(!entry.as_record().shared));
    refuses([found()], TEACHER, ask(), Rejection::NotOffered);
    given::<Expertise>([found()])
        .under(acting(OBSERVER, "2025-10-06"))
        .when(offer())
        .then([offered()])
        .and_state(|entry| assert!(entry.as_record().shared && entry.enquiry_id == ENQUIRY.to_string()));
    given::<Expertise>([found()])
        .under(reacting("catalogue", "2025-10-06"))
        .when(find())
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::AlreadyFound));
}

#[test]
fn somebody_else_cannot_take_over_what_was_found() {
    let hijack = Command::Offer(Offer {
        place: place(),
        person: TEACHER,
        help: help(),
    });
    refuses([found()], TEACHER, hijack, Rejection::OfSomebodyElse);
}

#[test]
fn help_is_asked_for_and_answered_once() {
    given::<Expertise>([offered()])
        .under(acting(TEACHER, "2025-10-06"))
        .when(ask())
        .then([asked()]);
    refuses([offered(), asked()], TEACHER, ask(), Rejection::AskedAlready);
    refuses([offered()], OBSERVER, ask(), Rejection::AsksOneself);
    let elsewhere = Command::Ask(NewAsk {
        id: ASK,
        urn: None,
        focus_area: "phonics".into(),
        message: String::new(),
    });
    let focus_area = "phonics".into();
    refuses(
        [offered()],
        TEACHER,
        elsewhere,
        Rejection::NotThisExpertise { focus_area },
    );
    let answer = || Command::Answer {
        ask: ASK,
        accepted: true,
    };
    let answered: ExpertiseEvent = ExpertiseAnswered {
        ask_id: ASK.to_string(),
        accepted: true,
        on: "2025-10-06".into(),
    }
    .into();
    refuses([offered()], OBSERVER, answer(), Rejection::NobodyAsked);
    given::<Expertise>([offered(), asked()])
        .under(acting(OBSERVER, "2025-10-06"))
        .when(answer())
        .then([answered.clone()]);
    let on = day("2025-10-06");
    refuses(
        [offered(), asked(), answered],
        OBSERVER,
        answer(),
        Rejection::AnsweredAlready { on },
    );
}

#[test]
fn an_entry_names_a_focus_and_is_offered_once() {
    let vague = Command::Offer(Offer {
        place: place(),
        person: OBSERVER,
        help: Help {
            focus_areas: Vec::new(),
            ..help()
        },
    });
    refuses([], OBSERVER, vague, Rejection::NoFocusArea);
    refuses([offered()], OBSERVER, offer(), Rejection::AlreadyOffered);
    let withdrawn: ExpertiseEvent = ExpertiseWithdrawn {
        on: "2025-10-06".into(),
    }
    .into();
    refuses(
        [offered(), withdrawn.clone()],
        OBSERVER,
        Command::Withdraw,
        Rejection::NotOffered,
    );
    given::<Expertise>([offered(), withdrawn])
        .under(acting(OBSERVER, "2025-10-06"))
        .when(offer())
        .then([offered()]);
}
