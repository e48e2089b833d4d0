//! A learning record as its reader may see it: whole, or not at all.

use api::{
    catalogue::v1::{
        self as pb, ClaimState, FollowUpLink, GetLearningRecordRequest, LinkBasis, ListClaimsToVerifyRequest,
        ListClaimsToVerifyResponse, MandatoryStanding,
    },
    directory::v1::Role,
    ids::{PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::context::today;
use identity::{Record, access::Kind};
use service::{
    Error, Query, Violations,
    recorded::{optional_urn, text_of},
};

use crate::{
    grpc::{Edge, unknown},
    index::learning::Cursor,
    learning_record::{Claim, ClaimStanding, Credit, LearningRecord, id_of},
};

pub(super) async fn show(edge: &Edge, query: &Query<GetLearningRecordRequest>) -> Result<pb::LearningRecord, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        violations.optional_date("from_on", &message.from_on),
        violations.optional_date("until_on", &message.until_on),
    );
    let (person_id, from_on, until_on) = violations.all(parts)?;
    let person_id = Edge::meant("person_id", person_id, &query.actor)?;
    let person = edge.roster().person(person_id).await;
    let person = person.map_err(|error| unknown("person_id", error))?;
    let about = Record::new(Kind::LearningRecord, person.trust);
    edge.read(&query.actor, &about.at(person.school_on(today())).about(person_id))
        .await?;
    let Some(loaded) = edge.commands.load::<LearningRecord>(id_of(person_id)).await? else {
        return Ok(pb::LearningRecord {
            person_id: person_id.into(),
            ..Default::default()
        });
    };
    let record = loaded.state;
    let within =
        |on: NaiveDate| from_on.is_none_or(|from_on| from_on <= on) && until_on.is_none_or(|until_on| on <= until_on);
    let mut credits: Vec<&Credit> = record
        .credits
        .iter()
        .filter(|credit| credit.minutes > 0 && within(credit.on))
        .collect();
    credits.sort_by_key(|credit| std::cmp::Reverse(credit.on));
    let mut claims: Vec<&Claim> = record.claims.iter().filter(|claim| within(claim.on)).collect();
    claims.sort_by_key(|claim| std::cmp::Reverse(claim.on));
    let mut shown = Vec::with_capacity(claims.len());
    for claim in claims {
        shown.push(claim_of(edge, record.trust, claim).await?);
    }
    Ok(pb::LearningRecord {
        person_id: person_id.into(),
        minutes: credits.iter().map(|credit| credit.minutes).sum(),
        credits: credits.into_iter().map(credit_of).collect(),
        claims: shown,
        certificates: certificates(&record, within),
        mandatory: mandatory(&record),
        version: loaded.version.0,
    })
}

fn certificates(record: &LearningRecord, within: impl Fn(NaiveDate) -> bool) -> Vec<pb::Certificate> {
    let latest_first = record.certificates.iter().rev();
    latest_first
        .filter(|issued| within(service::recorded::date(&issued.on)))
        .map(|issued| pb::Certificate {
            certificate_id: issued.certificate_id.clone(),
            credit_id: issued.credit_id.clone(),
            on: issued.on.clone(),
            expires_on: issued.expires_on.clone(),
        })
        .collect()
}

fn mandatory(record: &LearningRecord) -> Vec<MandatoryStanding> {
    let standing = |item: &String| {
        let completion = record.standing(item)?;
        Some(MandatoryStanding {
            item: item.clone(),
            on: completion.on.to_string(),
            expires_on: text_of(completion.expires_on),
        })
    };
    record.mandatory.keys().filter_map(standing).collect()
}

fn credit_of(credit: &Credit) -> pb::Credit {
    let credited = &credit.credited;
    let link = |id: String, basis: LinkBasis| FollowUpLink {
        follow_up_id: id,
        basis: basis.into(),
    };
    let stated = credited.follow_up_ids.iter().cloned();
    let confirmed = credit.confirmed.iter().map(ToString::to_string);
    pb::Credit {
        credit_id: credit.id.into(),
        activity_id: credited.activity_id.clone(),
        session_id: credited.session_id.clone(),
        claim_id: credited.claim_id.clone(),
        kind: credited.kind,
        urn: credited.urn.clone(),
        on: credit.on.to_string(),
        minutes: credit.minutes,
        focus_areas: credited.focus_areas.clone(),
        follow_ups: stated
            .map(|id| link(id, LinkBasis::Stated))
            .chain(confirmed.map(|id| link(id, LinkBasis::Confirmed)))
            .collect(),
        objective_ids: credited.objective_ids.clone(),
        purpose: credited.purpose,
    }
}

async fn claim_of(edge: &Edge, trust: TrustId, claim: &Claim) -> Result<pb::Claim, Error> {
    let claimed = &claim.claimed;
    let state = match claim.standing {
        ClaimStanding::Claimed => ClaimState::Claimed,
        ClaimStanding::Verified => ClaimState::Verified,
        ClaimStanding::Rejected => ClaimState::Rejected,
    };
    Ok(pb::Claim {
        claim_id: claim.id.into(),
        person_id: claimed.person_id.clone(),
        urn: claimed.urn.clone(),
        title: edge.text(trust, claimed.title.as_ref()).await?,
        provider: edge.text(trust, claimed.provider.as_ref()).await?,
        evidence: edge.text(trust, claimed.evidence.as_ref()).await?,
        kind: claimed.kind,
        on: claim.on.to_string(),
        minutes: claim.minutes,
        state: state.into(),
        reason: edge.text(trust, claim.reason.as_ref()).await?,
    })
}

pub(super) async fn claims_to_verify(
    edge: &Edge,
    query: &Query<ListClaimsToVerifyRequest>,
) -> Result<ListClaimsToVerifyResponse, Error> {
    let message = &query.message;
    let verifier = Edge::meant("person_id", None, &query.actor)?;
    let trust = Edge::trust_of(None, &query.actor)?;
    let roles = [Role::Head, Role::CpdLead, Role::TrustCpdLead];
    let reach = edge.reach(verifier, trust, &roles, today());
    let schools: Option<&[Urn]> = (!reach.whole_trust).then_some(&reach.schools);
    let asked = (message.page_size, message.page_token.as_str());
    let parameters = ListClaimsToVerifyRequest::default();
    let (scope, page) = edge.page::<Cursor>("ListClaimsToVerify", &query.actor, &parameters, asked)?;
    let mut entries = edge.index.claims_to_verify(trust, schools, verifier, &page).await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut entries, |entry| (entry.on, entry.id.0))?;
    let mut claims = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(loaded) = edge.commands.load::<LearningRecord>(id_of(entry.person)).await? else {
            continue;
        };
        let claim = loaded.state.claims.into_iter().find(|claim| claim.id == entry.id);
        if let Some(claim) = claim.filter(|claim| claim.standing == ClaimStanding::Claimed) {
            let record = Record::new(Kind::LearningClaim, trust).at(optional_urn(&claim.claimed.urn));
            claims.push((record.about(entry.person), claim));
        }
    }
    let mut shown = Vec::with_capacity(claims.len());
    for claim in edge.readable(&query.actor, claims).await? {
        shown.push(claim_of(edge, trust, &claim).await?);
    }
    Ok(ListClaimsToVerifyResponse {
        claims: shown,
        next_page_token,
    })
}
