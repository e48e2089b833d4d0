//! Whoever cannot show who they are gets nothing.

use std::time::Duration;

use api::{directory::v1 as directory, projection::v1 as views};
use identity::issuer::Issuer;

use crate::cast::{Cast, ask, reason};

crate::scenarios!(no_token_no_answer, a_bad_token_is_named, another_trust_is_closed);

/// Asks for a trust with this as the `authorization` header.
async fn knock(cast: &Cast, header: Option<&str>) -> String {
    let mut request = tonic::Request::new(directory::GetTrustRequest {
        trust_id: cast.trust_id.clone(),
    });
    if let Some(header) = header {
        request
            .metadata_mut()
            .insert("authorization", header.parse().expect("one line"));
    }
    match cast.clients.trusts.clone().get_trust(request).await {
        Ok(_) => "let in".into(),
        Err(status) => {
            assert_eq!(status.code(), tonic::Code::Unauthenticated, "{status:?}");
            reason(&status)
        }
    }
}

async fn no_token_no_answer(cast: Cast) {
    assert_eq!(knock(&cast, None).await, "TOKEN_MISSING");
    assert_eq!(knock(&cast, Some("Basic dXNlcjpwYXNz")).await, "TOKEN_MISSING");
    assert_eq!(knock(&cast, Some("Bearer nonsense")).await, "TOKEN_MALFORMED");
}

async fn a_bad_token_is_named(cast: Cast) {
    let issuer = cast.world.issuer();
    let good = issuer.mint(cast.teacher, Duration::from_secs(600)).expect("a token");
    assert_eq!(knock(&cast, Some(&format!("Bearer {good}"))).await, "let in");

    let parts: Vec<_> = good.split('.').collect();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    assert_eq!(knock(&cast, Some(&unsigned)).await, "TOKEN_UNSIGNED");
    let others = issuer.mint(cast.head, Duration::from_secs(600)).expect("a token");
    let signature = others.rsplit('.').next().expect("a signature");
    let forged = format!("Bearer {}.{}.{signature}", parts[0], parts[1]);
    assert_eq!(knock(&cast, Some(&forged)).await, "TOKEN_SIGNATURE");

    let elsewhere = tempfile::tempdir().expect("a folder");
    let stranger = Issuer::open(elsewhere.path(), "https://id.elsewhere.example").expect("an issuer");
    let token = stranger.mint(cast.teacher, Duration::from_secs(600)).expect("a token");
    assert_eq!(knock(&cast, Some(&format!("Bearer {token}"))).await, "TOKEN_ISSUER");
    let impostor = Issuer::open(elsewhere.path(), issuer.issuer()).expect("an issuer");
    let token = impostor.mint(cast.teacher, Duration::from_secs(600)).expect("a token");
    assert_eq!(knock(&cast, Some(&format!("Bearer {token}"))).await, "TOKEN_SIGNATURE");

    let expired = issuer
        .mint_expired(cast.teacher, Duration::from_secs(120))
        .expect("a token");
    assert_eq!(knock(&cast, Some(&format!("Bearer {expired}"))).await, "TOKEN_EXPIRED");

    let nobody = issuer
        .mint(uuid::Uuid::new_v4(), Duration::from_secs(600))
        .expect("a token");
    assert_eq!(knock(&cast, Some(&format!("Bearer {nobody}"))).await, "UNKNOWN_ACCOUNT");
}

async fn another_trust_is_closed(cast: Cast) {
    let other = Cast::of(cast.world).await;
    let observation = other
        .observed(other.teacher, "2025-10-08", api::common::v1::Purpose::Developmental)
        .await;
    let follow_up = other
        .agreed(other.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;

    let closed = |status: tonic::Status| {
        assert!(
            matches!(status.code(), tonic::Code::PermissionDenied | tonic::Code::NotFound),
            "{status:?}"
        );
    };
    let report = views::GetLinkReportRequest {
        trust_id: other.trust_id.clone(),
        cycle: 2025,
        ..Default::default()
    };
    closed(ask!(cast, cast.trust_leader, tracking.get_link_report, report).expect_err("another trust's report"));
    closed(
        cast.thread(cast.head, &follow_up, &[])
            .await
            .expect_err("another trust's thread"),
    );
    let people = directory::ListPeopleRequest {
        trust_id: other.trust_id.clone(),
        ..Default::default()
    };
    closed(ask!(cast, cast.hr, people.list_people, people).expect_err("another trust's people"));
    let agree = other.agreement(other.teacher, &observation, "2025-10-08", "2025-12-12");
    closed(ask!(cast, cast.head, follow_ups.agree_follow_up, agree).expect_err("another trust's follow-up"));
}
