//! Whether the process works, and whether it should be sent requests.

use std::time::Duration;

use api::{
    appraisal::v1::GetAppraisalRequest, catalogue::v1::GetActivityRequest, coaching::v1::GetPartnershipRequest,
    directory::v1::WhoAmIRequest, evaluation::v1::GetSurveyRequest, observations::v1::GetFollowUpRequest,
    projection::v1::GetAttentionListRequest,
};
use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::Gateway;

/// How long a service may take to say anything.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
}

/// Ready while its database and every service answer. Nobody asks in it, so refusals are the answers that count.
async fn ready(State(gateway): State<Gateway>) -> (StatusCode, String) {
    let clients = gateway.clients().clone();
    macro_rules! answers {
        ($client:ident.$ask:ident($message:expr)) => {
            async {
                let mut client = clients.$client.clone();
                let asked = tokio::time::timeout(PATIENCE, client.$ask($message)).await;
                match asked {
                    Ok(Ok(_)) => true,
                    Ok(Err(status)) => !matches!(
                        status.code(),
                        tonic::Code::Unavailable | tonic::Code::DeadlineExceeded | tonic::Code::Cancelled
                    ),
                    Err(_) => false,
                }
            }
        };
    }
    let (database, directory, observations, appraisal, catalogue, coaching, evaluation, projection) = tokio::join!(
        async {
            let ping = tokio::time::timeout(PATIENCE, gateway.sessions().ping()).await;
            matches!(ping, Ok(Ok(())))
        },
        answers!(people.who_am_i(WhoAmIRequest::default())),
        answers!(follow_ups.get_follow_up(GetFollowUpRequest::default())),
        answers!(appraisals.get_appraisal(GetAppraisalRequest::default())),
        answers!(activities.get_activity(GetActivityRequest::default())),
        answers!(partnerships.get_partnership(GetPartnershipRequest::default())),
        answers!(surveys.get_survey(GetSurveyRequest::default())),
        answers!(tracking.get_attention_list(GetAttentionListRequest::default())),
    );
    let parts = [
        ("database", database),
        ("directory", directory),
        ("observations", observations),
        ("appraisal", appraisal),
        ("catalogue", catalogue),
        ("coaching", coaching),
        ("evaluation", evaluation),
        ("projection", projection),
    ];
    let away: Vec<&str> = parts.iter().filter(|(_, here)| !here).map(|(name, _)| *name).collect();
    if away.is_empty() {
        (StatusCode::OK, "ready\n".into())
    } else {
        let told = format!("not ready: {} not answering\n", away.join(", "));
        (StatusCode::SERVICE_UNAVAILABLE, told)
    }
}
