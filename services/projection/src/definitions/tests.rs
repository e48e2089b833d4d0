use api::{
    common::v1::{Purpose, RoleGroup},
    projection::v1::{Absence, Step, StuckReason, ThreadState},
};
use uuid::Uuid;

use super::{Facts, Ground, Reporting, appraisal, facts, outcome, stuck};
use crate::{compact::Day, documents::follow_up::Promotion};

fn agreed() -> Facts {
    Facts {
        agreed_on: 100,
        due_on: 142,
        state: ThreadState::Agreed,
        paused: false,
        support_promised: true,
        support_owed: true,
        role_group: RoleGroup::ClassroomTeacher,
        purpose: Purpose::Developmental,
        supported_on: None,
        revisited_on: None,
        completed_on: None,
        person: Uuid::from_u128(6),
        owner: Some(Uuid::from_u128(7)),
        promotions: Vec::new(),
        named_on: Vec::new(),
        focus: vec![facts::mark("questioning")],
        developed_on: None,
        evaluated_on: None,
    }
}

fn promoted(from: Day, until: Option<Day>) -> Facts {
    Facts {
        promotions: vec![Promotion { from, until }],
        ..agreed()
    }
}

fn ground(review_days: &[Day]) -> Ground<'_> {
    Ground {
        on: 120,
        reaches: &|_| false,
        review_days,
        owner_left: false,
        reporting: Reporting::ALL,
    }
}

#[test]
fn facts_survive_their_line() {
    let facts = [
        agreed(),
        Facts {
            paused: true,
            support_owed: false,
            owner: None,
            supported_on: Some(110),
            revisited_on: Some(130),
            completed_on: Some(140),
            promotions: vec![
                Promotion {
                    from: 1,
                    until: Some(2),
                },
                Promotion { from: 3, until: None },
            ],
            named_on: vec![150, 250],
            developed_on: Some(115),
            evaluated_on: Some(160),
            state: ThreadState::Completed,
            ..agreed()
        },
    ];
    for facts in facts {
        assert_eq!(Facts::parse(&facts.to_line()), Some(facts));
    }
    assert_eq!(Facts::parse("nonsense"), None);
}

#[test]
fn support_counts_only_where_it_was_promised() {
    let nothing = Facts {
        support_promised: false,
        support_owed: false,
        ..agreed()
    };
    let outcome = outcome(Step::SupportProvided, &nothing, &ground(&[]));
    assert_eq!((outcome.counted, outcome.absence), (false, Absence::NotApplicable));
}

#[test]
fn a_missing_source_is_not_a_nought() {
    let silent = Reporting {
        catalogue: false,
        coaching: false,
        evaluation: false,
        silent: true,
        ..Reporting::ALL
    };
    for step in [Step::Developed, Step::Evaluated] {
        let unheard = Ground {
            reporting: silent,
            ..ground(&[])
        };
        let unheard = outcome(step, &agreed(), &unheard);
        assert_eq!((unheard.counted, unheard.absence), (false, Absence::SourceNotReporting));
        let heard = outcome(step, &agreed(), &ground(&[]));
        assert_eq!((heard.counted, heard.absence), (true, Absence::NotYet));
    }
}

#[test]
fn of_two_sources_one_is_enough_to_count_by_but_not_to_deny() {
    let one = Ground {
        reporting: Reporting {
            coaching: false,
            silent: true,
            ..Reporting::ALL
        },
        ..ground(&[])
    };
    let missed = outcome(Step::Developed, &agreed(), &one);
    assert_eq!((missed.counted, missed.absence), (true, Absence::SourceNotReporting));
    assert!(stuck::reasons(&agreed(), &one).contains(&StuckReason::SourceNotReporting));
    let developed = Facts {
        developed_on: Some(110),
        ..agreed()
    };
    assert_eq!(outcome(Step::Developed, &developed, &one).reached, Some(110));
}

#[test]
fn what_was_developed_and_evaluated_counts_from_its_first_day() {
    let facts = Facts {
        developed_on: Some(112),
        evaluated_on: Some(170),
        ..agreed()
    };
    assert_eq!(outcome(Step::Developed, &facts, &ground(&[])).reached, Some(112));
    assert_eq!(outcome(Step::Evaluated, &facts, &ground(&[])).reached, Some(170));
}

#[test]
fn what_was_withdrawn_counts_nowhere() {
    let withdrawn = Facts {
        state: ThreadState::Withdrawn,
        ..agreed()
    };
    for step in super::STEPS {
        assert!(!outcome(step, &withdrawn, &ground(&[150])).counted);
    }
    assert!(stuck::reasons(&withdrawn, &ground(&[150])).is_empty());
}

#[test]
fn a_developmental_follow_up_is_not_missed_by_a_review() {
    let outcome = outcome(Step::Discussed, &agreed(), &ground(&[150]));
    assert_eq!((outcome.counted, outcome.absence), (false, Absence::NotApplicable));
}

#[test]
fn a_promoted_one_is_missed_by_a_review_that_does_not_name_it() {
    let outcome = outcome(Step::Discussed, &promoted(110, None), &ground(&[150]));
    assert_eq!((outcome.counted, outcome.reached), (true, None));
    assert!(stuck::reasons(&promoted(110, None), &ground(&[150])).contains(&StuckReason::NotInAppraisal));
}

#[test]
fn a_review_before_the_agreement_misses_nothing() {
    assert!(!outcome(Step::Discussed, &promoted(90, None), &ground(&[99])).counted);
}

#[test]
fn what_counts_is_the_day_of_the_review() {
    let named = |from, until| Facts {
        named_on: vec![150],
        ..promoted(from, until)
    };
    let discussed = |facts: &Facts| outcome(Step::Discussed, facts, &ground(&[150])).reached;
    assert_eq!(discussed(&named(110, None)), Some(150));
    assert_eq!(
        discussed(&named(150, None)),
        Some(150),
        "promoted on the day of the review"
    );
    assert_eq!(discussed(&named(151, None)), None, "promoted afterwards");
    assert_eq!(discussed(&named(110, Some(151))), Some(150), "taken back afterwards");
    assert_eq!(
        discussed(&named(110, Some(150))),
        None,
        "taken back on the day of the review"
    );
}

#[test]
fn a_policy_may_let_a_purpose_reach_appraisal_from_a_day_on() {
    let facts = Facts {
        named_on: vec![150],
        ..agreed()
    };
    let reaches = |day| day >= 150;
    let ground = Ground {
        reaches: &reaches,
        ..ground(&[150])
    };
    assert_eq!(outcome(Step::Discussed, &facts, &ground).reached, Some(150));
    let before = Facts {
        named_on: vec![149],
        ..agreed()
    };
    assert_eq!(outcome(Step::Discussed, &before, &ground).reached, None);
}

#[test]
fn a_review_that_names_what_it_may_not_is_refused() {
    let facts = Facts {
        named_on: vec![150],
        ..agreed()
    };
    assert!(stuck::reasons(&facts, &ground(&[150])).contains(&StuckReason::NotPermitted));
    let standing = appraisal::Standing {
        same_person: true,
        promoted: false,
        taken_back: false,
        purpose: Purpose::Developmental,
    };
    assert_eq!(
        standing.verdict(false),
        Err(appraisal::Refused::Purpose(Purpose::Developmental))
    );
    assert_eq!(standing.verdict(true), Ok(()));
    let elsewhere = appraisal::Standing {
        same_person: false,
        promoted: true,
        ..standing
    };
    assert_eq!(elsewhere.verdict(true), Err(appraisal::Refused::AnotherPerson));
}

#[test]
fn time_alone_makes_a_thread_stuck() {
    let on = |on, facts: &Facts| stuck::reasons(facts, &Ground { on, ..ground(&[]) });
    assert_eq!(on(120, &agreed()), []);
    assert_eq!(
        on(130, &agreed()),
        [StuckReason::NotStarted, StuckReason::SupportNotProvided]
    );
    let late = [
        StuckReason::NotStarted,
        StuckReason::SupportNotProvided,
        StuckReason::Overdue,
    ];
    assert_eq!(on(143, &agreed()), late);
    assert_eq!(
        on(
            143,
            &Facts {
                paused: true,
                ..agreed()
            }
        ),
        [StuckReason::Paused]
    );
}

#[test]
fn who_developed_has_started() {
    let developed = Facts {
        developed_on: Some(112),
        ..agreed()
    };
    let near = Ground { on: 130, ..ground(&[]) };
    assert_eq!(stuck::reasons(&developed, &near), [StuckReason::SupportNotProvided]);
}

#[test]
fn support_still_owed_after_completion_shows() {
    let completed = Facts {
        state: ThreadState::Completed,
        completed_on: Some(119),
        ..agreed()
    };
    let reasons = stuck::reasons(&completed, &ground(&[]));
    assert_eq!(reasons, [StuckReason::SupportNotProvided, StuckReason::NeverRevisited]);
}

#[test]
fn nobody_owes_the_support_once_its_owner_left() {
    let left = Ground {
        owner_left: true,
        ..ground(&[])
    };
    assert_eq!(stuck::reasons(&agreed(), &left), [StuckReason::OwnerLeft]);
    let nobody = Facts {
        owner: None,
        ..agreed()
    };
    assert_eq!(stuck::reasons(&nobody, &ground(&[])), [StuckReason::OwnerLeft]);
}
