//! Providers: the register, quality assurance, and value for money.

use api::{
    catalogue::v1::{self as pb, ProviderReviewed},
    ids::{ActivityId, ProviderId, ProviderReviewId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations, recorded::text_of};
use uuid::Uuid;

use super::{Asked, NOTE, Planning, TITLE, focus_areas, free_text, given, one, today};
use crate::planning::{
    Place,
    index::{Filter, Listed, Value},
    provider::{Command, Profile, Provider, Review},
};

/// Most scores of a review: more than there are criteria.
const SCORES: usize = 20;

pub(super) async fn register(edge: &Planning, call: &Call<pb::RegisterProviderRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<ProviderId>("provider_id", &message.provider_id),
        violations.id::<TrustId>("trust_id", &message.trust_id),
        profile(&mut violations, &message.title, message.source, &message.focus_areas),
        violations.optional_id::<Urn>("urn", &message.urn),
    );
    let (id, trust, profile, urn) = violations.all(parts)?;
    let place = edge.place(Some(trust), None, call.today()).await?;
    if let Some(urn) = urn {
        // A provider may be a school of another trust.
        edge.school("urn", urn, call.today()).await?;
    }
    let id = id.unwrap_or_else(|| ProviderId(Uuid::now_v7()));
    let register = Command::Register {
        place,
        profile,
        urn: text_of(urn),
    };
    Ok(Plan::of::<Provider>(id, register))
}

fn profile(violations: &mut Violations, title: &str, source: i32, areas: &[String]) -> Option<Profile> {
    let title = violations.text("title", title, TITLE);
    let source = violations.choice("source", source);
    let focus_areas = focus_areas(violations, areas);
    Some(Profile {
        title: title?,
        source: source?,
        focus_areas: focus_areas?,
    })
}

pub(super) async fn revise(_: &Planning, call: &Call<pb::ReviseProviderRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ProviderId>("provider_id", &message.provider_id),
        profile(&mut violations, &message.title, message.source, &message.focus_areas),
    );
    let (id, profile) = violations.all(parts)?;
    Ok(Plan::of::<Provider>(id, Command::Revise(profile)))
}

pub(super) async fn review(edge: &Planning, call: &Call<pb::ReviewProviderRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ProviderId>("provider_id", &message.provider_id),
        violations.optional_id::<ProviderReviewId>("review_id", &message.review_id),
        violations.date("on", &message.on),
        violations.list("scores", &message.scores, SCORES, |violations, at, scored| {
            let criterion = violations.choice(&format!("{at}.criterion"), scored.criterion);
            Some((criterion?, scored.score))
        }),
        violations.choice("standing", message.standing),
        violations.optional_id::<ActivityId>("activity_id", &message.activity_id),
        free_text(&mut violations, "summary", &message.summary, NOTE),
    );
    let (id, review_id, on, scores, standing, activity, summary) = violations.all(parts)?;
    let trust = edge.commands.get::<Provider>(id).await?.state.place.trust;
    let review = Review {
        id: review_id.unwrap_or_else(|| ProviderReviewId(Uuid::now_v7())),
        on,
        scores,
        standing,
        activity: edge.optional_activity(activity, trust).await?,
        summary,
    };
    Ok(Plan::of::<Provider>(id, Command::Review(review)))
}

pub(super) async fn retire(_: &Planning, call: &Call<pb::RetireProviderRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<ProviderId>("provider_id", &call.message.provider_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<Provider>(id, Command::Retire))
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetProviderRequest>,
) -> Result<pb::GetProviderResponse, Error> {
    let id: ProviderId = one(query, "provider_id", &query.message.provider_id)?;
    let loaded = edge.readable(&query.actor, id, Provider::as_record).await?;
    Ok(pb::GetProviderResponse {
        provider: Some(show(edge, id.0, &loaded, true).await?),
    })
}

pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListProvidersRequest>,
) -> Result<pb::ListProvidersResponse, Error> {
    let message = &query.message;
    let trust: TrustId = one(query, "trust_id", &message.trust_id)?;
    let place = edge.place(Some(trust), None, today()).await?;
    edge.may_read(&query.actor, &place.record(Kind::Provider)).await?;
    let filter = Filter {
        state: (!message.include_retired).then_some(1),
        focus_area: given(&message.focus_area),
        ..Filter::of(Listed::Provider, trust)
    };
    let asked = Asked {
        method: "ListProviders",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListProvidersRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, Provider::as_record)
        .await?;
    let mut providers = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        providers.push(show(edge, *id, loaded, false).await?);
    }
    Ok(pb::ListProvidersResponse {
        providers,
        next_page_token: found.next_page_token,
    })
}

/// What sessions cost is for those who plan them.
pub(super) async fn value(
    edge: &Planning,
    query: &Query<pb::GetProviderValueRequest>,
) -> Result<pb::GetProviderValueResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ProviderId>("provider_id", &message.provider_id),
        violations.optional_date("from_on", &message.from_on),
        violations.optional_date("until_on", &message.until_on),
    );
    let (id, first, last) = violations.all(parts)?;
    let provider = edge.readable(&query.actor, id, Provider::as_record).await?.state;
    edge.may_read(&query.actor, &provider.place.record(Kind::Commission))
        .await?;
    let first = first.unwrap_or(BEGINNING);
    let found = edge.index.value(id, first, last.unwrap_or_else(today)).await?;
    Ok(pb::GetProviderValueResponse {
        value: Some(worth(found)),
    })
}

/// Before anything was recorded.
const BEGINNING: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Rates beside what they were divided by; absent where that is nothing.
fn worth(found: Value) -> pb::ProviderValue {
    let bounded = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    pb::ProviderValue {
        activity_count: bounded(found.activity_count),
        session_count: bounded(found.session_count),
        participant_count: bounded(found.participant_count),
        participant_minutes: found.participant_minutes,
        cost_pence: found.cost_pence,
        pence_per_participant: rounded(found.cost_pence, found.participant_count),
        pence_per_participant_hour: rounded(found.cost_pence.saturating_mul(60), found.participant_minutes),
    }
}

/// A quotient to the nearest whole; absent if it is by nothing.
fn rounded(numerator: i64, denominator: i64) -> Option<i64> {
    (denominator > 0).then(|| numerator.saturating_add(denominator / 2) / denominator)
}

async fn show(
    edge: &Planning,
    id: Uuid,
    loaded: &Loaded<Provider>,
    in_words: bool,
) -> Result<pb::ProviderDetails, Error> {
    let provider = &loaded.state;
    let latest = provider.latest_reviews();
    let standing = latest.first().map(|review| review.standing).unwrap_or_default();
    let mut reviews = Vec::with_capacity(latest.len());
    for review in latest {
        reviews.push(show_review(edge, provider.place, review, in_words).await?);
    }
    Ok(pb::ProviderDetails {
        provider_id: id.to_string(),
        trust_id: provider.place.trust.into(),
        title: provider.profile.title.clone(),
        source: provider.profile.source.into(),
        focus_areas: provider.profile.focus_areas.clone(),
        urn: provider.urn.clone(),
        reviews,
        standing,
        retired_on: text_of(provider.retired_on),
        version: loaded.version.0,
    })
}

/// Summaries are shown one provider at a time.
async fn show_review(
    edge: &Planning,
    place: Place,
    review: &ProviderReviewed,
    in_words: bool,
) -> Result<pb::ProviderReviewDetails, Error> {
    let summary = review.summary.as_ref().filter(|_| in_words);
    Ok(pb::ProviderReviewDetails {
        review_id: review.review_id.clone(),
        on: review.on.clone(),
        reviewer_id: review.reviewer_id.clone(),
        scores: review.scores.clone(),
        standing: review.standing,
        activity_id: review.activity_id.clone(),
        summary: edge.text(place.trust, summary).await?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_divided_by_nothing() {
        let nobody_came = Value {
            session_count: 2,
            ..Value::default()
        };
        let worth = worth(nobody_came);
        assert_eq!(
            (worth.pence_per_participant, worth.pence_per_participant_hour),
            (None, None)
        );
    }

    #[test]
    fn cost_is_shared_by_those_who_came_and_by_their_hours() {
        let found = Value {
            activity_count: 1,
            session_count: 1,
            participant_count: 3,
            participant_minutes: 270,
            cost_pence: 10_000,
        };
        let worth = worth(found);
        assert_eq!(worth.pence_per_participant, Some(3_333));
        assert_eq!(worth.pence_per_participant_hour, Some(2_222));
    }
}
