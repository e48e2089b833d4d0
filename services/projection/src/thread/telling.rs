//! The story of a thread, as far as each reader may be told.

use api::{
    appraisal::v1::ReviewKind,
    projection::v1::{StoryEntry, ThreadPart},
};
use eventstore::Recorded;

use super::{Judged, Known};
use crate::{
    documents::{Document as _, Enquiry, Feedback, Partnership},
    person_record::source_of,
    sight::Sight,
    story::{self, Told},
    views::Names,
};

/// What the reader of one thread may know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) sight: Sight,
    pub(super) sees_appraisal: bool,
    pub(super) for_appraisal: bool,
    pub(super) sees_coaching: bool,
    /// Whether they are its person, or owe its support.
    pub(super) concerned: bool,
    /// Whether it is their own.
    pub(super) own: bool,
}

impl Reader {
    fn may_be_told(self, event: &Recorded, parts: &[ThreadPart]) -> bool {
        may_be_told(event, parts, self.sees_coaching, self.own)
    }
}

/// Whether the story tells a reader of an event of development or evaluation: only of what is joined, of coaching only
/// those who may see that it takes place, of answers nobody but who gave them.
pub(crate) fn may_be_told(event: &Recorded, parts: &[ThreadPart], sees_coaching: bool, own: bool) -> bool {
    let aggregate = event.kind.aggregate();
    let joined = parts.iter().any(|part| part.kind == aggregate);
    let visible = match aggregate {
        Partnership::AGGREGATE | Enquiry::AGGREGATE => sees_coaching,
        Feedback::AGGREGATE => own,
        _ => true,
    };
    joined && visible
}

impl Known {
    /// What happened, in order.
    pub(super) fn story(
        &self,
        told: &[Option<Told>],
        names: &Names,
        judged: &Judged,
        reader: Reader,
    ) -> Vec<StoryEntry> {
        let mut entries: Vec<StoryEntry> = self
            .events
            .iter()
            .zip(told)
            .filter_map(|(event, told)| {
                let told = told.as_ref()?;
                Some(entry(event, told, told.summary(), told.text(), names))
            })
            .collect();
        let conducted = self
            .origin
            .iter()
            .filter(|event| event.kind.as_str() == "observation.conducted");
        entries.extend(conducted.filter_map(|event| {
            let told = Told::of(event).ok()??;
            Some(entry(event, &told, told.summary(), String::new(), names))
        }));
        entries.extend(self.serving.iter().filter_map(|event| {
            let told = Told::of(event).ok()??;
            reader
                .may_be_told(event, &judged.parts)
                .then(|| entry(event, &told, told.summary(), String::new(), names))
        }));
        // What was refused is told as a refusal, not as a part of the story.
        entries.extend(self.naming.iter().filter_map(|event| {
            let told = Told::of(event).ok()??;
            let review = match event.kind.as_str() {
                "appraisal.mid_year_reviewed" => ReviewKind::MidYear,
                "appraisal.concluded" => ReviewKind::Final,
                _ => ReviewKind::Unspecified,
            };
            let appraisal = event.stream_id.0.to_string();
            let permitted = judged
                .links
                .iter()
                .any(|link| link.appraisal_id == appraisal && link.review() == review);
            permitted.then(|| {
                let summary = story::review(review).to_owned();
                entry(event, &told, summary, String::new(), names)
            })
        }));
        entries.sort_by(|a, b| a.on.cmp(&b.on));
        entries
    }
}

/// An event in a story.
pub(crate) fn entry(event: &Recorded, told: &Told, summary: String, text: String, names: &Names) -> StoryEntry {
    let on = told.on();
    let on = if on.is_empty() {
        event.metadata.occurred_at.date_naive().to_string()
    } else {
        on.to_owned()
    };
    StoryEntry {
        on,
        source: source_of(event).to_owned(),
        kind: event.kind.as_str().to_owned(),
        summary,
        text,
        actor: names.actor(event.metadata.actor_id),
    }
}
