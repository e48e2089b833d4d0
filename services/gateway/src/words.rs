//! What codes are called on a page: the sector's words, never our identifiers.

mod daily;
pub(crate) mod development;
pub(crate) mod reports;
mod threads;

use std::{collections::HashMap, sync::Arc, time::Duration};

use api::{
    common::v1::{CareerStage, Purpose, RoleGroup, SupportKind},
    directory::v1 as directory,
    projection::v1::{Absence, ObligationKind, Step, StuckReason, ThreadState},
};
use chrono::{DateTime, NaiveDate, Utc};
use client::Clients;
use moka::future::Cache;

use crate::{problem::Fault, visitor::Visitor};

pub(crate) use daily::*;
pub(crate) use threads::*;

/// How long a trust's vocabulary is kept: it changes a few times a year.
const KEPT_FOR: Duration = Duration::from_secs(300);

/// What a trust's codes are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    areas: HashMap<String, directory::FocusArea>,
    /// Every school of the trust, by URN.
    schools: HashMap<String, String>,
    mechanisms: Vec<directory::ReferenceItem>,
    training: Vec<directory::ReferenceItem>,
}

impl Vocabulary {
    /// What a focus area is called; its code, if nobody knows it.
    pub(crate) fn area(&self, code: &str) -> String {
        self.areas
            .get(code)
            .map_or_else(|| code.to_owned(), |area| area.label.clone())
    }

    /// Several, by comma.
    pub(crate) fn areas(&self, codes: &[String]) -> String {
        codes.iter().map(|code| self.area(code)).collect::<Vec<_>>().join(", ")
    }

    /// All areas, by group and label, for a choice.
    pub(crate) fn all_areas(&self) -> Vec<&directory::FocusArea> {
        let mut all: Vec<_> = self.areas.values().collect();
        all.sort_by(|one, other| (&one.group, &one.label).cmp(&(&other.group, &other.label)));
        all
    }

    /// What a school of the trust is called; its number, if it is of another.
    pub(crate) fn school(&self, urn: &str) -> String {
        self.schools.get(urn).cloned().unwrap_or_else(|| urn.to_owned())
    }

    /// Every school of the trust with its URN, by name, for a choice.
    pub(crate) fn all_schools(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = self
            .schools
            .iter()
            .map(|(urn, name)| (urn.as_str(), name.as_str()))
            .collect();
        all.sort_by_key(|(_, name)| *name);
        all
    }

    /// The mechanisms of effective development, in the order of their source.
    pub(crate) fn mechanisms(&self) -> &[directory::ReferenceItem] {
        &self.mechanisms
    }

    /// What a mandatory training item is called; its code, if nobody knows it.
    pub(crate) fn training(&self, code: &str) -> String {
        let item = self.training.iter().find(|item| item.code == code);
        item.map_or_else(|| code.to_owned(), |item| item.label.clone())
    }
}

/// Vocabularies by trust.
pub(crate) struct Words {
    clients: Clients,
    known: Cache<String, Arc<Vocabulary>>,
}

impl Words {
    pub(crate) fn new(clients: Clients) -> Self {
        Self {
            clients,
            known: Cache::builder().max_capacity(2_000).time_to_live(KEPT_FOR).build(),
        }
    }

    pub(crate) async fn of(&self, visitor: &Visitor) -> Result<Arc<Vocabulary>, Fault> {
        let trust_id = &visitor.me.trust_id;
        if let Some(known) = self.known.get(trust_id).await {
            return Ok(known);
        }
        let mut focus = self.clients.focus.clone();
        let mut vocabulary = self.around(visitor).await?;
        let mut page_token = String::new();
        loop {
            let message = directory::ListFocusAreasRequest {
                trust_id: trust_id.clone(),
                page_size: 500,
                page_token,
            };
            let answer = focus.list_focus_areas(visitor.ask(message)).await?.into_inner();
            let areas = answer.areas.into_iter().map(|area| (area.code.clone(), area));
            vocabulary.areas.extend(areas);
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let vocabulary = Arc::new(vocabulary);
        self.known.insert(trust_id.clone(), vocabulary.clone()).await;
        Ok(vocabulary)
    }

    /// Everything but focus areas.
    async fn around(&self, visitor: &Visitor) -> Result<Vocabulary, Fault> {
        let all = directory::ListSchoolsRequest {
            trust_id: visitor.me.trust_id.clone(),
            page_size: 500,
            ..Default::default()
        };
        let set = |set: &str| {
            visitor.ask(directory::GetReferenceSetRequest {
                set: set.to_owned(),
                ..Default::default()
            })
        };
        let mut schools = self.clients.schools.clone();
        let (mut mechanisms, mut training) = (self.clients.reference.clone(), self.clients.reference.clone());
        let (schools, mechanisms, training) = tokio::try_join!(
            schools.list_schools(visitor.ask(all)),
            mechanisms.get_reference_set(set("mechanisms")),
            training.get_reference_set(set("mandatory_training")),
        )?;
        let name = |school: directory::School| {
            let name = school.details.map(|details| details.name).unwrap_or_default();
            (school.urn, name)
        };
        Ok(Vocabulary {
            areas: HashMap::new(),
            schools: schools.into_inner().schools.into_iter().map(name).collect(),
            mechanisms: mechanisms.into_inner().items,
            training: training.into_inner().items,
        })
    }
}

/// "12 November 2025".
pub(crate) fn day(on: NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// An ISO 8601 date of a view as people write it; what is none stays as it is.
pub(crate) fn iso_day(on: &str) -> String {
    on.parse().map_or_else(|_| on.to_owned(), day)
}

/// "12 November 2025, 14:05" in universal time.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// A sentence as people write it: with a capital, and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

/// What the rules of access refuse, they name as programs do: "ShareFeedback is not permitted on this Observation".
pub(crate) fn refusal(told: &str) -> String {
    let Some((action, record)) = told.split_once(" is not permitted on this ") else {
        return sentence(told);
    };
    let (action, record) = (spaced(action), spaced(record));
    let what = match action.strip_suffix(&record) {
        Some(verb) => format!("{verb}this {record}"),
        None if action.contains(' ') => format!("{action} on this {record}"),
        None => format!("{action} this {record}"),
    };
    sentence(&format!("you may not {what}"))
}

/// `PersonRecord` is a person record.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.trim_end_matches('.').chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// An academic year by its first calendar year: "2025/26".
pub(crate) fn cycle(year: i32) -> String {
    format!("{year}/{:02}", (year + 1).rem_euclid(100))
}

/// "3 h 20 min".
pub(crate) fn minutes(minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

pub(crate) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Unspecified => "not said",
        Purpose::Developmental => "developmental",
        Purpose::Appraisal => "appraisal",
        Purpose::Induction => "induction",
        Purpose::QualityAssurance => "quality assurance",
        Purpose::Statutory => "statutory",
    }
}

pub(crate) fn role_group(group: RoleGroup) -> &'static str {
    match group {
        RoleGroup::Unspecified => "not said",
        RoleGroup::Leadership => "leadership",
        RoleGroup::ClassroomTeacher => "classroom teachers",
        RoleGroup::EarlyCareerTeacher => "early career teachers",
        RoleGroup::TeachingAssistant => "teaching assistants",
        RoleGroup::OtherSupport => "other support staff",
        RoleGroup::Governor => "governors",
    }
}

pub(crate) fn career_stage(stage: CareerStage) -> &'static str {
    match stage {
        CareerStage::Unspecified => "not said",
        CareerStage::Trainee => "trainee",
        CareerStage::EctYear1 => "ECT year 1",
        CareerStage::EctYear2 => "ECT year 2",
        CareerStage::Developing => "developing",
        CareerStage::Experienced => "experienced",
        CareerStage::MiddleLeader => "middle leader",
        CareerStage::SeniorLeader => "senior leader",
    }
}

pub(crate) fn support(kind: SupportKind) -> &'static str {
    match kind {
        SupportKind::Unspecified => "support",
        SupportKind::Coaching => "coaching",
        SupportKind::CpdActivity => "a CPD activity",
        SupportKind::Time => "time",
        SupportKind::Resource => "a resource",
        SupportKind::ColleagueObservation => "time to watch a colleague",
    }
}

pub(crate) fn step(step: Step) -> &'static str {
    match step {
        Step::Unspecified => "not said",
        Step::Agreed => "agreed",
        Step::SupportProvided => "support provided",
        Step::Developed => "developed",
        Step::Revisited => "revisited",
        Step::Discussed => "discussed in appraisal",
        Step::Evaluated => "impact evaluated",
    }
}

pub(crate) fn state(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Unspecified => "not said",
        ThreadState::Agreed => "agreed",
        ThreadState::UnderWay => "under way",
        ThreadState::Revisited => "revisited",
        ThreadState::Completed => "completed",
        ThreadState::Withdrawn => "withdrawn",
        ThreadState::Lapsed => "lapsed",
    }
}

pub(crate) fn stuck(reason: StuckReason) -> &'static str {
    match reason {
        StuckReason::Unspecified => "not said",
        StuckReason::NotStarted => "not started",
        StuckReason::SupportNotProvided => "support not provided",
        StuckReason::Overdue => "overdue",
        StuckReason::NeverRevisited => "never revisited",
        StuckReason::NotInAppraisal => "not reflected in appraisal",
        StuckReason::OwnerLeft => "owner of the support left",
        StuckReason::Paused => "paused: on long leave",
        StuckReason::SourceNotReporting => "a source is not reporting",
        StuckReason::NotPermitted => "not permitted by its purpose",
    }
}

pub(crate) fn absence(absence: Absence) -> &'static str {
    match absence {
        Absence::Unspecified => "",
        Absence::NothingAgreed => "nothing was agreed",
        Absence::NotYet => "not yet",
        Absence::SourceNotReporting => "source not reporting",
        Absence::NotPermitted => "not for you to see",
        Absence::NotApplicable => "does not apply",
    }
}

pub(crate) fn obligation(kind: ObligationKind) -> &'static str {
    match kind {
        ObligationKind::Unspecified => "something owed",
        ObligationKind::Action => "follow-up action",
        ObligationKind::Support => "support promised",
        ObligationKind::NameOwner => "name who owes the support",
        ObligationKind::ConductObservation => "observation to conduct or record",
        ObligationKind::ShareFeedback => "feedback to share",
        ObligationKind::AcknowledgeFeedback => "feedback to acknowledge",
        ObligationKind::AgreeObjectives => "objectives to agree",
        ObligationKind::HoldMidYear => "mid-year review to hold",
        ObligationKind::ConcludeAppraisal => "appraisal to conclude",
        ObligationKind::SignAppraisal => "appraisal to sign",
        ObligationKind::CloseAppraisal => "appraisal to close",
        ObligationKind::NameAppraiser => "name an appraiser",
        ObligationKind::ArrangeSupport => "support to arrange",
        ObligationKind::ApproveBooking => "booking to approve",
        ObligationKind::RecordAttendance => "attendance to record",
        ObligationKind::VerifyLearning => "external learning to verify",
        ObligationKind::RenewTraining => "training to renew",
        ObligationKind::AnswerPartnership => "partnership to answer",
        ObligationKind::AgreeLog => "learning log to agree",
        ObligationKind::GiveFeedback => "feedback on development to give",
        ObligationKind::TakeMeasure => "measure to take",
        ObligationKind::AnswerNeed => "need to answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_said_in_words() {
        let said = [
            (
                "Read is not permitted on this PersonRecord",
                "You may not read this person record.",
            ),
            (
                "ConductObservation is not permitted on this Observation",
                "You may not conduct this observation.",
            ),
            (
                "ShareFeedback is not permitted on this Observation",
                "You may not share feedback on this observation.",
            ),
            (
                "this page is for members of staff",
                "This page is for members of staff.",
            ),
        ];
        for (told, expected) in said {
            assert_eq!(refusal(told), expected);
        }
    }

    #[test]
    fn days_and_years_read_as_people_write_them() {
        assert_eq!(iso_day("2025-11-02"), "2 November 2025");
        assert_eq!(iso_day(""), "");
        assert_eq!(cycle(2025), "2025/26");
        assert_eq!(cycle(1999), "1999/00");
        assert_eq!(minutes(200), "3 h 20 min");
        assert_eq!(minutes(45), "45 min");
    }
}
