//! What looks as if it belonged to a thread: shown to the people concerned, and counted once one of them confirms it.

use api::{
    catalogue::v1::LinkDevelopmentRequest,
    coaching::v1::LinkPartnershipRequest,
    common::v1::{AtLeast, Recorded},
    projection::v1::{LikelyLink, Thread},
};
use axum::extract::Path;
use service::Error;
use uuid::Uuid;

use super::super::{Shown, asked::Asked};
use crate::{
    forms::{Choice, Fields, Sent},
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary},
};

/// Likely links of a thread.
pub(super) struct LikelyLinks {
    /// Those that can be confirmed here; none if there are none.
    pub(super) form: Option<Confirm>,
    /// Those that are confirmed elsewhere.
    pub(super) elsewhere: Vec<Likely>,
}

/// The form by which one is confirmed.
pub(super) struct Confirm {
    pub(super) fields: Fields,
    pub(super) options: Vec<Choice>,
    /// Whose both are.
    pub(super) person_id: String,
}

/// A likely link that is confirmed by a step of its own.
pub(super) struct Likely {
    pub(super) what: String,
    pub(super) href: String,
    pub(super) how: &'static str,
}

impl LikelyLinks {
    pub(super) async fn of(thread: &Thread, visitor: &Visitor, vocabulary: &Vocabulary) -> Result<Self, Fault> {
        let (here, elsewhere): (Vec<_>, Vec<_>) = thread
            .likely_links
            .iter()
            .partition(|link| matches!(link.kind.as_str(), "learning_record" | "partnership"));
        let id = &thread.follow_up_id;
        let form = if here.is_empty() {
            None
        } else {
            Some(Confirm {
                fields: visitor.draft(&format!("/threads/{id}/links")).await?.named("likely"),
                options: here
                    .into_iter()
                    .map(|link| Choice::new(format!("{}:{}", link.kind, link.ref_id), sentence(link, vocabulary)))
                    .collect(),
                person_id: thread
                    .person
                    .as_ref()
                    .map(|person| person.person_id.clone())
                    .unwrap_or_default(),
            })
        };
        let elsewhere = elsewhere.into_iter().map(|link| Likely {
            what: sentence(link, vocabulary),
            href: match link.kind.as_str() {
                "enquiry" => format!("/enquiries/{}", link.ref_id),
                _ => format!("/follow-ups/{id}"),
            },
            how: match link.kind.as_str() {
                "enquiry" => "name the follow-up in the enquiry",
                _ => "record it as a revisit",
            },
        });
        Ok(Self {
            form,
            elsewhere: elsewhere.collect(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.form.is_none() && self.elsewhere.is_empty()
    }
}

/// "CPD attended on 5 May 2026: Questioning".
fn sentence(link: &LikelyLink, vocabulary: &Vocabulary) -> String {
    format!(
        "{} on {}: {}",
        words::part(&link.kind),
        words::iso_day(&link.on),
        vocabulary.areas(&link.focus_areas)
    )
}

/// One of the people concerned says that something belongs to the thread.
pub(super) async fn confirm(Path(id): Path<String>, sent: Sent) -> Shown {
    let request_id = sent.fields.request_id();
    let clients = sent.visitor.clients();
    let chosen = sent.fields.get("link").to_owned();
    let answer: Result<Option<Recorded>, Error> = match chosen.split_once(':') {
        Some(("learning_record", credit_id)) => {
            let message = LinkDevelopmentRequest {
                request_id,
                person_id: sent.fields.get("person_id").to_owned(),
                credit_id: credit_id.to_owned(),
                follow_up_id: id.clone(),
                ..Default::default()
            };
            let answer = clients
                .learning
                .clone()
                .link_development(sent.visitor.ask(message))
                .await;
            answer
                .map(|answer| answer.into_inner().recorded)
                .map_err(|status| Error::from_status(&status))
        }
        Some(("partnership", partnership_id)) => {
            let message = LinkPartnershipRequest {
                request_id,
                partnership_id: partnership_id.to_owned(),
                follow_up_id: id.clone(),
                ..Default::default()
            };
            let answer = clients
                .partnerships
                .clone()
                .link_partnership(sent.visitor.ask(message))
                .await;
            answer
                .map(|answer| answer.into_inner().recorded)
                .map_err(|status| Error::from_status(&status))
        }
        _ => Err(Error::invalid("link", "choose what belongs to it")),
    };
    sent.settle(answer, |recorded| {
        let recorded = recorded.unwrap_or_default();
        let id = if Uuid::try_parse(&id).is_ok() { id.as_str() } else { "" };
        format!("/threads/{id}?after={}:{}", recorded.source, recorded.position)
    })
    .await
}

/// What the views must have read before the page is shown: one's own doing a moment ago.
pub(super) fn after(asked: &Asked) -> Vec<AtLeast> {
    let after = asked.text("after");
    let at_least = after.split_once(':').and_then(|(source, position)| {
        Some(AtLeast {
            source: source.to_owned(),
            position: position.parse().ok()?,
        })
    });
    at_least.into_iter().collect()
}
