//! What a reader may see of a record: nothing, that it is there, or what was written too.
//!
//! The rules are the access policies; here they are asked in the views' terms.

use api::{
    common::v1::Purpose,
    ids::{PersonId, TrustId},
};
use identity::{Action, Actor, Kind, Record};
use uuid::Uuid;

use crate::{
    compact::Day,
    documents::{Appraisal, FollowUp, Observation},
    views::{Views, school},
};

/// What may be seen of one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// That it is there, with its dates.
    pub(crate) facts: bool,
    /// What was written.
    pub(crate) texts: bool,
}

impl Views {
    pub(crate) fn may_read(&self, actor: &Actor, record: &Record) -> bool {
        self.gate.access().check(actor, Action::Read, record).permitted
    }

    /// What may be seen of a follow-up. On which day it is asked decides whether its promotion holds.
    pub(crate) fn sight_of_follow_up(&self, actor: &Actor, follow_up: &FollowUp, on: Day) -> Sight {
        let record = |kind| follow_up_record(kind, follow_up, on);
        Sight {
            facts: self.may_read(actor, &record(Kind::Thread)),
            texts: self.may_read(actor, &record(Kind::FollowUp)),
        }
    }

    /// What may be seen of an observation. Notes are the observee's once feedback was shared.
    pub(crate) fn sight_of_observation(&self, actor: &Actor, observation: &Observation) -> Sight {
        let record = |kind| {
            let record = Record::new(kind, TrustId(observation.trust().unwrap_or_default()))
                .at(school(observation.urn))
                .observed_by(observation.observers().map(PersonId))
                .purpose(Purpose::try_from(observation.purpose).unwrap_or_default())
                .shared(observation.feedback_on.is_some());
            about(record, observation.observee())
        };
        Sight {
            facts: self.may_read(actor, &record(Kind::Observation)),
            texts: self.may_read(actor, &record(Kind::ObservationNotes)),
        }
    }

    /// What may be seen of an appraisal.
    pub(crate) fn sight_of_appraisal(&self, actor: &Actor, appraisal: &Appraisal) -> Sight {
        let record = |kind| appraisal_record(kind, appraisal);
        Sight {
            facts: self.may_read(actor, &record(Kind::AppraisalOutcome)),
            texts: self.may_read(actor, &record(Kind::Appraisal)),
        }
    }

    /// Whether a reader may know what somebody's appraisals made of their threads.
    pub(crate) fn sees_appraisals_of(&self, actor: &Actor, follow_up: &FollowUp) -> bool {
        let record = Record::new(Kind::AppraisalOutcome, TrustId(follow_up.trust().unwrap_or_default()));
        self.may_read(actor, &about(record.at(school(follow_up.urn)), follow_up.person()))
    }
}

impl Views {
    /// Whether somebody reads a thread for its person's appraisal alone: they would not see it otherwise.
    pub(crate) fn reads_for_appraisal(&self, actor: &Actor, follow_up: &FollowUp, on: Day) -> bool {
        let private = follow_up_record(Kind::Thread, follow_up, on)
            .purpose(Purpose::Developmental)
            .promoted(false);
        !self.may_read(actor, &private)
    }

    /// Whether somebody may know when a follow-up's person was coached, and on what.
    pub(crate) fn sees_coaching_of(&self, actor: &Actor, follow_up: &FollowUp) -> bool {
        let record = Record::new(Kind::CoachingActivity, TrustId(follow_up.trust().unwrap_or_default()));
        self.may_read(actor, &about(record.at(school(follow_up.urn)), follow_up.person()))
    }
}

/// A follow-up, or its thread, as access to it depends on it.
pub(crate) fn follow_up_record(kind: Kind, follow_up: &FollowUp, on: Day) -> Record {
    let record = Record::new(kind, TrustId(follow_up.trust().unwrap_or_default()))
        .at(school(follow_up.urn))
        .supported_by(follow_up.owner().map(PersonId))
        .purpose(Purpose::try_from(follow_up.purpose).unwrap_or_default())
        .promoted(follow_up.promoted_on(on));
    about(record, follow_up.person())
}

/// An appraisal, its outcome or its briefing, as access to it depends on it.
pub(crate) fn appraisal_record(kind: Kind, appraisal: &Appraisal) -> Record {
    let record = Record::new(kind, TrustId(appraisal.trust().unwrap_or_default()))
        .at(school(appraisal.urn))
        .appraised_by(appraisal.appraiser().map(PersonId))
        .purpose(Purpose::Appraisal);
    about(record, appraisal.person())
}

fn about(record: Record, person: Option<Uuid>) -> Record {
    match person {
        Some(person) => record.about(PersonId(person)),
        None => record,
    }
}
