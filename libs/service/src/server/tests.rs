use super::*;
use std::future::pending;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tonic::{Code, Request as GrpcRequest, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Answer;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};
use tonic_types::StatusExt as _;

type Body = tonic::body::Body;

/// A hand-made service: `/test.Busy/<behaviour>`.
#[derive(Clone)]
struct Busy {
    arrived: mpsc::UnboundedSender<()>,
}

impl NamedService for Busy {
    const NAME: &'static str = "test.Busy";
}

impl Service<Request<Body>> for Busy {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = futures::future::BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let arrived = self.arrived.clone();
        Box::pin(async move {
            arrived.send(()).expect("the test listens");
            match request.uri().path() {
                "/test.Busy/Hang" => pending().await,
                "/test.Busy/Panic" => panic!("on purpose"),
                _ => Ok(Status::not_found("nothing").into_http()),
            }
        })
    }
}

async fn call(channel: Channel, path: &'static str) -> Status {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
    let codec = tonic_prost_codec();
    client
        .unary::<(), (), _>(GrpcRequest::new(()), path, codec)
        .await
        .unwrap_err()
}

fn tonic_prost_codec() -> impl tonic::codec::Codec<Encode = (), Decode = ()> + Send + 'static {
    tonic_prost::ProstCodec::<(), ()>::default()
}

async fn started(limits: Limits, listen: Listen) -> (Running, mpsc::UnboundedReceiver<()>, CancellationToken) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let running = Server::new("test", limits)
        .with(Busy { arrived })
        .start(listen, shutdown.clone())
        .await
        .unwrap();
    (running, arrivals, shutdown)
}

async fn health(channel: Channel, service: &str) -> Result<Answer, Code> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel)
        .check(request)
        .await
        .map_err(|status| status.code())?;
    Ok(answer.into_inner().status())
}

#[tokio::test]
async fn health_is_told_for_each_service_and_for_all() {
    let (running, _arrivals, _) = started(Limits::default(), Listen::Memory).await;
    assert_eq!(running.address(), None);
    assert_eq!(health(running.channel(), "").await, Ok(Answer::Serving));
    assert_eq!(health(running.channel(), "test.Busy").await, Ok(Answer::Serving));
    assert_eq!(health(running.channel(), "test.Absent").await, Err(Code::NotFound));
    running.health().not_serving().await;
    assert_eq!(health(running.channel(), "test.Busy").await, Ok(Answer::NotServing));
    assert_eq!(health(running.channel(), "").await, Ok(Answer::NotServing));
    assert_eq!(health(running.channel(), LIVE).await, Ok(Answer::Serving));
}

#[tokio::test]
async fn reflection_is_there_in_both_versions() {
    let (running, _arrivals, _) = started(Limits::default(), Listen::Memory).await;

    let asked = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(running.channel());
    let mut answers = client
        .server_reflection_info(tokio_stream::once(asked))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let v1::server_reflection_response::MessageResponse::ListServicesResponse(listed) = answer else {
        panic!("{answer:?}");
    };
    let mut listed: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
    listed.sort();
    assert_eq!(listed, ["grpc.health.v1.Health", "test.Busy"]);

    let asked = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
                "grpc.health.v1.Health".to_owned(),
            ),
        ),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(running.channel());
    let mut answers = client
        .server_reflection_info(tokio_stream::once(asked))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    assert!(matches!(
        answer,
        v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(_)
    ));
}

#[tokio::test]
async fn a_free_port_is_taken_and_reported() {
    let (running, _arrivals, _) = started(Limits::default(), Listen::Tcp(([127, 0, 0, 1], 0).into())).await;
    let address = running.address().unwrap();
    assert_ne!(address.port(), 0);
    let channel = connect(&format!("http://{address}").parse().unwrap());
    assert_eq!(health(channel, "").await, Ok(Answer::Serving));

    let taken = Server::new("test", Limits::default())
        .start(Listen::Tcp(address), CancellationToken::new())
        .await;
    assert!(matches!(taken, Err(Error::Listen { .. })));
}

#[tokio::test]
async fn too_many_requests_are_turned_away_but_probes_answered() {
    let limits = Limits {
        max_requests: 1,
        ..Limits::default()
    };
    let (running, mut arrivals, _) = started(limits, Listen::Memory).await;
    let hanging = tokio::spawn(call(running.channel(), "/test.Busy/Hang"));
    arrivals.recv().await.unwrap();
    let refused = call(running.channel(), "/test.Busy/Other").await;
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.get_details_retry_info().is_some());
    assert_eq!(health(running.channel(), "").await, Ok(Answer::Serving));

    // The place is free again once the caller has gone.
    hanging.abort();
    let freed = async {
        while call(running.channel(), "/test.Busy/Other").await.code() != Code::NotFound {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.unwrap();
}

#[tokio::test]
async fn a_request_has_its_time_and_no_more() {
    let limits = Limits {
        request_timeout: Duration::from_millis(20),
        ..Limits::default()
    };
    let (running, _arrivals, _) = started(limits, Listen::Memory).await;
    let status = call(running.channel(), "/test.Busy/Hang").await;
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_panic_is_one_requests_failure() {
    let (running, _arrivals, _) = started(Limits::default(), Listen::Memory).await;
    let status = call(running.channel(), "/test.Busy/Panic").await;
    assert_eq!(status.code(), Code::Internal);
    assert!(!status.message().contains("on purpose"));
    assert_eq!(call(running.channel(), "/test.Busy/Other").await.code(), Code::NotFound);
}

#[tokio::test]
async fn the_end_drains_and_then_cuts_off() {
    let limits = Limits {
        drain_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let (running, mut arrivals, shutdown) = started(limits, Listen::Memory).await;
    let channel = running.channel();
    let hanging = tokio::spawn(call(channel.clone(), "/test.Busy/Hang"));
    arrivals.recv().await.unwrap();
    shutdown.cancel();
    running.wait().await.unwrap();
    // Cut off: what the caller is told comes from its own transport.
    assert!(matches!(
        hanging.await.unwrap().code(),
        Code::Unknown | Code::Unavailable
    ));
    assert_eq!(call_after_end(channel).await, Code::Unavailable);
}

async fn call_after_end(channel: Channel) -> Code {
    health(channel, "").await.expect_err("nobody listens any more")
}
