//! What each request asks a learning record to do.

use api::{
    catalogue::v1::{
        ClaimExternalLearningRequest, IssueCertificateRequest, LinkDevelopmentRequest, RecordMandatoryTrainingRequest,
        RejectExternalLearningRequest, VerifyExternalLearningRequest,
    },
    common::v1::Purpose,
    ids::{CertificateId, ClaimId, CreditId, FollowUpId, ObjectiveId, PersonId},
};
use identity::roster::Person;
use reference::Set;
use service::{Call, Error, Plan, Violations, parse::SHORT_TEXT};
use uuid::Uuid;

use crate::{
    grpc::{Edge, LINKS, REASON, activities::renewal_months, codes, free_text, unknown},
    learning_record::{ClaimLearning, Command, LearningRecord, Link, RecordMandatory, id_of},
    session::Booker,
};

const EVIDENCE: usize = 5_000;
/// A masters degree fits.
const MINUTES: i32 = 200_000;
const COST_PENCE: i64 = 10_000_000;

pub(super) async fn claim(edge: &Edge, call: &Call<ClaimExternalLearningRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("claim_id", &message.claim_id),
        violations.text("title", &message.title, SHORT_TEXT),
        free_text(&mut violations, "provider", &message.provider, SHORT_TEXT),
        free_text(&mut violations, "evidence", &message.evidence, EVIDENCE),
        violations.choice("kind", message.kind),
        violations.date("on", &message.on),
        violations.number("minutes", message.minutes, 1..=MINUTES),
        violations.number("cost_pence", message.cost_pence, 0..=COST_PENCE),
        codes(&mut violations, "focus_areas", &message.focus_areas),
        violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, LINKS),
        violations.ids::<ObjectiveId>("objective_ids", &message.objective_ids, LINKS),
    );
    let (id, title, provider, evidence, kind, on, minutes, cost_pence, focus_areas, follow_ups, objectives) =
        violations.all(parts)?;
    let person_id = Edge::meant("person_id", None, &call.actor)?;
    let person = known(edge, person_id).await?;
    edge.index.check_links(person_id, &follow_ups, &objectives).await?;
    let post = person.main_post(on).or(person.main_post(call.today()));
    let claim = ClaimLearning {
        id: id.unwrap_or_else(|| ClaimId(Uuid::now_v7())),
        trust: person.trust,
        claimant: Booker {
            person: person_id,
            urn: post.and_then(|post| post.school),
            role_group: post.map(|post| post.role_group).unwrap_or_default(),
            career_stage: person.career_stage,
            follow_ups,
            objectives,
            purpose: Purpose::Developmental,
        },
        title,
        provider,
        evidence,
        kind,
        on,
        minutes,
        cost_pence,
        focus_areas,
    };
    Ok(Plan::of::<LearningRecord>(id_of(person_id), Command::Claim(claim)))
}

pub(super) async fn verify(edge: &Edge, call: &Call<VerifyExternalLearningRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PersonId>("person_id", &message.person_id),
        violations.id::<ClaimId>("claim_id", &message.claim_id),
        violations.number("minutes", message.minutes, 0..=MINUTES),
    );
    let (person, claim, minutes) = violations.all(parts)?;
    let verify = Command::Verify {
        claim,
        school: known(edge, person).await?.school_on(call.today()),
        minutes: (minutes > 0).then_some(minutes),
    };
    Ok(Plan::of::<LearningRecord>(id_of(person), verify))
}

pub(super) async fn reject(edge: &Edge, call: &Call<RejectExternalLearningRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PersonId>("person_id", &message.person_id),
        violations.id::<ClaimId>("claim_id", &message.claim_id),
        violations.text("reason", &message.reason, REASON),
    );
    let (person, claim, reason) = violations.all(parts)?;
    let reject = Command::Reject {
        claim,
        school: known(edge, person).await?.school_on(call.today()),
        reason,
    };
    Ok(Plan::of::<LearningRecord>(id_of(person), reject))
}

pub(super) async fn issue_certificate(edge: &Edge, call: &Call<IssueCertificateRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PersonId>("person_id", &message.person_id),
        violations.optional_id("certificate_id", &message.certificate_id),
        violations.id::<CreditId>("credit_id", &message.credit_id),
        violations.optional_date("on", &message.on),
        violations.optional_date("expires_on", &message.expires_on),
    );
    let (person, id, credit, on, expires_on) = violations.all(parts)?;
    let issue = Command::IssueCertificate {
        id: id.unwrap_or_else(|| CertificateId(Uuid::now_v7())),
        school: known(edge, person).await?.school_on(call.today()),
        credit,
        on: on.unwrap_or(call.today()),
        expires_on,
    };
    Ok(Plan::of::<LearningRecord>(id_of(person), issue))
}

pub(super) async fn record_mandatory(edge: &Edge, call: &Call<RecordMandatoryTrainingRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let items = edge.roster().read().reference().edition(Set::MandatoryTraining);
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PersonId>("person_id", &message.person_id),
        violations.code("item", &message.item, &items),
        violations.date("on", &message.on),
        violations.optional_date("expires_on", &message.expires_on),
    );
    let (person_id, item, on, expires_on) = violations.all(parts)?;
    let person = known(edge, person_id).await?;
    let record = RecordMandatory {
        person: person_id,
        trust: person.trust,
        school: person.school_on(call.today()),
        renewal_months: renewal_months(items.item(&item)),
        item,
        on,
        expires_on,
    };
    Ok(Plan::of::<LearningRecord>(
        id_of(person_id),
        Command::RecordMandatory(record),
    ))
}

pub(super) async fn link(edge: &Edge, call: &Call<LinkDevelopmentRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        violations.id::<CreditId>("credit_id", &message.credit_id),
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
    );
    let (person, credit, follow_up) = violations.all(parts)?;
    let person = Edge::meant("person_id", person, &call.actor)?;
    let known = edge.index.follow_up(follow_up).await?;
    let Some(known) = known.filter(|known| known.person == person) else {
        return Err(Error::invalid("follow_up_id", "is no follow-up of this person's"));
    };
    let link = Link {
        credit,
        follow_up,
        owner: known.owner,
        agreed_on: known.agreed_on,
    };
    Ok(Plan::of::<LearningRecord>(id_of(person), Command::Link(link)))
}

async fn known(edge: &Edge, person: PersonId) -> Result<Person, Error> {
    let known = edge.roster().person(person).await;
    known.map_err(|error| unknown("person_id", error))
}
