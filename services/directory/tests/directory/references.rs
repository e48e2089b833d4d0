//! Reference data and crosswalks through the protocol.

use api::{
    directory::v1::{focus_service_client::FocusServiceClient, reference_service_client::ReferenceServiceClient, *},
    ids::TrustId,
};
use reference::Set;
use tonic::Code;

use crate::{
    common::{GRACE, World, id},
    reason,
};

fn area(code: &str) -> FocusArea {
    FocusArea {
        code: code.into(),
        label: code.into(),
        ..FocusArea::default()
    }
}

fn item(code: &str) -> ReferenceItem {
    ReferenceItem {
        code: code.into(),
        label: code.into(),
        value: Some(24),
        unit: "months".into(),
        ..ReferenceItem::default()
    }
}

fn training(edition: &str, as_of: &str, items: Vec<ReferenceItem>) -> PublishReferenceRequest {
    PublishReferenceRequest {
        request_id: id(),
        set: "mandatory_training".into(),
        title: "Mandatory training".into(),
        edition: edition.into(),
        as_of: as_of.into(),
        source: "Our own rules".into(),
        licence: "Ours".into(),
        items,
        ..PublishReferenceRequest::default()
    }
}

#[tokio::test]
async fn reference_data_is_there_from_the_start_and_a_newer_edition_reaches_every_service() {
    let world = World::new().await;
    world.with_a_trust().await;
    let mut references = ReferenceServiceClient::new(world.channel());
    let list = references
        .list_reference_sets(world.by(GRACE, ListReferenceSetsRequest {}))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.sets.len(), Set::ALL.len());
    assert!(list.sets.iter().all(|set| set.version == 1 && !set.source.is_empty()));

    let publish = training("2031.1", "2031-09-01", vec![item("swimming")]);
    references.publish_reference(world.by_operator(publish)).await.unwrap();
    world.directory.load_reference().await.unwrap();
    let ask = |edition: &str| GetReferenceSetRequest {
        set: "mandatory_training".into(),
        edition: edition.into(),
    };
    let now = references
        .get_reference_set(world.by(GRACE, ask("")))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(now.items.len(), 1);
    assert_eq!(now.set.unwrap().editions, ["2025.1", "2031.1"]);
    let before = references
        .get_reference_set(world.by(GRACE, ask("2025.1")))
        .await
        .unwrap()
        .into_inner();
    assert!(before.items.iter().any(|item| item.code == "safeguarding_update"));
    let roster = world.commands.gate().roster();
    roster.catch_up().await.unwrap();
    let known = roster.read().reference().edition(Set::MandatoryTraining);
    assert_eq!(known.item("swimming").and_then(|item| item.months()), Some(24));

    let unknown = references
        .get_reference_set(world.by(GRACE, ask("1999.1")))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn what_is_published_as_reference_is_checked() {
    let world = World::new().await;
    world.with_a_trust().await;
    let mut references = ReferenceServiceClient::new(world.channel());
    let wrong = PublishReferenceRequest {
        set: "astrology".into(),
        items: vec![
            item("Not stable"),
            item("twice"),
            item("twice"),
            ReferenceItem {
                unit: String::new(),
                ..item("bare")
            },
            ReferenceItem {
                value: Some(-1),
                ..item("less")
            },
        ],
        source: String::new(),
        ..training("2031.1", "2031-13-01", Vec::new())
    };
    let refused = references
        .publish_reference(world.by_operator(wrong))
        .await
        .unwrap_err();
    let error = service::Error::from_status(&refused);
    let fields: Vec<_> = error.violations().iter().map(|found| found.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "set",
            "as_of",
            "source",
            "items[0].code",
            "items[3].unit",
            "items[4].value",
            "items[2].code"
        ]
    );
    let none = training("2031.1", "2031-09-01", Vec::new());
    let refused = references.publish_reference(world.by_operator(none)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let older = training("2001.1", "2001-09-01", vec![item("fire")]);
    let refused = references
        .publish_reference(world.by_operator(older))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "REFERENCE_OLDER");
    let by_a_person = training("2031.1", "2031-09-01", vec![item("fire")]);
    let refused = references
        .publish_reference(world.by(GRACE, by_a_person))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_crosswalk_says_which_words_mean_nothing_to_others() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    let mut focus = FocusServiceClient::new(world.channel());
    let ask = || GetCrosswalkRequest {
        trust_id: trust.to_string(),
    };
    let none = focus.get_crosswalk(world.by(GRACE, ask())).await.unwrap().into_inner();
    assert!(none.framework_id.is_empty() && none.lines.is_empty() && !none.shared_edition.is_empty());

    let publish = PublishFrameworkRequest {
        request_id: id(),
        trust_id: trust.to_string(),
        name: "Hill's words".into(),
        version: "1".into(),
        areas: ["ask", "probe", "modelling", "whistle"].map(area).to_vec(),
        ..PublishFrameworkRequest::default()
    };
    let published = focus
        .publish_framework(world.by_operator(publish))
        .await
        .unwrap()
        .into_inner()
        .recorded
        .unwrap();
    let map = |pairs: &[(&str, &str)]| SetCrosswalkRequest {
        request_id: id(),
        framework_id: published.id.clone(),
        entries: pairs
            .iter()
            .map(|(own, shared)| CrosswalkEntry {
                own_code: (*own).into(),
                shared_code: (*shared).into(),
            })
            .collect(),
        ..SetCrosswalkRequest::default()
    };
    focus
        .set_crosswalk(world.by_operator(map(&[("ask", "questioning"), ("probe", "questioning")])))
        .await
        .unwrap();
    let unknown = focus
        .set_crosswalk(world.by_operator(map(&[("ask", "singing")])))
        .await
        .unwrap_err();
    assert_eq!(reason(&unknown), "UNKNOWN_SHARED_FOCUS_AREA");

    let shown = focus.get_crosswalk(world.by(GRACE, ask())).await.unwrap().into_inner();
    let lines: Vec<_> = shown
        .lines
        .iter()
        .map(|line| {
            let code = |area: &Option<FocusArea>| area.as_ref().map(|area| area.code.clone()).unwrap_or_default();
            (code(&line.own), code(&line.shared), line.state())
        })
        .collect();
    let line = |own: &str, shared: &str, state| (own.to_owned(), shared.to_owned(), state);
    assert_eq!(
        lines,
        [
            line("ask", "questioning", CrosswalkState::Mapped),
            line("modelling", "modelling", CrosswalkState::SameCode),
            line("probe", "questioning", CrosswalkState::Mapped),
            line("whistle", "", CrosswalkState::Unmapped),
        ]
    );
    assert_eq!((shown.mapped_count, shown.mapped_own_edition.as_str()), (3, "1"));
    assert_eq!(shown.mapped_shared_edition, shown.shared_edition);
    assert!(shown.unreached.iter().any(|area| area.code == "feedback_to_pupils"));
    assert!(!shown.unreached.iter().any(|area| area.code == "questioning"));

    let roster = world.commands.gate().roster();
    roster.catch_up().await.unwrap();
    let register = roster.read();
    assert_eq!(
        register.vocabulary().shared_code(TrustId(trust), "probe"),
        Some("questioning")
    );
    assert_eq!(register.vocabulary().shared_code(TrustId(trust), "whistle"), None);
}
