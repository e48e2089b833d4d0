//! One test for each rule.

use api::common::v1::{CareerStage, RoleGroup};
use estate::{CPD_LEAD, OBSERVER, SCHOOL, SECOND, TEACHER, TRUST, acting, day, reacting, urn};
use testkit::given;

use super::*;

const BOOKING: BookingId = BookingId(Uuid::from_u128(40));
const CLAIM: ClaimId = ClaimId(Uuid::from_u128(41));
const CERTIFICATE: CertificateId = CertificateId(Uuid::from_u128(42));
const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(43));

fn hours(minutes: i32) -> HoursCredited {
    HoursCredited {
        credit_id: credit_of_booking(BOOKING).to_string(),
        person_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        on: "2025-10-10".into(),
        minutes,
        purpose: Purpose::Developmental.into(),
        ..Default::default()
    }
}

fn credited() -> LearningRecordEvent {
    hours(60).into()
}

fn credit(minutes: i32) -> Command {
    Command::Credit(Credited {
        hours: hours(minutes),
        mandatory: None,
    })
}

fn prevent(minutes: i32) -> Command {
    Command::Credit(Credited {
        hours: hours(minutes),
        mandatory: Some(MandatoryRule {
            item: "prevent".into(),
            renewal_months: 24,
        }),
    })
}

fn completed(expires_on: &str, credit_id: String) -> LearningRecordEvent {
    MandatoryCompleted {
        item: "prevent".into(),
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        on: "2025-10-10".into(),
        expires_on: expires_on.into(),
        credit_id,
        purpose: Purpose::Statutory.into(),
    }
    .into()
}

fn corrected(minutes: i32) -> LearningRecordEvent {
    HoursCorrected {
        credit_id: credit_of_booking(BOOKING).to_string(),
        person_id: TEACHER.to_string(),
        minutes,
    }
    .into()
}

fn claim() -> ClaimLearning {
    ClaimLearning {
        id: CLAIM,
        trust: TRUST,
        claimant: Booker {
            person: TEACHER,
            urn: Some(urn(SCHOOL)),
            role_group: RoleGroup::ClassroomTeacher,
            career_stage: CareerStage::Experienced,
            follow_ups: vec![FOLLOW_UP],
            objectives: vec![],
            purpose: Purpose::Developmental,
        },
        title: "A conference".into(),
        provider: String::new(),
        evidence: String::new(),
        kind: ActivityKind::Conference,
        on: day("2025-10-10"),
        minutes: 300,
        cost_pence: 0,
        focus_areas: vec!["questioning".into()],
    }
}

fn claimed() -> LearningRecordEvent {
    ExternalLearningClaimed {
        claim_id: CLAIM.to_string(),
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        career_stage: CareerStage::Experienced.into(),
        title: Some(Sealed::about(TEACHER, "A conference")),
        provider: None,
        evidence: None,
        kind: ActivityKind::Conference.into(),
        on: "2025-10-10".into(),
        minutes: 300,
        cost_pence: 0,
        focus_areas: vec!["questioning".into()],
        follow_up_ids: vec![FOLLOW_UP.to_string()],
        objective_ids: vec![],
        purpose: Purpose::Developmental.into(),
    }
    .into()
}

fn verify(minutes: Option<i32>) -> Command {
    Command::Verify {
        claim: CLAIM,
        school: Some(urn(SCHOOL)),
        minutes,
    }
}

fn reject() -> Command {
    Command::Reject {
        claim: CLAIM,
        school: Some(urn(SCHOOL)),
        reason: "no proof".into(),
    }
}

fn rejected() -> LearningRecordEvent {
    ExternalLearningRejected {
        claim_id: CLAIM.to_string(),
        person_id: TEACHER.to_string(),
        reason: Some(Sealed::about(TEACHER, "no proof")),
        rejected_by_id: CPD_LEAD.to_string(),
        on: "2025-10-13".into(),
    }
    .into()
}

fn lead() -> Context {
    acting(CPD_LEAD, "2025-10-13")
}

fn service() -> Context {
    reacting("catalogue", "2025-10-13")
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = LearningRecordEvent>, context: Context, command: Command, why: Rejection) {
    given::<LearningRecord>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn accepts(
    history: impl IntoIterator<Item = LearningRecordEvent>,
    context: Context,
    command: Command,
    expected: impl IntoIterator<Item = LearningRecordEvent>,
) {
    given::<LearningRecord>(history)
        .under(context)
        .when(command)
        .then(expected);
}

#[test]
fn hours_are_credited_once_for_each_booking() {
    accepts([], service(), credit(60), [credited()]);
    accepts([credited()], service(), credit(60), []);
    accepts([], service(), credit(0), []);
}

#[test]
fn a_corrected_register_corrects_the_hours() {
    accepts([credited()], service(), credit(45), [corrected(45)]);
    accepts([credited()], service(), credit(0), [corrected(0)]);
    accepts([credited(), corrected(0)], service(), credit(60), [corrected(60)]);
}

#[test]
fn mandatory_training_is_completed_with_its_hours_and_taken_back_with_them() {
    let id = credit_of_booking(BOOKING).to_string();
    let completed = completed("2027-10-09", id);
    accepts([], service(), prevent(60), [credited(), completed.clone()]);
    given::<LearningRecord>([credited(), completed])
        .under(service())
        .when(prevent(0))
        .then([corrected(0)])
        .and_state(|record| assert_eq!(record.standing("prevent"), None));
}

#[test]
fn mandatory_training_done_elsewhere_is_recorded_by_somebody_else() {
    let record = |on: &str, expires_on: Option<&str>| {
        Command::RecordMandatory(RecordMandatory {
            person: TEACHER,
            trust: TRUST,
            school: Some(urn(SCHOOL)),
            item: "prevent".into(),
            on: day(on),
            expires_on: expires_on.map(day),
            renewal_months: 24,
        })
    };
    let done = completed("2027-10-09", String::new());
    accepts([], lead(), record("2025-10-10", None), [done.clone()]);
    accepts(
        [],
        lead(),
        record("2025-10-10", Some("2026-08-31")),
        [completed("2026-08-31", String::new())],
    );
    refuses(
        [],
        acting(TEACHER, "2025-10-13"),
        record("2025-10-10", None),
        Rejection::ByOneself,
    );
    let today = day("2025-10-13");
    refuses([], lead(), record("2025-10-14", None), Rejection::InTheFuture { today });
    let on = day("2025-10-10");
    refuses(
        [],
        lead(),
        record("2025-10-10", Some("2025-10-10")),
        Rejection::ExpiresBefore { on },
    );
    refuses(
        [done],
        lead(),
        record("2025-10-10", None),
        Rejection::CompletedAlready { on },
    );
}

#[test]
fn the_completion_that_holds_longest_counts() {
    let mut record = LearningRecord::default();
    record.follow(&completed("2027-10-09", String::new()));
    record.follow(&completed("2026-08-31", String::new()));
    let standing = record.standing("prevent").unwrap();
    assert_eq!(standing.expires_on, Some(day("2027-10-09")));
}

#[test]
fn learning_elsewhere_is_claimed_by_its_person_when_it_is_over() {
    let person = || acting(TEACHER, "2025-10-11");
    accepts([], person(), Command::Claim(claim()), [claimed()]);
    refuses([], lead(), Command::Claim(claim()), Rejection::ClaimIsThePersons);
    refuses(
        [claimed()],
        person(),
        Command::Claim(claim()),
        Rejection::ClaimedAlready,
    );
    let today = day("2025-10-09");
    refuses(
        [],
        acting(TEACHER, "2025-10-09"),
        Command::Claim(claim()),
        Rejection::InTheFuture { today },
    );
}

#[test]
fn a_verified_claim_credits_its_hours() {
    given::<LearningRecord>([claimed()])
        .under(lead())
        .when(verify(Some(240)))
        .then_events(|events| assert_eq!(events.len(), 2))
        .and_state(|record| {
            let credit = &record.credits[0];
            assert_eq!((credit.id, credit.minutes), (credit_of_claim(CLAIM), 240));
            assert_eq!(credit.credited.follow_up_ids, [FOLLOW_UP.to_string()]);
            assert_eq!(record.claims[0].standing, ClaimStanding::Verified);
        });
}

#[test]
fn a_claim_is_settled_once_and_never_by_its_person() {
    accepts([claimed()], lead(), reject(), [rejected()]);
    let person = || acting(TEACHER, "2025-10-13");
    refuses([claimed()], person(), verify(None), Rejection::ByOneself);
    refuses([claimed()], person(), reject(), Rejection::ByOneself);
    refuses(
        [claimed(), rejected()],
        lead(),
        verify(None),
        Rejection::RejectedAlready,
    );
    let verified: LearningRecordEvent = ExternalLearningVerified {
        claim_id: CLAIM.to_string(),
        minutes: 300,
        ..Default::default()
    }
    .into();
    refuses([claimed(), verified], lead(), verify(None), Rejection::VerifiedAlready);
    refuses([credited()], lead(), verify(None), Rejection::NoSuchClaim);
    refuses(
        [claimed()],
        lead(),
        verify(Some(301)),
        Rejection::MoreThanClaimed { minutes: 300 },
    );
}

fn certify(on: &str, expires_on: Option<&str>) -> Command {
    Command::IssueCertificate {
        id: CERTIFICATE,
        school: Some(urn(SCHOOL)),
        credit: credit_of_booking(BOOKING),
        on: day(on),
        expires_on: expires_on.map(day),
    }
}

#[test]
fn a_certificate_is_issued_once_for_hours_that_were_credited() {
    let issued: LearningRecordEvent = CertificateIssued {
        certificate_id: CERTIFICATE.to_string(),
        credit_id: credit_of_booking(BOOKING).to_string(),
        person_id: TEACHER.to_string(),
        activity_id: String::new(),
        on: "2025-10-13".into(),
        expires_on: String::new(),
        issued_by_id: CPD_LEAD.to_string(),
    }
    .into();
    accepts([credited()], lead(), certify("2025-10-13", None), [issued.clone()]);
    refuses(
        [credited(), issued],
        lead(),
        certify("2025-10-13", None),
        Rejection::CertifiedAlready,
    );
    refuses(
        [claimed()],
        lead(),
        certify("2025-10-13", None),
        Rejection::NoSuchCredit,
    );
    refuses(
        [credited(), corrected(0)],
        lead(),
        certify("2025-10-13", None),
        Rejection::NoSuchCredit,
    );
    let person = acting(TEACHER, "2025-10-13");
    refuses([credited()], person, certify("2025-10-13", None), Rejection::ByOneself);
    let on = day("2025-10-10");
    refuses(
        [credited()],
        lead(),
        certify("2025-10-09", None),
        Rejection::CertifiedBeforeLearned { on },
    );
    let on = day("2025-10-13");
    refuses(
        [credited()],
        lead(),
        certify("2025-10-13", Some("2025-10-13")),
        Rejection::ExpiresBefore { on },
    );
}

#[test]
fn a_likely_link_is_confirmed_by_those_whom_it_concerns() {
    let link = |agreed_on: &str| {
        Command::Link(Link {
            credit: credit_of_booking(BOOKING),
            follow_up: FOLLOW_UP,
            owner: Some(OBSERVER),
            agreed_on: day(agreed_on),
        })
    };
    let linked = |by: PersonId| -> LearningRecordEvent {
        DevelopmentLinked {
            credit_id: credit_of_booking(BOOKING).to_string(),
            follow_up_id: FOLLOW_UP.to_string(),
            person_id: TEACHER.to_string(),
            linked_by_id: by.to_string(),
            on: "2025-10-13".into(),
        }
        .into()
    };
    for who in [TEACHER, OBSERVER] {
        accepts(
            [credited()],
            acting(who, "2025-10-13"),
            link("2025-10-01"),
            [linked(who)],
        );
    }
    let person = || acting(TEACHER, "2025-10-13");
    refuses(
        [credited()],
        acting(SECOND, "2025-10-13"),
        link("2025-10-01"),
        Rejection::LinkIsTheirs,
    );
    refuses(
        [credited(), linked(TEACHER)],
        person(),
        link("2025-10-01"),
        Rejection::LinkedAlready,
    );
    let stated: LearningRecordEvent = HoursCredited {
        follow_up_ids: vec![FOLLOW_UP.to_string()],
        ..hours(60)
    }
    .into();
    refuses([stated], person(), link("2025-10-01"), Rejection::LinkedAlready);
    refuses([claimed()], person(), link("2025-10-01"), Rejection::NoSuchCredit);
    let agreed_on = day("2025-10-11");
    refuses(
        [credited()],
        person(),
        link("2025-10-11"),
        Rejection::LearnedBeforeAgreed { agreed_on },
    );
}
