use super::*;
use crate::days::WrongDay;

fn meet(on: &str) -> Meet {
    Meet {
        meeting: Uuid::from_u128(701),
        on: day(on),
        minutes: 60,
        people: vec![TEACHER, PARTNER],
        cycle: None,
        note: Some("we tried echo reading".into()),
    }
}

fn analyse(on: &str) -> Command {
    Command::Analyse {
        on: day(on),
        analysis: "quiet readers gain".into(),
    }
}

fn check_validity(on: &str, holds: bool) -> Command {
    Command::CheckValidity {
        on: day(on),
        holds,
        reason: "two classes agree".into(),
    }
}

fn share(with: FindingsAudience) -> Command {
    Command::ShareFindings {
        on: day("2025-12-10"),
        with,
        findings: "echo reading helps quiet readers".into(),
    }
}

fn analysed() -> pb::EnquiryEvent {
    pb::EnquiryAnalysed {
        on: "2025-12-01".into(),
        analysis: Some(Sealed::about(TRUST, "quiet readers gain")),
    }
    .into()
}

fn validity(holds: bool) -> pb::EnquiryEvent {
    pb::EnquiryValidityChecked {
        on: "2025-12-05".into(),
        checked_by_id: PARTNER.to_string(),
        holds,
        reason: Some(Sealed::about(TRUST, "two classes agree")),
    }
    .into()
}

fn at_work_and_met() -> Vec<pb::EnquiryEvent> {
    with(at_work(EnquiryKind::ActionEnquiry), [met("2025-10-13")])
}

#[test]
fn the_group_meets_in_cycles_that_follow_each_other() {
    let by = || acting(TEACHER, "2025-10-20");
    after(at_work_and_met(), by())
        .when(Command::Meet(Meet {
            cycle: Some(2),
            ..meet("2025-10-20")
        }))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|enquiry| assert_eq!(enquiry.meetings[1].cycle, 2));
    let skipping = Meet {
        cycle: Some(3),
        ..meet("2025-10-20")
    };
    refused(
        at_work_and_met(),
        by(),
        Command::Meet(skipping),
        Rejection::CycleSkipped { last: 2 },
    );
    let alone = Meet {
        people: vec![TEACHER],
        ..meet("2025-10-20")
    };
    refused(at_work_and_met(), by(), Command::Meet(alone), Rejection::TooFewPeople);
    let early = Meet {
        people: vec![TEACHER, SECOND],
        ..meet("2025-10-20")
    };
    let expected = Rejection::NotAMember {
        person: SECOND,
        on: day("2025-10-20"),
    };
    refused(at_work_and_met(), by(), Command::Meet(early), expected);
    let again = Meet {
        meeting: Uuid::from_u128(700),
        ..meet("2025-10-20")
    };
    refused(at_work_and_met(), by(), Command::Meet(again), Rejection::MeetingExists);
}

#[test]
fn nothing_is_recorded_before_they_set_to_work_nor_by_others() {
    let forming = [
        framed(EnquiryKind::ActionEnquiry, checked(|_| true)),
        joined(TEACHER, "2025-10-01"),
        joined(PARTNER, "2025-10-02"),
    ];
    let context = acting(TEACHER, "2025-10-20");
    refused(
        forming,
        context,
        Command::Meet(meet("2025-10-20")),
        Rejection::NotStarted,
    );
    refused(
        at_work(EnquiryKind::ActionEnquiry),
        acting(COLLEAGUE, "2025-10-20"),
        Command::Meet(meet("2025-10-20")),
        Rejection::NotOfTheGroup,
    );
}

#[test]
fn data_are_analysed_and_validity_is_checked_in_that_order() {
    let by = || acting(PARTNER, "2025-12-10");
    refused(
        at_work(EnquiryKind::ActionEnquiry),
        by(),
        analyse("2025-12-01"),
        Rejection::NeverMet,
    );
    after(at_work_and_met(), by())
        .when(analyse("2025-12-01"))
        .then([analysed()]);
    refused(
        at_work_and_met(),
        by(),
        check_validity("2025-12-05", true),
        Rejection::NotAnalysed,
    );
    let history = with(at_work_and_met(), [analysed()]);
    after(history.clone(), by())
        .when(check_validity("2025-12-05", true))
        .then([validity(true)])
        .and_state(|enquiry| assert_eq!(enquiry.stage(), pb::EnquiryState::Validated));
    let expected = WrongDay::TooEarly {
        on: day("2025-11-30"),
        what: "the analysis",
        earliest: day("2025-12-01"),
    };
    refused(history, by(), check_validity("2025-11-30", true), expected.into());
}

#[test]
fn what_is_not_valid_is_analysed_again_and_not_shared() {
    let history = with(at_work_and_met(), [analysed(), validity(false)]);
    let by = || acting(TEACHER, "2025-12-10");
    refused(
        history.clone(),
        by(),
        share(FindingsAudience::School),
        Rejection::NotValid,
    );
    after(history, by())
        .when(analyse("2025-12-09"))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|enquiry| assert!(enquiry.validity.is_none()));
    let valid = with(at_work_and_met(), [analysed(), validity(true)]);
    refused(valid, by(), analyse("2025-12-09"), Rejection::AlreadyValid);
}

#[test]
fn findings_are_shared_with_each_audience_once() {
    let valid = with(at_work_and_met(), [analysed(), validity(true)]);
    let by = || acting(TEACHER, "2025-12-10");
    let shared: pb::EnquiryEvent = pb::EnquiryFindingsShared {
        on: "2025-12-10".into(),
        with: FindingsAudience::Trust.into(),
        findings: Some(Sealed::about(TRUST, "echo reading helps quiet readers")),
    }
    .into();
    after(valid.clone(), by())
        .when(share(FindingsAudience::Trust))
        .then([shared.clone()])
        .and_state(|enquiry| {
            assert!(enquiry.is_shared_with(FindingsAudience::School));
            assert!(!enquiry.is_shared_with(FindingsAudience::Network));
        });
    refused(
        with(valid, [shared]),
        by(),
        share(FindingsAudience::Trust),
        Rejection::SharedAlready,
    );
}

#[test]
fn what_was_found_valid_is_done_again() {
    let again = |on| Command::Replicate {
        on: day(on),
        urn: Some(urn("136790")),
        outcome: Replication::Confirmed,
        note: None,
    };
    let by = || acting(TEACHER, "2026-02-10");
    after(with(at_work_and_met(), [analysed(), validity(true)]), by())
        .when(again("2026-02-10"))
        .then([pb::EnquiryReplicated {
            on: "2026-02-10".into(),
            urn: "136790".into(),
            outcome: Replication::Confirmed.into(),
            note: None,
        }
        .into()]);
    refused(
        with(at_work_and_met(), [analysed()]),
        by(),
        again("2026-02-10"),
        Rejection::NotValid,
    );
}

#[test]
fn it_ends_with_what_came_of_it() {
    let closed = |shared, complete| -> pb::EnquiryEvent {
        pb::EnquiryClosed {
            on: "2025-12-15".into(),
            focus_areas: vec!["reading".into()],
            person_ids: vec![TEACHER.to_string(), PARTNER.to_string()],
            shared,
            complete,
        }
        .into()
    };
    let close = Command::Close { on: day("2025-12-15") };
    let by = || acting(TEACHER, "2025-12-15");
    after(at_work_and_met(), by())
        .when(close.clone())
        .then([closed(false, false)]);
    let valid = with(at_work_and_met(), [analysed(), validity(true)]);
    after(valid, by()).when(close.clone()).then([closed(false, true)]);
    let over = with(at_work_and_met(), [closed(false, false)]);
    let on = day("2025-12-15");
    for command in [close, analyse("2025-12-15"), Command::Meet(meet("2025-12-15"))] {
        refused(over.clone(), by(), command, Rejection::Closed { on });
    }
}
