//! Typed identifiers. Most are UUIDs; a school is known by its unique reference number (URN).

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("`{0}` is not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
    NotUuid(String),
    #[error("`{0}` is not a URN: six digits such as 136789")]
    NotUrn(String),
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::try_parse(text).map(Self).map_err(|_| Error::NotUuid(text.to_owned()))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }
    )*};
}

uuid_ids! {
    /// A trust: the tenant.
    TrustId,
    /// A network of schools of several trusts.
    NetworkId,
    /// A member of the workforce.
    PersonId,
    /// A post that a person holds.
    EmploymentId,
    /// A vocabulary of practice.
    FrameworkId,
    /// A set of reference data.
    ReferenceSetId,
    /// A structured look at practice.
    ObservationId,
    /// What was agreed after an observation.
    FollowUpId,
    /// Support that the school promised in a follow-up.
    PromiseId,
    /// A short team tour on a theme.
    LearningWalkId,
    /// A visit to a place on a learning walk.
    VisitId,
    /// A recording or document that is kept elsewhere.
    MediaId,
    /// A need for development.
    NeedId,
    /// An annual appraisal cycle of a population.
    CycleId,
    /// One person's appraisal in one cycle.
    AppraisalId,
    /// An objective of an appraisal.
    ObjectiveId,
    /// An improvement priority.
    PriorityId,
    /// An activity of the catalogue.
    ActivityId,
    /// Three years of priorities, side by side.
    AlignmentPlanId,
    /// Development that was ordered.
    CommissionId,
    /// An entry of the expertise register.
    ExpertiseId,
    /// Somebody's request for an expert's help.
    ExpertiseAskId,
    /// What a school offers to a network.
    NetworkOfferId,
    /// A recommended sequence of development.
    PathwayId,
    /// A person's own comparison with a framework or pathway.
    SelfReviewId,
    /// A school's time for development in a year.
    TimeBudgetId,
    /// A slot of a time budget.
    TimeSlotId,
    /// Support that a follow-up promised.
    SupportAskId,
    /// Somebody from whom development can be had.
    ProviderId,
    /// A quality assurance review of a provider.
    ProviderReviewId,
    /// Two people who work together: mentoring, specialist or peer coaching.
    PartnershipId,
    /// A meeting of a partnership.
    CoachingSessionId,
    /// A group that enquires into its own practice.
    EnquiryId,
    /// Coaching that a school promised, to be seen to.
    CoachingAskId,
    /// A plan of how impact will be known.
    EvaluationId,
    /// Something measured at one point.
    MeasureId,
    /// What one participant is asked about one activity.
    FeedbackId,
    /// One time that staff are asked about the principles.
    WaveId,
    /// A survey of needs or impact.
    SurveyId,
    /// Something that a school or trust watches.
    MetricId,
    /// Money spent on an activity.
    CostId,
    /// One dated occurrence of an activity.
    SessionId,
    /// Somebody's place on a session.
    BookingId,
    /// Time that somebody spent developing.
    CreditId,
    /// External learning that somebody claims.
    ClaimId,
    /// A certificate for what somebody learned.
    CertificateId,
}

/// A school's unique reference number: six digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(u32);

impl Urn {
    /// The number itself, from 100000 to 999999.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The identifier of the school's stream, and of its key.
    pub fn stream_id(self) -> Uuid {
        derived("school", &self.to_string())
    }
}

impl TryFrom<i64> for Urn {
    type Error = Error;

    fn try_from(number: i64) -> Result<Self, Error> {
        u32::try_from(number)
            .ok()
            .filter(|number| (100_000..=999_999).contains(number))
            .map(Self)
            .ok_or_else(|| Error::NotUrn(number.to_string()))
    }
}

impl FromStr for Urn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if digits {
            text.parse().map(Self).map_err(|_| Error::NotUrn(text.to_owned()))
        } else {
            Err(Error::NotUrn(text.to_owned()))
        }
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl From<Urn> for String {
    fn from(urn: Urn) -> Self {
        urn.to_string()
    }
}

impl From<Urn> for i64 {
    fn from(urn: Urn) -> Self {
        i64::from(urn.0)
    }
}

/// An identifier that follows from what it names, so that naming the same thing twice gives the same identifier.
pub fn derived(what: &str, name: &str) -> Uuid {
    /// Chosen once, at random; never to be changed.
    const NAME_SPACE: Uuid = Uuid::from_u128(0x6d5b_3f0e_9c51_5a6e_8f43_21a4_7c3e_90b1);
    Uuid::new_v5(&NAME_SPACE, format!("{what}:{name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urn_is_six_digits() {
        assert_eq!("136789".parse::<Urn>().map(Urn::number), Ok(136_789));
        for wrong in ["13678", "1367890", "13678x", "", "013678"] {
            assert_eq!(wrong.parse::<Urn>(), Err(Error::NotUrn(wrong.into())));
        }
    }

    #[test]
    fn a_derived_identifier_is_the_same_every_time() {
        assert_eq!(derived("school", "136789"), derived("school", "136789"));
        assert_ne!(derived("school", "136789"), derived("trust", "136789"));
    }
}
