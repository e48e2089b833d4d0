//! Self-reviews.

use api::{
    catalogue::v1 as pb,
    ids::{FrameworkId, PathwayId, PersonId, SelfReviewId},
};
use service::{Call, Error, Loaded, Plan, Query, Violations};
use uuid::Uuid;

use super::{Asked, CODE, NOTE, Planning, free_text, one};
use crate::planning::{
    Place,
    index::{Filter, Listed},
    pathway::Pathway,
    self_review::{Against, Command, Score, SelfReview, Take},
};

/// Most units of a self-review.
const UNITS: usize = 100;

pub(super) async fn take(edge: &Planning, call: &Call<pb::TakeSelfReviewRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<SelfReviewId>("self_review_id", &message.self_review_id),
        violations.optional_id::<PathwayId>("pathway_id", &message.pathway_id),
        violations.optional_id::<FrameworkId>("framework_id", &message.framework_id),
        violations.list("scores", &message.scores, UNITS, |violations, at, scored| {
            let unit = violations.text(&format!("{at}.unit"), &scored.unit, CODE);
            let note = free_text(violations, &format!("{at}.note"), &scored.note, NOTE);
            Some(Score {
                unit: unit?,
                score: scored.score,
                note: note?,
            })
        }),
    );
    violations.check(
        message.pathway_id.is_empty() != message.framework_id.is_empty(),
        "pathway_id",
        || "compare yourself with a pathway or with a framework: give one of them".to_owned(),
    );
    let (id, pathway, framework, scores) = violations.all(parts)?;
    let caller = edge.caller(&call.actor).await?;
    let against = match (pathway, framework) {
        (Some(id), _) => pathway_of(edge, id, &caller).await?,
        (None, framework) => Against::Framework(framework.unwrap_or_default()),
    };
    let take = Take {
        place: Place {
            trust: caller.trust,
            urn: caller.school_on(call.today()),
        },
        person: caller.id,
        against,
        scores,
    };
    let id = id.unwrap_or_else(|| SelfReviewId(Uuid::now_v7()));
    Ok(Plan::of::<SelfReview>(id, Command::Take(take)))
}

async fn pathway_of(edge: &Planning, id: PathwayId, caller: &identity::roster::Person) -> Result<Against, Error> {
    let loaded = edge.commands.load::<Pathway>(id).await?;
    match loaded.filter(|loaded| loaded.state.place.trust == caller.trust) {
        Some(loaded) => Ok(Against::Pathway {
            id,
            units: loaded.state.units(),
        }),
        None => Err(Error::invalid("pathway_id", format!("there is no pathway {id}"))),
    }
}

pub(super) async fn share(edge: &Planning, call: &Call<pb::ShareSelfReviewRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SelfReviewId>("self_review_id", &call.message.self_review_id),
        violations.id::<PersonId>("with_id", &call.message.with_id),
    );
    let (id, with) = violations.all(parts)?;
    let caller = edge.caller(&call.actor).await?;
    edge.member("with_id", with, caller.trust, call.today()).await?;
    Ok(Plan::of::<SelfReview>(id, Command::Share { with }))
}

pub(super) async fn unshare(_: &Planning, call: &Call<pb::UnshareSelfReviewRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SelfReviewId>("self_review_id", &call.message.self_review_id),
        violations.id::<PersonId>("with_id", &call.message.with_id),
    );
    let (id, with) = violations.all(parts)?;
    Ok(Plan::of::<SelfReview>(id, Command::Unshare { with }))
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetSelfReviewRequest>,
) -> Result<pb::GetSelfReviewResponse, Error> {
    let id: SelfReviewId = one(query, "self_review_id", &query.message.self_review_id)?;
    let loaded = edge.readable(&query.actor, id, SelfReview::as_record).await?;
    let is_own = query.actor.is(loaded.state.person);
    Ok(pb::GetSelfReviewResponse {
        self_review: Some(show(edge, id.0, &loaded, is_own).await?),
    })
}

pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListSelfReviewsRequest>,
) -> Result<pb::ListSelfReviewsResponse, Error> {
    let message = &query.message;
    let caller = edge.caller(&query.actor).await?;
    let filter = Filter {
        person: Some(caller.id),
        ..Filter::of(Listed::SelfReview, caller.trust)
    };
    let asked = Asked {
        method: "ListSelfReviews",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListSelfReviewsRequest::default();
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, SelfReview::as_record)
        .await?;
    let mut self_reviews = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        self_reviews.push(show(edge, *id, loaded, true).await?);
    }
    Ok(pb::ListSelfReviewsResponse {
        self_reviews,
        next_page_token: found.next_page_token,
    })
}

/// With whom it is shared is shown to its person alone.
async fn show(
    edge: &Planning,
    id: Uuid,
    loaded: &Loaded<SelfReview>,
    is_own: bool,
) -> Result<pb::SelfReviewDetails, Error> {
    let review = &loaded.state;
    let taken = review.taken.clone().unwrap_or_default();
    let mut scores = Vec::with_capacity(taken.scores.len());
    for scored in &taken.scores {
        scores.push(pb::ScoredUnit {
            unit: scored.unit.clone(),
            score: scored.score,
            note: edge.text(review.place.trust, scored.note.as_ref()).await?,
        });
    }
    let shared_with = review.shared_with.iter().filter(|_| is_own);
    Ok(pb::SelfReviewDetails {
        self_review_id: id.to_string(),
        person_id: taken.person_id,
        pathway_id: taken.pathway_id,
        framework_id: taken.framework_id,
        scores,
        begin_with: taken.begin_with,
        shared_with: shared_with.map(ToString::to_string).collect(),
        on: taken.on,
        version: loaded.version.0,
    })
}
