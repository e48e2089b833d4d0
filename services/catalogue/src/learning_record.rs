//! A learning record: what one person has learned, wherever they work.
//!
//! attendance ──► hours credited, once for each booking ──► corrected, when the register is
//! claimed ──► verified, with its hours credited | rejected
//! hours credited ──► certificate issued
//!                └─► linked to a follow-up, where the link was not stated before
//! mandatory training completed: with its hours, or recorded by itself ──► again, before it expires
//!
//! Its identifier follows from the person's, so it goes with them from school to school.

mod rejection;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use api::{
    catalogue::v1::{
        ActivityKind, CertificateIssued, DevelopmentLinked, ExternalLearningClaimed, ExternalLearningRejected,
        ExternalLearningVerified, HoursCorrected, HoursCredited, LearningRecordEvent, MandatoryCompleted,
        MandatoryRule, ProviderKind,
    },
    common::v1::{Purpose, Sealed},
    ids::{BookingId, CertificateId, ClaimId, CreditId, FollowUpId, PersonId, SessionId, TrustId, Urn, derived},
};
use chrono::{Months, NaiveDate};
use eventstore::Aggregate;
use identity::Context;
use service::recorded;
use uuid::Uuid;

pub use self::rejection::Rejection;
use crate::session::{Booker, Booking, Session};

/// The record of a person.
pub fn id_of(person: PersonId) -> Uuid {
    derived("learning_record", &person.to_string())
}

/// The credit for a booking: always the same.
pub fn credit_of_booking(booking: BookingId) -> CreditId {
    CreditId(derived("credit", &format!("booking:{booking}")))
}

/// The credit for a claim: always the same.
pub fn credit_of_claim(claim: ClaimId) -> CreditId {
    CreditId(derived("credit", &format!("claim:{claim}")))
}

/// What somebody has learned so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningRecord {
    /// Whose; absent before anything was recorded.
    pub person: Option<PersonId>,
    pub trust: TrustId,
    /// By when they were credited.
    pub credits: Vec<Credit>,
    /// By when they were claimed.
    pub claims: Vec<Claim>,
    pub certificates: Vec<CertificateIssued>,
    /// Every completion that holds, by item.
    pub mandatory: BTreeMap<String, Vec<Completion>>,
}

/// Time spent developing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credit {
    pub id: CreditId,
    pub on: NaiveDate,
    /// As corrected; 0 if they did not come after all.
    pub minutes: i32,
    pub credited: HoursCredited,
    /// Links that were confirmed later.
    pub confirmed: Vec<FollowUpId>,
}

/// External learning that is claimed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    pub id: ClaimId,
    pub on: NaiveDate,
    /// As verified, once it was.
    pub minutes: i32,
    pub claimed: ExternalLearningClaimed,
    pub standing: ClaimStanding,
    /// Why it was rejected.
    pub reason: Option<Sealed>,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimStanding {
    #[default]
    Claimed,
    Verified,
    Rejected,
}

/// A completion of mandatory training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    pub on: NaiveDate,
    /// Last day on which it holds; absent if it never expires.
    pub expires_on: Option<NaiveDate>,
    /// The credit that it came with.
    pub credit: Option<CreditId>,
}

/// What can be asked of a learning record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody came, or did not after all. Nothing happens if it is known.
    Credit(Credited),
    Claim(ClaimLearning),
    Verify {
        claim: ClaimId,
        /// Where its person works now; absent for the central team.
        school: Option<Urn>,
        /// Absent for as claimed.
        minutes: Option<i32>,
    },
    Reject {
        claim: ClaimId,
        school: Option<Urn>,
        reason: String,
    },
    IssueCertificate {
        id: CertificateId,
        school: Option<Urn>,
        credit: CreditId,
        on: NaiveDate,
        expires_on: Option<NaiveDate>,
    },
    RecordMandatory(RecordMandatory),
    Link(Link),
}

/// What attendance is worth.
#[derive(Clone, Debug)]
pub struct Credited {
    /// With 0 minutes if they did not come.
    pub hours: HoursCredited,
    /// What it settles, for mandatory training.
    pub mandatory: Option<MandatoryRule>,
}

/// Says that one learned elsewhere.
#[derive(Clone, Debug)]
pub struct ClaimLearning {
    pub id: ClaimId,
    pub trust: TrustId,
    pub claimant: Booker,
    pub title: String,
    pub provider: String,
    pub evidence: String,
    pub kind: ActivityKind,
    pub on: NaiveDate,
    pub minutes: i32,
    pub cost_pence: i64,
    pub focus_areas: Vec<String>,
}

/// Records a completion by itself.
#[derive(Clone, Debug)]
pub struct RecordMandatory {
    pub person: PersonId,
    pub trust: TrustId,
    /// Where they work now; absent for the central team.
    pub school: Option<Urn>,
    pub item: String,
    pub on: NaiveDate,
    /// Absent for what the item says.
    pub expires_on: Option<NaiveDate>,
    /// Months after which the item is due again; 0 if it never expires.
    pub renewal_months: i32,
}

/// Confirms a likely link.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub credit: CreditId,
    pub follow_up: FollowUpId,
    /// Who owes the support of the follow-up.
    pub owner: Option<PersonId>,
    pub agreed_on: NaiveDate,
}

impl Aggregate for LearningRecord {
    type Event = LearningRecordEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<LearningRecordEvent>, Rejection> {
        match command {
            Command::Credit(credited) => Ok(self.credit(credited)),
            Command::Claim(claim) => self.claim(claim, context),
            Command::Verify { claim, minutes, .. } => self.verify(claim, minutes, context),
            Command::Reject { claim, reason, .. } => self.reject(claim, reason, context),
            Command::IssueCertificate {
                id,
                credit,
                on,
                expires_on,
                ..
            } => self.issue_certificate(id, credit, on, expires_on, context),
            Command::RecordMandatory(record) => self.record_mandatory(record, context),
            Command::Link(link) => self.link(link, context),
        }
    }

    fn evolve(&mut self, event: &LearningRecordEvent) {
        self.follow(event);
    }
}

impl LearningRecord {
    /// The register is right: what it says now is what is credited, and never a second time.
    fn credit(&self, credited: Credited) -> Vec<LearningRecordEvent> {
        let Credited { hours, mandatory } = credited;
        let id = recorded::id::<CreditId>(&hours.credit_id);
        let known = self.credit_by(id);
        if known.map_or(0, |credit| credit.minutes) == hours.minutes {
            return Vec::new();
        }
        let completed = mandatory.filter(|_| known.is_none_or(|credit| credit.minutes == 0) && hours.minutes > 0);
        let completed = completed.map(|rule| completion_with(&hours, &rule));
        let event = match known {
            None => hours.into(),
            Some(_) => HoursCorrected {
                credit_id: hours.credit_id,
                person_id: hours.person_id,
                minutes: hours.minutes,
            }
            .into(),
        };
        [event].into_iter().chain(completed.map(Into::into)).collect()
    }

    fn claim(&self, claim: ClaimLearning, context: &Context) -> Result<Vec<LearningRecordEvent>, Rejection> {
        if !context.actor.is(claim.claimant.person) {
            return Err(Rejection::ClaimIsThePersons);
        }
        if self.claims.iter().any(|known| known.id == claim.id) {
            return Err(Rejection::ClaimedAlready);
        }
        not_in_the_future(claim.on, context)?;
        let person = claim.claimant.person;
        let sealed = |text: String| (!text.is_empty()).then(|| Sealed::about(person, text));
        let claimed = ExternalLearningClaimed {
            claim_id: claim.id.to_string(),
            person_id: person.to_string(),
            trust_id: claim.trust.to_string(),
            urn: recorded::text_of(claim.claimant.urn),
            role_group: claim.claimant.role_group.into(),
            career_stage: claim.claimant.career_stage.into(),
            title: sealed(claim.title),
            provider: sealed(claim.provider),
            evidence: sealed(claim.evidence),
            kind: claim.kind.into(),
            on: claim.on.to_string(),
            minutes: claim.minutes,
            cost_pence: claim.cost_pence,
            focus_areas: claim.focus_areas,
            follow_up_ids: recorded::texts(&claim.claimant.follow_ups),
            objective_ids: recorded::texts(&claim.claimant.objectives),
            purpose: claim.claimant.purpose.into(),
        };
        Ok(vec![claimed.into()])
    }

    /// Its hours are credited in the same decision.
    fn verify(
        &self,
        id: ClaimId,
        minutes: Option<i32>,
        context: &Context,
    ) -> Result<Vec<LearningRecordEvent>, Rejection> {
        let claim = self.must_wait(id)?;
        let verifier = self.must_be_somebody_else(context)?;
        let minutes = minutes.unwrap_or(claim.minutes);
        if minutes > claim.minutes {
            return Err(Rejection::MoreThanClaimed { minutes: claim.minutes });
        }
        let verified = ExternalLearningVerified {
            claim_id: id.to_string(),
            person_id: claim.claimed.person_id.clone(),
            minutes,
            verified_by_id: verifier.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![verified.into(), hours_of_claim(claim, minutes).into()])
    }

    fn reject(&self, id: ClaimId, reason: String, context: &Context) -> Result<Vec<LearningRecordEvent>, Rejection> {
        let claim = self.must_wait(id)?;
        let rejecter = self.must_be_somebody_else(context)?;
        let person = recorded::id::<PersonId>(&claim.claimed.person_id);
        let rejected = ExternalLearningRejected {
            claim_id: id.to_string(),
            person_id: person.to_string(),
            reason: Some(Sealed::about(person, reason)),
            rejected_by_id: rejecter.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![rejected.into()])
    }

    fn issue_certificate(
        &self,
        id: CertificateId,
        credit: CreditId,
        on: NaiveDate,
        expires_on: Option<NaiveDate>,
        context: &Context,
    ) -> Result<Vec<LearningRecordEvent>, Rejection> {
        let credited = self.must_be_credited(credit)?;
        let issuer = self.must_be_somebody_else(context)?;
        let credit_id = credit.to_string();
        if self.certificates.iter().any(|issued| issued.credit_id == credit_id) {
            return Err(Rejection::CertifiedAlready);
        }
        not_in_the_future(on, context)?;
        if on < credited.on {
            return Err(Rejection::CertifiedBeforeLearned { on: credited.on });
        }
        if expires_on.is_some_and(|expires_on| expires_on <= on) {
            return Err(Rejection::ExpiresBefore { on });
        }
        let issued = CertificateIssued {
            certificate_id: id.to_string(),
            credit_id,
            person_id: credited.credited.person_id.clone(),
            activity_id: credited.credited.activity_id.clone(),
            on: on.to_string(),
            expires_on: recorded::text_of(expires_on),
            issued_by_id: issuer.to_string(),
        };
        Ok(vec![issued.into()])
    }

    fn record_mandatory(
        &self,
        record: RecordMandatory,
        context: &Context,
    ) -> Result<Vec<LearningRecordEvent>, Rejection> {
        if context.actor.is(record.person) {
            return Err(Rejection::ByOneself);
        }
        not_in_the_future(record.on, context)?;
        let expires_on = record.expires_on.or(expiry(record.on, record.renewal_months));
        if expires_on.is_some_and(|expires_on| expires_on <= record.on) {
            return Err(Rejection::ExpiresBefore { on: record.on });
        }
        let known = self.mandatory.get(&record.item).into_iter().flatten();
        if known
            .into_iter()
            .any(|known| (known.on, known.expires_on) == (record.on, expires_on))
        {
            return Err(Rejection::CompletedAlready { on: record.on });
        }
        let completed = MandatoryCompleted {
            item: record.item,
            person_id: record.person.to_string(),
            trust_id: record.trust.to_string(),
            urn: recorded::text_of(record.school),
            on: record.on.to_string(),
            expires_on: recorded::text_of(expires_on),
            credit_id: String::new(),
            purpose: Purpose::Statutory.into(),
        };
        Ok(vec![completed.into()])
    }

    /// Only what came after the agreement can have come of it.
    fn link(&self, link: Link, context: &Context) -> Result<Vec<LearningRecordEvent>, Rejection> {
        let credit = self.must_be_credited(link.credit)?;
        let actor = context.actor.acting_person();
        let Some(linker) = actor.filter(|actor| self.person == Some(*actor) || link.owner == Some(*actor)) else {
            return Err(Rejection::LinkIsTheirs);
        };
        let id = link.follow_up.to_string();
        if credit.confirmed.contains(&link.follow_up) || credit.credited.follow_up_ids.contains(&id) {
            return Err(Rejection::LinkedAlready);
        }
        if credit.on < link.agreed_on {
            return Err(Rejection::LearnedBeforeAgreed {
                agreed_on: link.agreed_on,
            });
        }
        let linked = DevelopmentLinked {
            credit_id: link.credit.to_string(),
            follow_up_id: id,
            person_id: credit.credited.person_id.clone(),
            linked_by_id: linker.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![linked.into()])
    }

    fn credit_by(&self, id: CreditId) -> Option<&Credit> {
        self.credits.iter().find(|credit| credit.id == id)
    }

    fn must_be_credited(&self, id: CreditId) -> Result<&Credit, Rejection> {
        let credit = self.credit_by(id).filter(|credit| credit.minutes > 0);
        credit.ok_or(Rejection::NoSuchCredit)
    }

    fn must_wait(&self, id: ClaimId) -> Result<&Claim, Rejection> {
        let claim = self.claims.iter().find(|claim| claim.id == id);
        let claim = claim.ok_or(Rejection::NoSuchClaim)?;
        match claim.standing {
            ClaimStanding::Claimed => Ok(claim),
            ClaimStanding::Verified => Err(Rejection::VerifiedAlready),
            ClaimStanding::Rejected => Err(Rejection::RejectedAlready),
        }
    }

    /// Nobody vouches for themselves.
    fn must_be_somebody_else(&self, context: &Context) -> Result<PersonId, Rejection> {
        let actor = context.actor.acting_person();
        actor
            .filter(|actor| self.person != Some(*actor))
            .ok_or(Rejection::ByOneself)
    }

    /// The completion of an item that holds longest.
    pub fn standing(&self, item: &str) -> Option<Completion> {
        let completions = self.mandatory.get(item).into_iter().flatten().copied();
        completions.max_by_key(|completion| (completion.expires_on.unwrap_or(NaiveDate::MAX), completion.on))
    }
}

impl Credited {
    /// What a booking is worth, by the register of its session.
    pub fn of_booking(session_id: SessionId, session: &Session, booking: &Booking) -> Self {
        let offered = &session.offered;
        let booker = &booking.booker;
        let hours = HoursCredited {
            credit_id: credit_of_booking(booking.id).to_string(),
            person_id: booker.person.to_string(),
            urn: recorded::text_of(booker.urn),
            trust_id: offered.trust_id.clone(),
            role_group: booker.role_group.into(),
            career_stage: booker.career_stage.into(),
            activity_id: offered.activity_id.clone(),
            session_id: session_id.to_string(),
            booking_id: booking.id.to_string(),
            claim_id: String::new(),
            kind: offered.kind,
            provider_kind: offered.provider_kind,
            provider_id: offered.provider_id.clone(),
            on: session.on.to_string(),
            minutes: booking.minutes,
            cost_pence: offered.cost_pence,
            focus_areas: offered.focus_areas.clone(),
            follow_up_ids: recorded::texts(&booker.follow_ups),
            objective_ids: recorded::texts(&booker.objectives),
            priority_ids: offered.priority_ids.clone(),
            purpose: booker.purpose.into(),
        };
        Self {
            hours,
            mandatory: offered.mandatory.clone(),
        }
    }
}

fn hours_of_claim(claim: &Claim, minutes: i32) -> HoursCredited {
    let claimed = &claim.claimed;
    HoursCredited {
        credit_id: credit_of_claim(claim.id).to_string(),
        person_id: claimed.person_id.clone(),
        urn: claimed.urn.clone(),
        trust_id: claimed.trust_id.clone(),
        role_group: claimed.role_group,
        career_stage: claimed.career_stage,
        activity_id: String::new(),
        session_id: String::new(),
        booking_id: String::new(),
        claim_id: claimed.claim_id.clone(),
        kind: claimed.kind,
        provider_kind: ProviderKind::External.into(),
        provider_id: String::new(),
        on: claimed.on.clone(),
        minutes,
        cost_pence: claimed.cost_pence,
        focus_areas: claimed.focus_areas.clone(),
        follow_up_ids: claimed.follow_up_ids.clone(),
        objective_ids: claimed.objective_ids.clone(),
        priority_ids: Vec::new(),
        purpose: claimed.purpose,
    }
}

fn completion_with(hours: &HoursCredited, rule: &MandatoryRule) -> MandatoryCompleted {
    MandatoryCompleted {
        item: rule.item.clone(),
        person_id: hours.person_id.clone(),
        trust_id: hours.trust_id.clone(),
        urn: hours.urn.clone(),
        on: hours.on.clone(),
        expires_on: recorded::text_of(expiry(recorded::date(&hours.on), rule.renewal_months)),
        credit_id: hours.credit_id.clone(),
        purpose: Purpose::Statutory.into(),
    }
}

/// The last day on which something holds that is due again after so many months; absent if it never is.
fn expiry(on: NaiveDate, renewal_months: i32) -> Option<NaiveDate> {
    let months = u32::try_from(renewal_months).ok().filter(|months| *months > 0)?;
    on.checked_add_months(Months::new(months))?.pred_opt()
}

fn not_in_the_future(on: NaiveDate, context: &Context) -> Result<(), Rejection> {
    let today = context.today();
    if on > today {
        Err(Rejection::InTheFuture { today })
    } else {
        Ok(())
    }
}
