//! All that is held about somebody, in full, as canonical protobuf JSON.

use std::{future::Future, sync::LazyLock};

use api::{
    appraisal::v1::GetAppraisalRequest,
    coaching::v1::{GetEnquiryRequest, GetPartnershipRequest},
    observations::v1::{GetFollowUpRequest, GetObservationRequest},
    projection::v1::GetThreadRequest,
};
use chrono::Utc;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Map, Value, json};
use service::{Code, Error};

use super::outline::Outline;
use crate::{problem::Fault, visitor::Visitor};

/// How many records are fetched at once.
const AT_ONCE: usize = 8;

/// The protocol as it describes itself; none if its descriptors cannot be read.
static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(api::DESCRIPTORS).ok());

/// A record in full, or why it is left out.
type Fetched = Result<Value, Value>;

/// Everything, as a file.
pub(super) async fn of(visitor: &Visitor, outline: Outline) -> Result<String, Fault> {
    let ids = |aggregate| outline.told_of(aggregate).into_iter().collect::<Vec<String>>();
    let follow_up_ids: Vec<String> = outline
        .threads
        .iter()
        .map(|thread| thread.follow_up_id.clone())
        .collect();
    let partnership_ids: Vec<String> = outline
        .coaching
        .iter()
        .map(|partnership| partnership.partnership_id.clone())
        .collect();
    let mut left_out = Vec::new();
    let mut groups = Map::new();
    let mut keep = |name: &str, fetched: Vec<Fetched>| {
        let (records, gaps): (Vec<_>, Vec<_>) = fetched.into_iter().partition(Result::is_ok);
        groups.insert(name.to_owned(), records.into_iter().flatten().collect());
        left_out.extend(gaps.into_iter().filter_map(Result::err));
    };
    let fetched = each(ids("observation"), |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetObservationRequest { observation_id: id });
            let answer = visitor.clients().observations.get_observation(message).await;
            record("observation", "observations.v1.GetObservationResponse", answer)
        }
    });
    keep("observations", fetched.await?);
    let fetched = each(follow_up_ids.clone(), |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetFollowUpRequest { follow_up_id: id });
            let answer = visitor.clients().follow_ups.get_follow_up(message).await;
            record("follow-up", "observations.v1.GetFollowUpResponse", answer)
        }
    });
    keep("follow_ups", fetched.await?);
    let fetched = each(follow_up_ids, |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetThreadRequest {
                follow_up_id: id,
                ..Default::default()
            });
            let answer = visitor.clients().tracking.get_thread(message).await;
            record("thread", "projection.v1.GetThreadResponse", answer)
        }
    });
    keep("threads", fetched.await?);
    let fetched = each(ids("appraisal"), |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetAppraisalRequest { appraisal_id: id });
            let answer = visitor.clients().appraisals.get_appraisal(message).await;
            record("appraisal", "appraisal.v1.GetAppraisalResponse", answer)
        }
    });
    keep("appraisals", fetched.await?);
    let fetched = each(partnership_ids, |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetPartnershipRequest { partnership_id: id });
            let answer = visitor.clients().partnerships.get_partnership(message).await;
            record("partnership", "coaching.v1.GetPartnershipResponse", answer)
        }
    });
    keep("partnerships", fetched.await?);
    let fetched = each(ids("enquiry"), |id| {
        let visitor = visitor.clone();
        async move {
            let message = visitor.ask(GetEnquiryRequest { enquiry_id: id });
            let answer = visitor.clients().enquiries.get_enquiry(message).await;
            record("enquiry", "coaching.v1.GetEnquiryResponse", answer)
        }
    });
    keep("enquiries", fetched.await?);
    for (name, records) in listed(&outline)? {
        groups.insert(name.to_owned(), records);
    }
    let file = json!({
        "title": "Everything held about me",
        "name": visitor.me.name,
        "trust": visitor.me.trust_name,
        "made_at": Utc::now().to_rfc3339(),
        "sources": of_all("common.v1.Completeness", &outline.first.completeness)?,
        "held": groups,
        "left_out": left_out,
        "notes": [
            "Observations in which you observed others are about them, and not in this file.",
            "Answers to surveys are anonymous and cannot be found by your name; feedback on development, once given, is shown to nobody singly.",
            "A recommendation on pay, where your trust keeps one, is open only to those who are granted it by name.",
        ],
    });
    serde_json::to_string_pretty(&file).map_err(|error| Error::internal(error).into())
}

/// What the outline already holds in full.
fn listed(outline: &Outline) -> Result<Vec<(&'static str, Value)>, Fault> {
    let drafts = outline.drafts.iter().map(|draft| {
        let typed: Map<String, Value> = draft
            .content
            .values
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        json!({ "form": draft.path, "saved_at": draft.saved_at.to_rfc3339(), "typed": typed })
    });
    Ok(vec![
        ("person", of_all("directory.v1.Person", outline.person.as_slice())?),
        (
            "record",
            of_message("projection.v1.GetPersonRecordResponse", &outline.first)?,
        ),
        ("timeline", of_all("projection.v1.TimelineEntry", &outline.timeline)?),
        (
            "learning_record",
            of_all("catalogue.v1.LearningRecord", outline.learning.as_slice())?,
        ),
        ("bookings", of_all("catalogue.v1.Booking", &outline.bookings)?),
        (
            "coaching_activity",
            of_all("coaching.v1.CoachingActivity", &outline.coaching)?,
        ),
        (
            "career_plan",
            of_all("coaching.v1.CareerPlan", outline.career_plan.as_slice())?,
        ),
        ("journal", of_all("coaching.v1.JournalEntry", &outline.journal)?),
        (
            "journal_shares",
            of_all("coaching.v1.JournalShare", &outline.journal_shares)?,
        ),
        (
            "self_reviews",
            of_all("catalogue.v1.SelfReviewDetails", &outline.self_reviews)?,
        ),
        (
            "feedback_asked_for",
            of_all("evaluation.v1.FeedbackRequest", &outline.feedback)?,
        ),
        ("drafts", drafts.collect()),
    ])
}

/// Fetches records, several at once, in their order.
async fn each<F: Future<Output = Result<Fetched, Fault>>>(
    ids: Vec<String>,
    fetch: impl Fn(String) -> F,
) -> Result<Vec<Fetched>, Fault> {
    stream::iter(ids).map(fetch).buffered(AT_ONCE).try_collect().await
}

/// A record in full; left out if its service says that there is none or that it is not for its reader.
fn record<M: prost::Message>(
    what: &str,
    name: &str,
    answer: Result<tonic::Response<M>, tonic::Status>,
) -> Result<Fetched, Fault> {
    match answer {
        Ok(answer) => Ok(Ok(of_message(name, &answer.into_inner())?)),
        Err(status) => {
            let error = Error::from_status(&status);
            match error.code() {
                Code::NotFound | Code::PermissionDenied => Ok(Err(json!({ "what": what, "why": error.message() }))),
                _ => Err(error.into()),
            }
        }
    }
}

fn of_all<M: prost::Message>(name: &str, messages: &[M]) -> Result<Value, Fault> {
    messages.iter().map(|message| of_message(name, message)).collect()
}

/// Canonical JSON of a message of our protocol.
fn of_message(name: &str, message: &impl prost::Message) -> Result<Value, Fault> {
    let name = format!("throughline.{name}");
    let descriptor = POOL.as_ref().and_then(|pool| pool.get_message_by_name(&name));
    let descriptor = descriptor.ok_or_else(|| Error::internal(format!("the protocol has no {name}")))?;
    let encoded = message.encode_to_vec();
    let message = DynamicMessage::decode(descriptor, encoded.as_slice()).map_err(Error::internal)?;
    Ok(serde_json::to_value(&message).map_err(Error::internal)?)
}

#[cfg(test)]
mod tests {
    use api::projection::v1::{StoryEntry, ThreadState, ThreadSummary};

    use super::*;

    #[test]
    fn records_are_written_as_canonical_json() {
        let thread = ThreadSummary {
            follow_up_id: "f".into(),
            state: ThreadState::Completed.into(),
            ..ThreadSummary::default()
        };
        assert_eq!(
            of_message("projection.v1.ThreadSummary", &thread).unwrap(),
            json!({ "followUpId": "f", "state": "THREAD_STATE_COMPLETED" })
        );
    }

    #[test]
    fn every_message_of_the_copy_is_of_the_protocol() {
        let names = include_str!("copy.rs")
            .split('"')
            .filter(|text| text.contains(".v1.") && !text.starts_with('.') && !text.contains(' '));
        for name in names {
            assert!(of_message(name, &StoryEntry::default()).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_refused_is_named_and_what_fails_fails() {
        let refused: Result<tonic::Response<StoryEntry>, _> = Err(Error::permission_denied("not yours").into());
        let fetched = record("enquiry", "projection.v1.StoryEntry", refused).unwrap();
        assert_eq!(fetched, Err(json!({ "what": "enquiry", "why": "not yours" })));
        let away: Result<tonic::Response<StoryEntry>, _> = Err(Error::exhausted("too much").into());
        assert!(record("enquiry", "projection.v1.StoryEntry", away).is_err());
    }
}
