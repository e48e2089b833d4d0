//! One test for each rule, and what a design profile says.

use api::catalogue::v1::DesignAdvice;
use estate::{CPD_LEAD, SCHOOL, TRUST, acting, day, urn};
use testkit::given;

use super::{
    design::{Mechanism, profile},
    *,
};

const MECHANISMS: [Mechanism<'_>; 3] = [
    Mechanism {
        code: "setting_goals",
        group: "Motivate staff",
    },
    Mechanism {
        code: "modelling",
        group: "Develop teaching techniques",
    },
    Mechanism {
        code: "rehearsal",
        group: "Develop teaching techniques",
    },
];

fn offer() -> Offer {
    Offer {
        title: "Better questions".into(),
        kind: ActivityKind::Course,
        provider_kind: ProviderKind::Internal,
        provider: None,
        subject: String::new(),
        role_groups: vec![],
        career_stages: vec![],
        focus_areas: vec!["questioning".into()],
        priorities: vec![],
        openness: Openness::School,
        network: None,
        minutes: 600,
        cost_pence: 0,
        capacity: 20,
        design: Design {
            weeks: 6,
            classroom_minutes: 300,
            with_colleague: true,
            specialist_input: true,
            follow_up_planned: true,
            evaluation_planned: true,
            mechanisms: vec!["setting_goals".into(), "modelling".into()],
            discrete_process: false,
        },
        mandatory: None,
        description: String::new(),
        intended_impact: "Pupils explain their thinking".into(),
        impact_statements: vec!["I wait before I take an answer".into()],
    }
}

fn offering(change: impl FnOnce(&mut Offer)) -> Offering {
    let mut offer = offer();
    change(&mut offer);
    offer.recorded(TRUST)
}

fn publish(change: impl FnOnce(&mut Offer)) -> Command {
    let mut offer = offer();
    change(&mut offer);
    Command::Publish {
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        offer,
    }
}

fn published() -> ActivityEvent {
    ActivityPublished {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        offering: Some(offering(|_| {})),
    }
    .into()
}

fn withdrawn() -> ActivityEvent {
    ActivityWithdrawn {
        on: "2025-10-01".into(),
        reason: Some(Sealed::about(TRUST, "superseded")),
    }
    .into()
}

fn rule() -> MandatoryRule {
    MandatoryRule {
        item: "prevent".into(),
        renewal_months: 24,
    }
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = ActivityEvent>, command: Command, why: Rejection) {
    given::<Activity>(history)
        .under(acting(CPD_LEAD, "2025-10-01"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn accepts(history: impl IntoIterator<Item = ActivityEvent>, command: Command, expected: ActivityEvent) {
    given::<Activity>(history)
        .under(acting(CPD_LEAD, "2025-10-01"))
        .when(command)
        .then([expected]);
}

#[test]
fn an_activity_is_published_once_and_revised_until_it_is_withdrawn() {
    accepts([], publish(|_| {}), published());
    refuses([published()], publish(|_| {}), Rejection::PublishedAlready);
    let revised = ActivityRevised {
        offering: Some(offering(|_| {})),
    };
    accepts([published()], Command::Revise { offer: offer() }, revised.into());
    let withdraw = || Command::Withdraw {
        on: day("2025-10-01"),
        reason: "superseded".into(),
    };
    accepts([published()], withdraw(), withdrawn());
    let on = day("2025-10-01");
    refuses([published(), withdrawn()], withdraw(), Rejection::Withdrawn { on });
    refuses(
        [published(), withdrawn()],
        Command::Revise { offer: offer() },
        Rejection::Withdrawn { on },
    );
    let later = Command::Withdraw {
        on: day("2025-10-02"),
        reason: String::new(),
    };
    refuses([published()], later, Rejection::InTheFuture { today: on });
}

#[test]
fn impact_on_pupils_is_stated_unless_it_serves_a_process() {
    refuses(
        [],
        publish(|offer| offer.intended_impact.clear()),
        Rejection::NoIntendedImpact,
    );
    given::<Activity>([])
        .under(acting(CPD_LEAD, "2025-10-01"))
        .when(publish(|offer| {
            offer.intended_impact.clear();
            offer.design.discrete_process = true;
        }))
        .then_events(|events| assert_eq!(events.len(), 1));
}

#[test]
fn mandatory_training_and_only_that_settles_an_item() {
    let training = publish(|offer| offer.kind = ActivityKind::MandatoryTraining);
    refuses([], training, Rejection::MandatoryWithoutItem);
    let course = publish(|offer| offer.mandatory = Some(rule()));
    refuses([], course, Rejection::ItemWithoutMandatory);
}

#[test]
fn whom_it_is_open_to_is_somebody() {
    let of_trust = Command::Publish {
        trust: TRUST,
        urn: None,
        offer: offer(),
    };
    refuses([], of_trust, Rejection::OpenToWhichSchool);
    let to_network = publish(|offer| offer.openness = Openness::Network);
    refuses([], to_network, Rejection::OpenToWhichNetwork);
    let with_network = publish(|offer| offer.network = Some(estate::NETWORK));
    refuses([], with_network, Rejection::NotOpenToNetwork);
}

#[test]
fn no_more_time_is_in_classrooms_than_in_all() {
    let more = publish(|offer| offer.design.classroom_minutes = 601);
    refuses([], more, Rejection::MoreInClassroomsThanInAll { minutes: 600 });
}

#[test]
fn a_design_that_has_everything_needs_no_advice() {
    let profile = profile(&offering(|_| {}), &MECHANISMS);
    assert!(profile.sustained && profile.half_in_classrooms && profile.balanced);
    assert_eq!((profile.classroom_percent, profile.mechanism_count), (50, 2));
    assert_eq!(profile.advice, Vec::<i32>::new());
    let techniques = &profile.mechanism_groups[1];
    assert_eq!((techniques.used.len(), techniques.mechanism_count), (1, 2));
}

#[test]
fn a_one_off_for_pedagogy_is_told_so_and_for_a_process_is_fine() {
    let bare = |discrete_process| {
        offering(|offer| {
            offer.design = Design {
                discrete_process,
                ..Design::default()
            };
            offer.impact_statements.clear();
        })
    };
    let advice = |offering: &Offering| -> Vec<DesignAdvice> { profile(offering, &MECHANISMS).advice().collect() };
    assert_eq!(
        advice(&bare(false)),
        [
            DesignAdvice::OneOffForPedagogy,
            DesignAdvice::LittleTimeInClassrooms,
            DesignAdvice::Alone,
            DesignAdvice::NoSpecialist,
            DesignAdvice::NoFollowUp,
            DesignAdvice::NoEvaluation,
            DesignAdvice::Unbalanced,
            DesignAdvice::NoImpactStatements,
        ]
    );
    assert_eq!(advice(&bare(true)), []);
    let short = offering(|offer| offer.design.weeks = 5);
    assert_eq!(advice(&short), [DesignAdvice::NotSustained]);
}

#[test]
fn an_empty_audience_is_everybody() {
    let audience = Audience {
        role_groups: vec![RoleGroup::Leadership.into()],
        career_stages: vec![],
    };
    assert!(is_for(None, RoleGroup::ClassroomTeacher, CareerStage::Unspecified));
    assert!(is_for(Some(&audience), RoleGroup::Leadership, CareerStage::Unspecified));
    assert!(!is_for(
        Some(&audience),
        RoleGroup::ClassroomTeacher,
        CareerStage::Experienced
    ));
}
