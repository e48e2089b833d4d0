//! A timeline over the services, and the six steps of a thread: the partials that several pages show.

use api::projection::v1::{Absence, Milestone, StoryEntry, TimelineEntry};
use askama::Template;

use crate::words::{self, Vocabulary};

/// Events with which something is written that a record shows to some readers.
const WRITTEN: [&str; 15] = [
    "observation.conducted",
    "observation.recorded",
    "observation.feedback_shared",
    "observation.acknowledged",
    "follow_up.agreed",
    "follow_up.evidence_added",
    "follow_up.revisited",
    "follow_up.extended",
    "follow_up.withdrawn",
    "appraisal.objectives_agreed",
    "appraisal.objectives_set",
    "appraisal.mid_year_reviewed",
    "appraisal.evidence_added",
    "appraisal.self_reviewed",
    "appraisal.concluded",
];

/// What happened, one entry each.
#[derive(Clone, Debug, Template)]
#[template(path = "timeline.html")]
pub(crate) struct Timeline {
    pub(crate) entries: Vec<Happened>,
}

impl askama::filters::HtmlSafe for Timeline {}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    /// ISO 8601 date, for machines.
    pub(crate) on: String,
    pub(crate) day: String,
    /// What the service is about.
    pub(crate) source: &'static str,
    /// By which it is coloured.
    pub(crate) class: &'static str,
    pub(crate) summary: String,
    /// Who did it; empty for a system.
    pub(crate) by: String,
    /// What was written; empty if nothing, or not for the reader.
    pub(crate) text: String,
    /// Whether something was written that the reader may not read.
    pub(crate) withheld: bool,
    /// Why it was recorded; empty if it goes without saying.
    pub(crate) purpose: &'static str,
    /// The page of what it happened to.
    pub(crate) href: Option<String>,
}

impl Timeline {
    /// The story of a thread.
    pub(crate) fn of_story(story: &[StoryEntry], vocabulary: &Vocabulary) -> Self {
        let entries = story.iter().map(|entry| Happened {
            on: entry.on.clone(),
            day: words::iso_day(&entry.on),
            source: words::source(&entry.source),
            class: words::source_class(&entry.source),
            summary: vocabulary.prose(&entry.summary),
            by: entry.actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default(),
            text: entry.text.clone(),
            withheld: false,
            purpose: "",
            href: None,
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// A person's record.
    pub(crate) fn of_record(timeline: &[TimelineEntry], vocabulary: &Vocabulary) -> Self {
        let entries = timeline.iter().map(|entry| {
            let on = words::day_of(entry.occurred_at.as_ref());
            Happened {
                on: on.map(|on| on.to_string()).unwrap_or_default(),
                day: on.map(words::day).unwrap_or_default(),
                source: words::source(&entry.source),
                class: words::source_class(&entry.source),
                summary: vocabulary.prose(&entry.summary),
                by: entry.actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default(),
                text: entry.text.clone(),
                withheld: entry.text_withheld && WRITTEN.contains(&entry.kind.as_str()),
                purpose: match entry.purpose() {
                    api::common::v1::Purpose::Unspecified => "",
                    purpose => words::purpose(purpose),
                },
                href: page_of(entry),
            }
        });
        Self {
            entries: entries.collect(),
        }
    }
}

/// Where what an entry tells of is shown.
fn page_of(entry: &TimelineEntry) -> Option<String> {
    let (aggregate, _) = entry.kind.split_once('.')?;
    let path = match aggregate {
        "observation" => "/observations",
        "follow_up" => "/threads",
        "appraisal" => "/appraisals",
        "partnership" => "/partnerships",
        "enquiry" => "/enquiries",
        "session" => "/catalogue/sessions",
        _ => return None,
    };
    Some(format!("{path}/{}", entry.stream_id))
}

/// The six steps of a thread, from agreed to evaluated.
#[derive(Clone, Debug, Template)]
#[template(path = "milestones.html")]
pub(crate) struct Milestones {
    pub(crate) steps: Vec<Reached>,
    /// "3 of 6 steps", for a list.
    pub(crate) short: bool,
}

impl askama::filters::HtmlSafe for Milestones {}

/// A step of a thread.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) label: String,
    /// ISO 8601 date; empty if not reached.
    pub(crate) on: String,
    pub(crate) day: String,
    /// Why it was not reached; empty if it was.
    pub(crate) because: &'static str,
    /// By which it is marked.
    pub(crate) class: &'static str,
}

impl Milestones {
    pub(crate) fn new(milestones: &[Milestone], short: bool) -> Self {
        let steps = milestones.iter().map(|milestone| {
            let absence = if milestone.on.is_empty() && milestone.absence() == Absence::Unspecified {
                Absence::NotYet
            } else {
                milestone.absence()
            };
            Reached {
                label: words::capital(words::step(milestone.step())),
                on: milestone.on.clone(),
                day: words::iso_day(&milestone.on),
                because: words::absence_because(absence),
                class: words::absence_class(absence),
            }
        });
        Self {
            steps: steps.collect(),
            short,
        }
    }

    /// "Reached: agreed, revisited".
    pub(crate) fn in_words(&self) -> String {
        let reached = self.steps.iter().filter(|step| !step.on.is_empty());
        let names: Vec<String> = reached.map(|step| step.label.to_lowercase()).collect();
        format!("{} of {} steps: {}", names.len(), self.steps.len(), names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use api::projection::v1::Step;

    use super::*;

    #[test]
    fn four_kinds_of_absence_look_different() {
        let step = |absence: Absence| Milestone {
            step: Step::Revisited.into(),
            absence: absence.into(),
            ..Milestone::default()
        };
        let absences = [
            Absence::NothingAgreed,
            Absence::NotYet,
            Absence::SourceNotReporting,
            Absence::NotPermitted,
        ];
        let shown = Milestones::new(&absences.map(step), false).steps;
        for (at, one) in shown.iter().enumerate() {
            for other in shown.iter().skip(at + 1) {
                assert_ne!(one.class, other.class);
                assert_ne!(one.because, other.because);
            }
        }
    }

    #[test]
    fn what_is_withheld_is_known_to_the_protocol() {
        use api::{EventMessage as _, appraisal::v1::AppraisalEvent, observations::v1 as observations};
        let kinds = [
            observations::ObservationEvent::KINDS,
            observations::FollowUpEvent::KINDS,
            AppraisalEvent::KINDS,
        ];
        for kind in WRITTEN {
            assert!(kinds.concat().contains(&kind), "{kind}");
        }
    }

    #[test]
    fn a_list_says_how_far_it_went() {
        let reached = Milestone {
            step: Step::Agreed.into(),
            on: "2026-09-10".into(),
            ..Milestone::default()
        };
        let open = Milestone {
            step: Step::Developed.into(),
            absence: Absence::NotYet.into(),
            ..Milestone::default()
        };
        assert_eq!(
            Milestones::new(&[reached, open], true).in_words(),
            "1 of 2 steps: agreed"
        );
    }
}
