//! Appraisals: what is to be done about them, the reader's own, and those that they lead.

use std::collections::BTreeSet;

use api::{
    appraisal::v1::GetAppraisalRequest,
    projection::v1::{AttentionItem, GetAttentionListRequest, GetPersonRecordRequest},
};
use askama::Template;
use axum::{Router, routing::get};
use chrono::Utc;
use futures::future::join_all;

use super::{
    Shown,
    owed::{Reader, Waiting},
    shell::{Foot, Shell},
    show,
};
use crate::{Gateway, visitor::Visitor, words};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/appraisals", get(list))
}

/// One's own that are shown: those of the last years.
const MOST_OWN: usize = 6;

#[derive(Template)]
#[template(path = "appraisals.html")]
struct Page {
    shell: Shell,
    mine: Vec<Waiting>,
    others: Vec<Waiting>,
    own: Vec<Own>,
    led: Vec<Led>,
    foot: Foot,
}

/// An appraisal of the reader.
struct Own {
    year: String,
    state: &'static str,
    href: String,
}

/// An appraisal that the reader leads and that is open.
struct Led {
    who: String,
    next: String,
    due: String,
    overdue: bool,
    href: String,
}

async fn list(visitor: Visitor) -> Shown {
    let me = visitor.person()?.to_string();
    let attention = GetAttentionListRequest {
        page_size: 500,
        ..GetAttentionListRequest::default()
    };
    let record = GetPersonRecordRequest {
        person_id: me.clone(),
        page_size: 500,
        ..GetPersonRecordRequest::default()
    };
    let clients = visitor.clients();
    let (mut tracking, mut records) = (clients.tracking.clone(), clients.tracking);
    let (list, record, vocabulary) = tokio::join!(
        tracking.get_attention_list(visitor.ask(attention)),
        records.get_person_record(visitor.ask(record)),
        visitor.vocabulary(),
    );
    let (list, record, vocabulary) = (list?.into_inner(), record?.into_inner(), vocabulary?);
    let reader = Reader {
        person_id: &me,
        vocabulary: &vocabulary,
        today: identity::context::today(),
    };
    let mut seen = BTreeSet::new();
    let own_ids: Vec<&str> = record
        .timeline
        .iter()
        .filter(|entry| entry.kind.starts_with("appraisal.") && seen.insert(entry.stream_id.as_str()))
        .map(|entry| entry.stream_id.as_str())
        .collect();
    let about_one = |item: &&AttentionItem| {
        item.obligation
            .as_ref()
            .is_some_and(|owed| !owed.appraisal_id.is_empty())
    };
    let mine: Vec<&AttentionItem> = list.waits_for_me.iter().filter(about_one).collect();
    let others: Vec<&AttentionItem> = list.waits_because_of_me.iter().filter(about_one).collect();
    show(&Page {
        shell: Shell::new(&visitor, "Appraisals", "/appraisals"),
        led: led(&reader, &mine, &others, &own_ids),
        mine: mine.into_iter().map(|item| reader.mine(item)).collect(),
        others: others.into_iter().map(|item| reader.theirs(item)).collect(),
        own: own(&visitor, &own_ids).await,
        foot: Foot::new(&record.completeness, Utc::now()),
    })
}

async fn own(visitor: &Visitor, ids: &[&str]) -> Vec<Own> {
    let ask = |id: &str| {
        let mut appraisals = visitor.clients().appraisals;
        let request = visitor.ask(GetAppraisalRequest {
            appraisal_id: id.to_owned(),
        });
        async move { appraisals.get_appraisal(request).await }
    };
    let answers = join_all(ids.iter().take(MOST_OWN).map(|id| ask(id))).await;
    let appraisals = answers
        .into_iter()
        .filter_map(|answer| answer.ok()?.into_inner().appraisal);
    appraisals
        .map(|appraisal| Own {
            year: words::cycle(appraisal.year),
            state: words::appraisal_state(appraisal.state()),
            href: format!("/appraisals/{}", appraisal.appraisal_id),
        })
        .collect()
}

/// Open appraisals of others in which the reader is a side: they lead them. Each once, by its next step.
fn led(reader: &Reader<'_>, mine: &[&AttentionItem], others: &[&AttentionItem], own: &[&str]) -> Vec<Led> {
    let mut seen = BTreeSet::new();
    let both = mine.iter().chain(others);
    both.filter_map(|item| {
        let owed = item.obligation.as_ref()?;
        if own.contains(&owed.appraisal_id.as_str()) || !seen.insert(owed.appraisal_id.clone()) {
            return None;
        }
        let is_mine = owed.owed_by.as_ref().is_some_and(|by| by.person_id == reader.person_id);
        let other = if is_mine { &owed.owed_to } else { &owed.owed_by };
        Some(Led {
            who: other.as_ref()?.name.clone(),
            next: words::obligation(owed.kind()).to_owned(),
            due: words::iso_day(&owed.due_on),
            overdue: owed.overdue,
            href: format!("/appraisals/{}", owed.appraisal_id),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use api::projection::v1::{Obligation, ObligationKind, PersonRef};

    use super::*;
    use crate::words::Vocabulary;

    #[test]
    fn whoever_is_a_side_of_anothers_appraisal_leads_it() {
        let person = |id: &str| {
            Some(PersonRef {
                person_id: id.into(),
                name: id.into(),
            })
        };
        let item = |appraisal: &str, by: &str, to: &str| AttentionItem {
            obligation: Some(Obligation {
                kind: ObligationKind::SignAppraisal.into(),
                appraisal_id: appraisal.into(),
                owed_by: person(by),
                owed_to: person(to),
                ..Obligation::default()
            }),
            ..AttentionItem::default()
        };
        let vocabulary = Vocabulary::default();
        let reader = Reader {
            person_id: "me",
            vocabulary: &vocabulary,
            today: identity::context::today(),
        };
        let (own, led_by_me, again) = (item("a", "me", "x"), item("b", "me", "y"), item("b", "y", "me"));
        let led = led(&reader, &[&own, &led_by_me], &[&again], &["a"]);
        let who: Vec<_> = led.iter().map(|led| led.who.as_str()).collect();
        assert_eq!(who, ["y"]);
    }
}
