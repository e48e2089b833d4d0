use super::*;

fn start() -> Command {
    Command::Start { on: day("2025-10-06") }
}

fn group(checks: Vec<pb::QuestionCheck>) -> Vec<pb::EnquiryEvent> {
    vec![
        framed(EnquiryKind::ActionEnquiry, checks),
        joined(TEACHER, "2025-10-01"),
        joined(PARTNER, "2025-10-02"),
    ]
}

#[test]
fn who_frames_it_leads_it_and_is_the_first_of_the_group() {
    after([], acting(TEACHER, "2025-10-01"))
        .when(Command::Frame(frame(EnquiryKind::ActionEnquiry)))
        .then([
            framed(EnquiryKind::ActionEnquiry, checked(|_| true)),
            joined(TEACHER, "2025-10-01"),
        ])
        .and_state(|enquiry| assert!(enquiry.is_of(TEACHER)));
    let nothing = Frame {
        focus_areas: Vec::new(),
        ..frame(EnquiryKind::ActionEnquiry)
    };
    let context = acting(TEACHER, "2025-10-01");
    refused([], context.clone(), Command::Frame(nothing), Rejection::NoFocusArea);
    let again = Command::Frame(frame(EnquiryKind::ActionEnquiry));
    refused(group(Vec::new()), context, again, Rejection::AlreadyFramed);
}

#[test]
fn a_question_that_stands_all_five_tests_is_set_to_work_on() {
    after(group(checked(|_| true)), acting(TEACHER, "2025-10-06"))
        .when(start())
        .then([started()]);
}

#[test]
fn nobody_sets_to_work_before_every_test_was_made() {
    for test in TESTS {
        let mut checks = checked(|_| true);
        checks.retain(|check| check.test() != test);
        let context = acting(TEACHER, "2025-10-06");
        refused(group(checks), context, start(), Rejection::NotChecked(test));
    }
}

#[test]
fn nobody_sets_to_work_on_a_question_that_fails_a_test() {
    for failing in TESTS {
        let context = acting(TEACHER, "2025-10-06");
        let checks = checked(|test| test != failing);
        refused(group(checks), context, start(), Rejection::QuestionFails(failing));
    }
}

#[test]
fn a_test_is_made_once() {
    let test = QuestionTest::NamesPupils;
    let twice = Frame {
        checks: vec![check(test, true), check(test, false)],
        ..frame(EnquiryKind::ActionEnquiry)
    };
    let context = acting(TEACHER, "2025-10-01");
    refused([], context, Command::Frame(twice), Rejection::CheckedTwice(test));
}

#[test]
fn a_question_is_put_differently_until_they_set_to_work() {
    let reframe = Command::Reframe {
        question: "Which quiet readers gain?".into(),
        checks: vec![check(QuestionTest::NamesPupils, true)],
    };
    after(group(checked(|_| false)), acting(PARTNER, "2025-10-05"))
        .when(reframe.clone())
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|enquiry| assert_eq!(enquiry.checks.len(), 1));
    let on = day("2025-10-06");
    refused(
        at_work(EnquiryKind::ActionEnquiry),
        acting(TEACHER, "2025-10-07"),
        reframe.clone(),
        Rejection::AlreadyStarted { on },
    );
    refused(
        group(Vec::new()),
        acting(COLLEAGUE, "2025-10-05"),
        reframe,
        Rejection::NotOfTheGroup,
    );
}

#[test]
fn nobody_enquires_alone() {
    let alone = [
        framed(EnquiryKind::ActionEnquiry, checked(|_| true)),
        joined(TEACHER, "2025-10-01"),
    ];
    let context = acting(TEACHER, "2025-10-06");
    refused(alone, context, start(), Rejection::GroupTooSmall);
}

#[test]
fn somebody_of_the_group_links_more_and_joins_only_once() {
    let join = |follow_ups| {
        Command::Join(Join {
            who: who(TEACHER),
            follow_ups,
            objectives: Vec::new(),
            on: day("2025-10-05"),
        })
    };
    let other = FollowUpId(Uuid::from_u128(401));
    after(group(Vec::new()), acting(TEACHER, "2025-10-05"))
        .when(join(vec![FOLLOW_UP, other]))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|enquiry| assert_eq!(enquiry.members[0].follow_ups, [FOLLOW_UP, other]));
    for nothing_new in [Vec::new(), vec![FOLLOW_UP]] {
        refused(
            group(Vec::new()),
            acting(TEACHER, "2025-10-05"),
            join(nothing_new),
            Rejection::AlreadyMember(TEACHER),
        );
    }
}

#[test]
fn who_left_is_of_the_group_no_longer() {
    let leave = Command::Leave {
        person: PARTNER,
        on: day("2025-10-20"),
        cause: LeavingCause::AtRequest,
    };
    after(at_work(EnquiryKind::ActionEnquiry), acting(PARTNER, "2025-10-20"))
        .when(leave.clone())
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|enquiry| {
            assert!(!enquiry.is_of(PARTNER));
            assert!(enquiry.was_of(PARTNER, day("2025-10-20")) && !enquiry.was_of(PARTNER, day("2025-10-21")));
        });
    let stranger = Command::Leave {
        person: COLLEAGUE,
        on: day("2025-10-20"),
        cause: LeavingCause::AtRequest,
    };
    let expected = Rejection::NotAMember {
        person: COLLEAGUE,
        on: day("2025-10-20"),
    };
    refused(
        at_work(EnquiryKind::ActionEnquiry),
        acting(COLLEAGUE, "2025-10-20"),
        stranger,
        expected,
    );
}
