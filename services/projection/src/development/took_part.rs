//! Who took part in development: hours credited by the catalogue, coaching sessions held, and meetings and lessons of
//! enquiries. What is credited in the catalogue already is not counted again from elsewhere.

use std::collections::{HashMap, HashSet};

use api::{
    catalogue::v1::{ActivityKind, LearningRecordEvent, learning_record_event as record},
    coaching::v1::{
        EnquiryEvent, EnquiryFramed, EnquiryKind, PartnershipEvent, PartnershipProposed, enquiry_event as enquiry,
        partnership_event as partnership,
    },
    common::v1::Purpose,
};
use prost::DecodeError;
use uuid::Uuid;

use super::ledger::Ledger;
use crate::compact::{self, Day};

/// Kinds of event that tell of hours credited.
pub(crate) const CREDITS: [&str; 2] = ["learning_record.hours_credited", "learning_record.hours_corrected"];

/// Kinds of event that tell who met.
pub(crate) const MEETINGS: [&str; 5] = [
    "partnership.session_held",
    "enquiry.met",
    "enquiry.lesson_planned",
    "enquiry.lesson_taught",
    "enquiry.lesson_discussed",
];

/// All of them: recent when what they tell of is.
pub(crate) const RECENT: [&str; 7] = [
    CREDITS[0],
    CREDITS[1],
    MEETINGS[0],
    MEETINGS[1],
    MEETINGS[2],
    MEETINGS[3],
    MEETINGS[4],
];

/// Kinds of event that it needs of any age: what a partnership or an enquiry is about.
pub(crate) const LASTING: [&str; 2] = ["partnership.proposed", "enquiry.framed"];

/// Somebody took part in something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TookPart {
    pub(crate) person: Uuid,
    pub(crate) on: Day,
    pub(crate) minutes: i32,
    pub(crate) kind: ActivityKind,
    pub(crate) purpose: Purpose,
    pub(crate) focus_areas: Vec<String>,
    /// The activity of the catalogue.
    pub(crate) activity: Option<Uuid>,
    pub(crate) priorities: Vec<Uuid>,
}

/// Looks at everybody who took part in anything.
pub(crate) fn each(ledger: &Ledger, mut look: impl FnMut(TookPart)) -> Result<(), DecodeError> {
    let corrected = corrections(ledger)?;
    let mut credited: HashSet<(Uuid, Uuid, Day)> = HashSet::new();
    ledger.each(|_, LearningRecordEvent { event }| {
        let Some(record::Event::HoursCredited(credit)) = event else {
            return;
        };
        let minutes = corrected.get(&credit.credit_id).copied().unwrap_or(credit.minutes);
        let (Some(person), Some(on)) = (id(&credit.person_id), compact::day(&credit.on)) else {
            return;
        };
        if minutes <= 0 {
            return;
        }
        let activity = id(&credit.activity_id);
        credited.extend(activity.map(|activity| (person, activity, on)));
        look(TookPart {
            person,
            on,
            minutes,
            kind: credit.kind(),
            purpose: credit.purpose(),
            activity,
            priorities: credit.priority_ids.iter().filter_map(|text| id(text)).collect(),
            focus_areas: credit.focus_areas,
        });
    })?;
    coached(ledger, &mut look)?;
    enquired(ledger, |took_part| {
        let again = took_part
            .activity
            .is_some_and(|activity| credited.contains(&(took_part.person, activity, took_part.on)));
        if !again {
            look(took_part);
        }
    })
}

fn corrections(ledger: &Ledger) -> Result<HashMap<String, i32>, DecodeError> {
    let mut corrected = HashMap::new();
    ledger.each(|_, LearningRecordEvent { event }| {
        if let Some(record::Event::HoursCorrected(correction)) = event {
            corrected.insert(correction.credit_id, correction.minutes);
        }
    })?;
    Ok(corrected)
}

/// Whoever was coached in a session. In peer coaching the next session is the other's.
fn coached(ledger: &Ledger, look: &mut impl FnMut(TookPart)) -> Result<(), DecodeError> {
    let mut about: HashMap<Uuid, PartnershipProposed> = HashMap::new();
    ledger.each(|at, PartnershipEvent { event }| match event {
        Some(partnership::Event::Proposed(proposed)) => {
            about.insert(at.stream, proposed);
        }
        Some(partnership::Event::SessionHeld(held)) => {
            let Some(person) = id(&held.coached_id) else { return };
            let proposed = about.get(&at.stream);
            let focus_areas = if held.focus_areas.is_empty() {
                proposed
                    .map(|proposed| proposed.focus_areas.clone())
                    .unwrap_or_default()
            } else {
                held.focus_areas
            };
            look(TookPart {
                person,
                on: compact::day(&held.on).unwrap_or_default(),
                minutes: held.minutes,
                kind: ActivityKind::CoachingProgramme,
                purpose: proposed.map(PartnershipProposed::purpose).unwrap_or_default(),
                focus_areas,
                activity: None,
                priorities: Vec::new(),
            });
        }
        _ => {}
    })
}

/// Whoever met, planned, taught, observed or discussed together.
fn enquired(ledger: &Ledger, mut look: impl FnMut(TookPart)) -> Result<(), DecodeError> {
    let mut framed: HashMap<Uuid, EnquiryFramed> = HashMap::new();
    ledger.each(|at, EnquiryEvent { event }| {
        let (on, minutes, people) = match event {
            Some(enquiry::Event::Framed(frame)) => {
                framed.insert(at.stream, frame);
                return;
            }
            Some(enquiry::Event::Met(met)) => (met.on, met.minutes, met.person_ids),
            Some(enquiry::Event::LessonPlanned(planned)) => (planned.on, planned.minutes, planned.person_ids),
            Some(enquiry::Event::LessonTaught(taught)) => {
                let mut people = taught.person_ids;
                if !people.contains(&taught.taught_by_id) {
                    people.push(taught.taught_by_id);
                }
                (taught.on, taught.minutes, people)
            }
            Some(enquiry::Event::LessonDiscussed(discussed)) => (discussed.on, discussed.minutes, discussed.person_ids),
            _ => return,
        };
        let (Some(frame), Some(on)) = (framed.get(&at.stream), compact::day(&on)) else {
            return;
        };
        for person in people.iter().filter_map(|text| id(text)) {
            look(TookPart {
                person,
                on,
                minutes,
                kind: kind_of(frame.kind()),
                purpose: frame.purpose(),
                focus_areas: frame.focus_areas.clone(),
                activity: id(&frame.activity_id),
                priorities: frame.priority_ids.iter().filter_map(|text| id(text)).collect(),
            });
        }
    })
}

fn kind_of(kind: EnquiryKind) -> ActivityKind {
    match kind {
        EnquiryKind::ActionEnquiry => ActivityKind::ActionEnquiry,
        EnquiryKind::LessonStudy => ActivityKind::LessonStudy,
        EnquiryKind::LearningCommunity => ActivityKind::LearningCommunity,
        EnquiryKind::ResearchProject => ActivityKind::ResearchProject,
        EnquiryKind::Unspecified => ActivityKind::Unspecified,
    }
}

/// Parses an identifier; none if it is empty.
pub(crate) fn id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests;
