//! The directory through its protocol.

#[allow(clippy::unwrap_used, reason = "a test that cannot begin fails")]
mod common;
mod references;

use api::directory::v1::{
    self as pb, focus_service_client::FocusServiceClient, network_service_client::NetworkServiceClient,
    policy_service_client::PolicyServiceClient, trust_service_client::TrustServiceClient, *,
};
use common::{ADA, DALE, GRACE, HILL, World, id, post, row};
use directory_service::person::{Command, Person};
use eventstore::Position;
use service::{Error, Plan};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

fn link(person: &str, scheme: IdentifierScheme, value: &str) -> LinkIdentifierRequest {
    LinkIdentifierRequest {
        request_id: id(),
        person_id: person.into(),
        scheme: scheme.into(),
        value: value.into(),
        ..LinkIdentifierRequest::default()
    }
}

fn erase(person: &str) -> ErasePersonRequest {
    ErasePersonRequest {
        request_id: id(),
        person_id: person.into(),
        reason: "subject_request".into(),
        ..ErasePersonRequest::default()
    }
}

/// The machine reason of a refusal.
fn reason(status: &tonic::Status) -> String {
    Error::from_status(status).reason().to_owned()
}

#[tokio::test]
async fn an_import_makes_schools_and_trusts_and_repeats_nothing() {
    let world = World::new().await;
    let rows = || {
        vec![
            row(2, HILL, "Hill School", "HILL TRUST"),
            row(3, DALE, "Dale School", "Hill Trust "),
        ]
    };
    let first = world.import(rows()).await;
    let again = world.import(rows()).await;
    assert_eq!(first.position, again.position);

    let mut trusts = TrustServiceClient::new(world.channel());
    let reply = trusts
        .list_trusts(world.by_operator(ListTrustsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.trusts.len(), 1);
    assert_eq!(
        (reply.trusts[0].name.as_str(), reply.trusts[0].school_count),
        ("HILL TRUST", 2)
    );

    let list = |page_token: String| ListSchoolsRequest {
        page_size: 1,
        page_token,
        ..ListSchoolsRequest::default()
    };
    let page = world
        .schools()
        .list_schools(world.by_operator(list(String::new())))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.schools[0].urn, HILL);
    assert_eq!(page.schools[0].joined_on, "2012-09-01");
    let page = world
        .schools()
        .list_schools(world.by_operator(list(page.next_page_token)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (page.schools[0].urn.as_str(), page.next_page_token.as_str()),
        (DALE, "")
    );
}

#[tokio::test]
async fn an_import_with_one_broken_row_changes_nothing() {
    let world = World::new().await;
    let before = world.commands.store().head().await.unwrap();
    let rows = vec![row(13, HILL, "Hill School", ""), row(14, "13679", "Dale School", "")];
    let request = ImportSchoolsRequest {
        request_id: id(),
        rows,
        ..ImportSchoolsRequest::default()
    };
    let status = world
        .schools()
        .import_schools(world.by_operator(request))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("row 14: URN"), "{}", status.message());
    assert_eq!(world.commands.store().head().await.unwrap(), before);
}

#[tokio::test]
async fn the_sample_download_is_imported() {
    let world = World::new().await;
    let rows = directory_service::gias::read(include_bytes!("../../../throughline/data/gias_trusts.csv")).unwrap();
    let first = world.import(rows.clone()).await;
    assert_eq!(world.import(rows).await.position, first.position);
    let mut trusts = TrustServiceClient::new(world.channel());
    let reply = trusts
        .list_trusts(world.by_operator(ListTrustsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.trusts.iter().map(|trust| trust.school_count).sum::<i32>(), 154);
    assert_eq!(reply.trusts.len(), 8);
}

#[tokio::test]
async fn somebody_added_is_seen_by_colleagues_and_by_nobody_else() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    world.add(trust, ADA, "Ada", "Byron", Some(post("", HILL))).await;

    let seen = world.get(GRACE, ADA).await.unwrap();
    assert_eq!((seen.given_name.as_str(), seen.family_name.as_str()), ("Ada", "Byron"));
    assert_eq!(seen.employments[0].urn, HILL);
    assert_eq!(
        world.get(common::OPERATOR, ADA).await.unwrap_err().code(),
        Code::PermissionDenied
    );

    // Nothing of the name is stored.
    for event in world.commands.store().read(Position(0), 1_000).await.unwrap() {
        assert!(!event.payload.windows(5).any(|bytes| bytes == b"Byron"));
    }

    let list = ListPeopleRequest {
        trust_id: trust.to_string(),
        urn: HILL.into(),
        ..ListPeopleRequest::default()
    };
    let people = world
        .people()
        .list_people(world.by(ADA, list))
        .await
        .unwrap()
        .into_inner()
        .people;
    assert_eq!(
        people
            .iter()
            .map(|person| person.given_name.as_str())
            .collect::<Vec<_>>(),
        ["Ada"]
    );
}

#[tokio::test]
async fn a_command_sent_again_gets_its_first_answer() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    let request = AddPersonRequest {
        request_id: id(),
        trust_id: trust.to_string(),
        given_name: "Ada".into(),
        family_name: "Byron".into(),
        ..AddPersonRequest::default()
    };
    let answer = async || {
        let reply = world
            .people()
            .add_person(world.by(GRACE, request.clone()))
            .await
            .unwrap();
        reply.into_inner().recorded.unwrap()
    };
    let (first, second) = (answer().await, answer().await);
    assert_eq!((first.id, first.position), (second.id, second.position));
    assert!(second.replayed && !first.replayed);
}

#[tokio::test]
async fn an_identifier_leads_to_one_person() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    world.add(trust, ADA, "Ada", "Byron", Some(post("", HILL))).await;
    let trn = IdentifierScheme::Trn;
    world
        .people()
        .link_identifier(world.by(GRACE, link(ADA, trn, "1234567")))
        .await
        .unwrap();
    let taken = world
        .people()
        .link_identifier(world.by(GRACE, link(GRACE, trn, "1234567")))
        .await
        .unwrap_err();
    assert_eq!(reason(&taken), "IDENTIFIER_TAKEN");
    let short = world
        .people()
        .link_identifier(world.by(GRACE, link(GRACE, trn, "123456")))
        .await
        .unwrap_err();
    assert_eq!(short.code(), Code::InvalidArgument);

    let find = || FindPersonRequest {
        trust_id: trust.to_string(),
        scheme: trn.into(),
        value: "1234567".into(),
    };
    let found = world
        .people()
        .find_person(world.by(GRACE, find()))
        .await
        .unwrap()
        .into_inner()
        .person
        .unwrap();
    assert_eq!((found.person_id.as_str(), found.given_name.as_str()), (ADA, "Ada"));
    assert_eq!(found.identifiers[0].value, "1234567");
    let found = world
        .people()
        .find_person(world.by_operator(find()))
        .await
        .unwrap()
        .into_inner()
        .person
        .unwrap();
    assert_eq!((found.person_id.as_str(), found.given_name.as_str()), (ADA, ""));
    assert!(world.people().find_person(world.by(ADA, find())).await.is_err());
}

#[tokio::test]
async fn whoever_is_erased_can_no_longer_be_read_and_their_identifiers_are_free() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    world.add(trust, ADA, "Ada", "Byron", Some(post("", HILL))).await;
    let trn = IdentifierScheme::Trn;
    world
        .people()
        .link_identifier(world.by(GRACE, link(ADA, trn, "1234567")))
        .await
        .unwrap();

    let request = erase(ADA);
    world
        .people()
        .erase_person(world.by(GRACE, request.clone()))
        .await
        .unwrap();
    let again = world
        .people()
        .erase_person(world.by(GRACE, request))
        .await
        .unwrap()
        .into_inner();
    assert!(again.recorded.unwrap().replayed);

    let seen = world.get(GRACE, ADA).await.unwrap();
    assert_eq!(
        (seen.given_name.as_str(), seen.erased, seen.left),
        ("[erased]", true, true)
    );
    assert!(seen.employments.is_empty() && seen.identifiers.is_empty());
    world
        .people()
        .link_identifier(world.by(GRACE, link(GRACE, trn, "1234567")))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_completed() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    world.add(trust, ADA, "Ada", "Byron", Some(post("", HILL))).await;
    let ada: Uuid = ADA.parse().unwrap();

    // The event is recorded, but the process ends before the key is destroyed.
    let call = world.commands.accept(world.by(GRACE, erase(ADA))).await.unwrap();
    let plan = Plan::of::<Person>(
        ada,
        Command::Erase {
            reason: "retention".into(),
            released: Vec::new(),
        },
    );
    world.commands.run(call, Ok(plan)).await.unwrap();
    assert!(!world.keys.is_erased(ada).await.unwrap());

    let shutdown = CancellationToken::new();
    let reacting = tokio::spawn({
        let (directory, shutdown) = (world.directory.clone(), shutdown.clone());
        async move { directory.react(shutdown).await }
    });
    while !world.keys.is_erased(ada).await.unwrap() {
        tokio::task::yield_now().await;
    }
    shutdown.cancel();
    reacting.await.unwrap();
    assert_eq!(world.get(GRACE, ADA).await.unwrap().given_name, "[erased]");
}

#[tokio::test]
async fn who_leaves_is_listed_only_on_request() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    let employment_id = id();
    world
        .add(trust, ADA, "Ada", "Byron", Some(post(&employment_id, HILL)))
        .await;
    let end = EndEmploymentRequest {
        request_id: id(),
        person_id: ADA.into(),
        employment_id,
        on: "2025-01-31".into(),
        reason: EmploymentEnd::Resigned.into(),
        ..EndEmploymentRequest::default()
    };
    world.people().end_employment(world.by(GRACE, end)).await.unwrap();
    let list = async |include_left| {
        let request = ListPeopleRequest {
            trust_id: trust.to_string(),
            include_left,
            ..ListPeopleRequest::default()
        };
        world
            .people()
            .list_people(world.by(GRACE, request))
            .await
            .unwrap()
            .into_inner()
            .people
            .len()
    };
    assert_eq!((list(false).await, list(true).await), (1, 2));
    assert!(world.get(GRACE, ADA).await.unwrap().left);
}

#[tokio::test]
async fn a_school_leaving_its_trust_takes_no_consent_along() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    let scope = Some(RoleScope {
        trust_id: trust.to_string(),
        ..RoleScope::default()
    });
    let lead = GrantRoleRequest {
        request_id: id(),
        person_id: GRACE.into(),
        role: pb::Role::TrustLeader.into(),
        scope,
        from_on: "2024-09-01".into(),
        ..GrantRoleRequest::default()
    };
    world.people().grant_role(world.by_operator(lead)).await.unwrap();

    let mut networks = NetworkServiceClient::new(world.channel());
    let network_id = id();
    let register = RegisterNetworkRequest {
        request_id: id(),
        network_id: network_id.clone(),
        name: "Coast Hub".into(),
        kind: NetworkKind::Hub.into(),
        ..RegisterNetworkRequest::default()
    };
    networks.register_network(world.by_operator(register)).await.unwrap();
    let join = JoinNetworkRequest {
        request_id: id(),
        network_id: network_id.clone(),
        urn: HILL.into(),
        on: "2025-01-01".into(),
        ..JoinNetworkRequest::default()
    };
    networks.join_network(world.by_operator(join)).await.unwrap();
    let consent = GiveNetworkConsentRequest {
        request_id: id(),
        network_id: network_id.clone(),
        urn: HILL.into(),
        on: "2025-01-01".into(),
        ..GiveNetworkConsentRequest::default()
    };
    let refused = networks
        .give_network_consent(world.by_operator(consent.clone()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    networks.give_network_consent(world.by(GRACE, consent)).await.unwrap();

    let consented = async || {
        let request = world.by(GRACE, ListNetworksRequest::default());
        let reply = NetworkServiceClient::new(world.channel())
            .list_networks(request)
            .await
            .unwrap()
            .into_inner();
        reply.networks[0].members[0].consented
    };
    assert!(consented().await);
    let leave = LeaveTrustRequest {
        request_id: id(),
        urn: HILL.into(),
        on: "2025-10-31".into(),
        ..LeaveTrustRequest::default()
    };
    world.schools().leave_trust(world.by(GRACE, leave)).await.unwrap();
    assert!(!consented().await);
}

#[tokio::test]
async fn the_shared_vocabulary_is_there_and_a_trust_adds_its_own_words() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    world.directory.load_reference().await.unwrap();
    let mut focus = FocusServiceClient::new(world.channel());
    let publish = PublishFrameworkRequest {
        request_id: id(),
        trust_id: trust.to_string(),
        name: "Hill's words".into(),
        version: "1".into(),
        areas: vec![FocusArea {
            code: "ask".into(),
            label: "Asking".into(),
            ..FocusArea::default()
        }],
        ..PublishFrameworkRequest::default()
    };
    let recorded = focus
        .publish_framework(world.by_operator(publish))
        .await
        .unwrap()
        .into_inner()
        .recorded
        .unwrap();
    let crosswalk = SetCrosswalkRequest {
        request_id: id(),
        framework_id: recorded.id,
        entries: vec![CrosswalkEntry {
            own_code: "ask".into(),
            shared_code: "questioning".into(),
        }],
        ..SetCrosswalkRequest::default()
    };
    focus.set_crosswalk(world.by_operator(crosswalk)).await.unwrap();

    let (mut areas, mut page_token, mut crosswalk) = (Vec::new(), String::new(), Vec::new());
    loop {
        let request = ListFocusAreasRequest {
            trust_id: trust.to_string(),
            page_size: 40,
            page_token,
        };
        let reply = focus
            .list_focus_areas(world.by(GRACE, request))
            .await
            .unwrap()
            .into_inner();
        areas.extend(reply.areas);
        crosswalk.extend(reply.crosswalk);
        page_token = reply.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(areas.iter().any(|area| area.code == "questioning") && areas.iter().any(|area| area.code == "ask"));
    assert_eq!((areas.len(), crosswalk.len()), (102, 1));
    let request = ListFrameworksRequest {
        trust_id: trust.to_string(),
    };
    let frameworks = focus
        .list_frameworks(world.by(GRACE, request))
        .await
        .unwrap()
        .into_inner()
        .frameworks;
    assert_eq!(
        frameworks.iter().map(|framework| framework.version).collect::<Vec<_>>(),
        [1, 2]
    );
}

#[tokio::test]
async fn a_trust_sets_policy_within_bounds_and_reads_what_holds() {
    let world = World::new().await;
    let trust = world.with_a_trust().await;
    let mut policies = PolicyServiceClient::new(world.channel());
    let set = |rules: Rules| SetPolicyRequest {
        request_id: id(),
        trust_id: trust.to_string(),
        from_on: "2025-09-01".into(),
        rules: Some(rules),
        ..SetPolicyRequest::default()
    };
    let notice = Rules {
        observation_notice_days: Some(10),
        ..Rules::default()
    };
    policies.set_policy(world.by(GRACE, set(notice))).await.unwrap();
    let unheard = Rules {
        observation_notice_days: Some(1_000),
        ..Rules::default()
    };
    let refused = policies.set_policy(world.by(GRACE, set(unheard))).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let smuggled = PurposeList {
        purposes: vec![api::common::v1::Purpose::Developmental.into()],
    };
    let smuggled = Rules {
        purposes_reaching_appraisal: Some(smuggled),
        ..Rules::default()
    };
    assert!(policies.set_policy(world.by(GRACE, set(smuggled))).await.is_err());

    let mut get = async |on: &str| {
        let request = GetPolicyRequest {
            trust_id: trust.to_string(),
            urn: HILL.into(),
            on: on.into(),
        };
        policies
            .get_policy(world.by(GRACE, request))
            .await
            .unwrap()
            .into_inner()
    };
    let (before, after) = (get("2025-08-31").await, get("2025-09-01").await);
    assert_eq!(after.rules.unwrap().observation_notice_days, Some(10));
    assert_ne!(before.digest, after.digest);
    assert_eq!(after.version, 1);
}
