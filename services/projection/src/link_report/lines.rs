//! What the report needs of an appraisal and of a link, in one short line of text each, as
//! [`Facts`](crate::definitions::Facts) is for a thread.

use api::common::v1::Purpose;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::{
        appraisal::{Standing, in_review},
        facts,
    },
    documents::{
        FollowUp, Observation,
        appraisal::{Link, Reviews},
        part::Undertaken,
    },
    rows,
};

/// An appraisal, as far as it can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) appraisal: Uuid,
    pub(crate) concluded: bool,
    pub(crate) objectives: i32,
}

/// The line of an appraisal.
pub(crate) fn appraisal(id: Uuid, appraisal: &crate::documents::Appraisal) -> String {
    format!(
        "{}.{}.{}",
        id.as_simple(),
        u8::from(appraisal.conclusion.is_some()),
        appraisal.objectives.len()
    )
}

/// Reads the line of an appraisal.
pub(crate) fn parse_appraisal(line: &str) -> Option<Counted> {
    let mut parts = line.split('.');
    Some(Counted {
        appraisal: Uuid::try_parse(parts.next()?).ok()?,
        concluded: parts.next()? == "1",
        objectives: parts.next()?.parse().ok()?,
    })
}

/// A link, as far as it can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) appraisal: Uuid,
    /// Absent for a review.
    pub(crate) objective: Option<Uuid>,
    /// Whether it was spoken of in a review.
    pub(crate) in_review: bool,
    /// Whether the objective is said to come from it.
    pub(crate) origin: bool,
    pub(crate) on: Day,
    /// The school of the follow-up.
    pub(crate) urn: u32,
    /// Absent while the follow-up itself has not been read: neither counted nor refused.
    pub(crate) standing: Option<Standing>,
}

const KNOWN: u8 = 1;
const SAME_PERSON: u8 = 2;
const PROMOTED: u8 = 4;
const TAKEN_BACK: u8 = 8;
const ORIGIN: u8 = 16;
const REVIEW: u8 = 32;

/// The line of a link, as it stands to the follow-up that it names.
pub(crate) fn link(follow_up: &FollowUp, link: &Link) -> String {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let standing = rows::standing(follow_up, link);
    let of_standing = standing.map_or(0, |standing| {
        KNOWN
            | flag(standing.same_person, SAME_PERSON)
            | flag(standing.promoted, PROMOTED)
            | flag(standing.taken_back, TAKEN_BACK)
    });
    let flags = of_standing | flag(link.origin, ORIGIN) | flag(in_review(link), REVIEW);
    let simple = |id: &[u8]| compact::id(id).map(|id| id.as_simple().to_string()).unwrap_or_default();
    format!(
        "{}.{}.{flags}.{}.{}.{}",
        simple(&link.appraisal_id),
        simple(&link.objective_id),
        link.on,
        follow_up.urn,
        follow_up.purpose
    )
}

/// Reads the line of a link.
pub(crate) fn parse_link(line: &str) -> Option<Named> {
    let mut parts = line.split('.');
    let appraisal = Uuid::try_parse(parts.next()?).ok()?;
    let objective = Uuid::try_parse(parts.next()?).ok();
    let flags: u8 = parts.next()?.parse().ok()?;
    let on = parts.next()?.parse().ok()?;
    let urn = parts.next()?.parse().ok()?;
    let purpose = Purpose::try_from(parts.next()?.parse::<i32>().ok()?).unwrap_or_default();
    let standing = (flags & KNOWN != 0).then_some(Standing {
        same_person: flags & SAME_PERSON != 0,
        promoted: flags & PROMOTED != 0,
        taken_back: flags & TAKEN_BACK != 0,
        purpose,
    });
    Some(Named {
        appraisal,
        objective,
        in_review: flags & REVIEW != 0,
        origin: flags & ORIGIN != 0,
        on,
        urn,
        standing,
    })
}

/// The line of development that somebody undertook: its purpose, the objectives and the follow-ups that it serves.
pub(crate) fn undertaken(undertaken: &Undertaken) -> String {
    format!(
        "{}.{}.{}",
        undertaken.purpose,
        ids_line(undertaken.objective_ids.iter().copied()),
        ids_line(undertaken.follow_up_ids.iter().copied())
    )
}

/// Reads the line of development.
pub(crate) fn parse_undertaken(line: &str) -> Option<Serving> {
    let mut parts = line.split('.');
    Some(Serving {
        purpose: Purpose::try_from(parts.next()?.parse::<i32>().ok()?).unwrap_or_default(),
        objective_ids: parse_ids(parts.next()?),
        follow_up_ids: parse_ids(parts.next()?),
    })
}

/// What development is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Serving {
    pub(crate) purpose: Purpose,
    pub(crate) objective_ids: Vec<Uuid>,
    pub(crate) follow_up_ids: Vec<Uuid>,
}

/// The line of an appraisal that names development: itself and its objectives.
pub(crate) fn naming(id: Uuid, appraisal: &crate::documents::Appraisal) -> String {
    format!("{}.{}", id.as_simple(), ids_line(appraisal.objective_ids()))
}

/// Reads the line of an appraisal that names development.
pub(crate) fn parse_naming(line: &str) -> Option<(Uuid, Vec<Uuid>)> {
    let (appraisal, objectives) = line.split_once('.')?;
    Some((Uuid::try_parse(appraisal).ok()?, parse_ids(objectives)))
}

fn ids_line(ids: impl Iterator<Item = Uuid>) -> String {
    ids.map(|id| id.as_simple().to_string()).collect::<Vec<_>>().join(",")
}

fn parse_ids(text: &str) -> Vec<Uuid> {
    text.split(',').filter_map(|id| Uuid::try_parse(id).ok()).collect()
}

/// The line of a focus area that an observation looked at.
pub(crate) fn seen(observation: &Observation, focus_area: &str) -> String {
    format!(
        "{}.{}.{}",
        observation.observee().unwrap_or_default().as_simple(),
        facts::mark(focus_area),
        observation.conducted_on.unwrap_or_default()
    )
}

/// Reads the line of a focus area looked at: whose practice, which area, and when.
pub(crate) fn parse_seen(line: &str) -> Option<((Uuid, u32), Day)> {
    let mut parts = line.split('.');
    let person = Uuid::try_parse(parts.next()?).ok()?;
    Some(((person, parts.next()?.parse().ok()?), parts.next()?.parse().ok()?))
}

/// The line of a person's reviews; none if there are none.
pub(crate) fn reviewed(person: Uuid, reviews: &Reviews) -> Option<String> {
    let days = reviews.days();
    (!days.is_empty()).then(|| format!("{}.{}", person.as_simple(), facts::days_line(&days)))
}

/// Reads the line of a person's reviews: whose, and on which days.
pub(crate) fn parse_reviewed(line: &str) -> Option<(Uuid, Vec<Day>)> {
    let (person, days) = line.split_once('.')?;
    Some((Uuid::try_parse(person).ok()?, facts::parse_days(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_back() {
        let person = Uuid::from_u128(5);
        let looked = Observation {
            observee_id: person.as_bytes().to_vec(),
            conducted_on: Some(120),
            ..Observation::default()
        };
        let line = seen(&looked, "questioning");
        assert_eq!(parse_seen(&line), Some(((person, facts::mark("questioning")), 120)));
        let mut reviews = Reviews::default();
        assert_eq!(reviewed(person, &reviews), None);
        reviews.replace(
            person,
            vec![crate::documents::appraisal::Review {
                on: 150,
                ..Default::default()
            }],
        );
        assert_eq!(
            parse_reviewed(&reviewed(person, &reviews).unwrap()),
            Some((person, vec![150]))
        );
    }

    #[test]
    fn development_is_read_back() {
        let (one, other) = (Uuid::from_u128(5), Uuid::from_u128(6));
        let line = undertaken(&Undertaken {
            kind: crate::documents::part::PartKind::Hours,
            ref_id: one,
            person: other,
            days: vec![120],
            minutes: 90,
            purpose: Purpose::Developmental.into(),
            focus_areas: vec!["questioning".into()],
            follow_up_ids: vec![one, other],
            objective_ids: Vec::new(),
        });
        let serving = Serving {
            purpose: Purpose::Developmental,
            objective_ids: Vec::new(),
            follow_up_ids: vec![one, other],
        };
        assert_eq!(parse_undertaken(&line), Some(serving));
        let naming = naming(one, &crate::documents::Appraisal::default());
        assert_eq!(parse_naming(&naming), Some((one, Vec::new())));
    }

    #[test]
    fn lines_are_read_back() {
        let id = Uuid::from_u128(5);
        let appraisal_document = crate::documents::Appraisal {
            objectives: vec![crate::documents::appraisal::Objective::default()],
            ..Default::default()
        };
        let counted = Counted {
            appraisal: id,
            concluded: false,
            objectives: 1,
        };
        assert_eq!(parse_appraisal(&appraisal(id, &appraisal_document)), Some(counted));

        let naming = Link {
            appraisal_id: id.as_bytes().to_vec(),
            on: 150,
            review: 1,
            ..Link::default()
        };
        let unknown = parse_link(&link(&FollowUp::default(), &naming)).unwrap();
        assert_eq!(
            (unknown.appraisal, unknown.in_review, unknown.standing),
            (id, true, None)
        );

        let follow_up = FollowUp {
            agreed_on: Some(100),
            urn: 136_789,
            purpose: 1,
            ..FollowUp::default()
        };
        let known = parse_link(&link(&follow_up, &naming)).unwrap();
        assert_eq!(known.standing, Some(Standing::of(&follow_up, &naming)));
        assert_eq!((known.urn, known.on, known.objective), (136_789, 150, None));
    }
}
