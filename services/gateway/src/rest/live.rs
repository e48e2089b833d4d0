//! What is live: streams of server-sent events that say when an answer has changed, and nothing of what it says.
//!
//! Whoever listens asks again for what changed, as themselves; a stream ends with the session that it belongs to.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, request::Parts},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::Stream;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _, Value};
use service::{Code, Error, Violations};
use sha2::{Digest as _, Sha256};

use super::{
    call,
    caller::Caller,
    json,
    limits::Key,
    ours,
    problem::Problem,
    surface::{Operation, Surface},
};
use crate::Gateway;

/// Longest time that one stream lasts; browsers open another by themselves.
const LASTS: Duration = Duration::from_secs(60 * 60);

/// Streams that are open, by caller.
pub(super) struct Streams {
    most: usize,
    open: Arc<Mutex<HashMap<Key, usize>>>,
}

impl Streams {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    fn open(&self, key: Key) -> Result<Place, Problem> {
        let mut open = self.open.lock().expect("no panic while held");
        let count = open.entry(key).or_default();
        if *count >= self.most {
            let told = Error::exhausted("too many live streams are open: close one first").because("STREAMS_LIMITED");
            return Err(told.retry_after(Duration::from_secs(10)).into());
        }
        *count += 1;
        Ok(Place {
            key,
            open: self.open.clone(),
        })
    }
}

/// One stream's place; given back when it ends.
struct Place {
    key: Key,
    open: Arc<Mutex<HashMap<Key, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().expect("no panic while held");
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

pub(super) fn routes() -> Router<Gateway> {
    let attention = |State(gateway): State<Gateway>, request: Request| stream(gateway, "GetAttentionList", request);
    let link = |State(gateway): State<Gateway>, request: Request| stream(gateway, "GetLinkReport", request);
    Router::new()
        .route("/live/attention", get(attention))
        .route("/live/link", get(link))
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
}

async fn stream(gateway: Gateway, name: &'static str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match open(gateway, name, &parts).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn open(gateway: Gateway, name: &str, parts: &Parts) -> Result<Response, Problem> {
    let operation = Surface::of_the_protocol()
        .operation(name)
        .ok_or_else(|| ours("a live operation is not routed"))?;
    let caller = Caller::of_a_stream(&gateway, &parts.headers).await?;
    let message = asked(&gateway, operation, parts.uri.query().unwrap_or_default(), &caller).await?;
    let place = gateway
        .rest()
        .streams
        .open(Key::of(&parts.headers, &parts.extensions))?;
    let watch = Watch {
        operation,
        message,
        headers: parts.headers.clone(),
        known: None,
        _place: place,
        gateway: gateway.clone(),
    };
    // The first look tells whether the caller may look at all.
    let first = watch.look().await?;
    let response = Sse::new(watch.events(first)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    Ok(response.into_response())
}

/// What a stream asks for, as its page does: of the running year in the caller's own trust, unless said otherwise.
async fn asked(
    gateway: &Gateway,
    operation: &Operation,
    query: &str,
    caller: &Caller,
) -> Result<DynamicMessage, Problem> {
    let mut message = DynamicMessage::new(operation.input());
    let mut violations = Violations::new();
    let query = as_protocol(&operation.input(), query);
    json::read_query(&query, &mut message, &|_| true, &mut violations);
    violations.finish()?;
    if is_empty(&message, "cycle") {
        let running = identity::policy::cycle_of(identity::context::today());
        message.set_field_by_name("cycle", Value::I32(running));
    }
    if is_empty(&message, "trust_id") {
        let who = Surface::of_the_protocol()
            .operation("WhoAmI")
            .ok_or_else(|| ours("nobody says who calls"))?;
        let me = call::call(gateway, who, DynamicMessage::new(who.input()), caller).await?;
        let person = me.get_field_by_name("person");
        let trust = person
            .as_ref()
            .and_then(|person| person.as_message()?.get_field_by_name("trust_id"));
        if let Some(trust) = trust {
            message.set_field_by_name("trust_id", trust.into_owned());
        }
    }
    Ok(message)
}

/// Whether a message has such a field, and nothing in it.
fn is_empty(message: &DynamicMessage, name: &str) -> bool {
    let field = message.descriptor().get_field_by_name(name);
    field.is_some_and(|field| !message.has_field(&field))
}

/// The query of a page in the protocol's words. A page's form writes choices as numbers, leaves empty what was not
/// chosen, and has short names of its own.
fn as_protocol(input: &MessageDescriptor, query: &str) -> String {
    let mut said = form_urlencoded::Serializer::new(String::new());
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let name = match name.as_ref() {
            "area" => "focusArea",
            "group" => "roleGroup",
            name => name,
        };
        let choice = input.get_field_by_json_name(name).and_then(|field| match field.kind() {
            Kind::Enum(choices) => choices.get_value(text.parse().ok()?),
            _ => None,
        });
        match choice {
            _ if text.is_empty() => {}
            Some(choice) => {
                said.append_pair(name, choice.name());
            }
            None => {
                said.append_pair(name, &text);
            }
        }
    }
    said.finish()
}

/// Somebody who waits for something new.
struct Watch {
    operation: &'static Operation,
    message: DynamicMessage,
    headers: HeaderMap,
    known: Option<String>,
    gateway: Gateway,
    _place: Place,
}

impl Watch {
    /// What the answer is now, as a digest. Whether its sources have been read further is no news.
    async fn look(&self) -> Result<String, Problem> {
        let caller = Caller::of_a_stream(&self.gateway, &self.headers).await?;
        let mut answer = call::call(&self.gateway, self.operation, self.message.clone(), &caller).await?;
        answer.clear_field_by_name("completeness");
        answer.clear_field_by_name("next_page_token");
        Ok(URL_SAFE_NO_PAD.encode(&Sha256::digest(answer.encode_to_vec())[..12]))
    }

    /// The digest at the beginning, and every one that differs from the one before.
    fn events(self, first: String) -> impl Stream<Item = Result<Event, Infallible>> {
        let closing = self.gateway.rest().closing.clone();
        let end = tokio::time::Instant::now() + LASTS;
        let every = self.gateway.rest().options.look_every;
        let event = |digest: &str| Ok(Event::default().event("changed").id(digest).data(digest));
        futures::stream::unfold((self, Some(first)), move |(mut watch, first)| {
            let closing = closing.clone();
            async move {
                if let Some(first) = first {
                    let event = event(&first);
                    watch.known = Some(first);
                    return Some((event, (watch, None)));
                }
                loop {
                    tokio::select! {
                        () = closing.cancelled() => return None,
                        () = tokio::time::sleep_until(end) => return None,
                        () = tokio::time::sleep(every) => {}
                    }
                    match watch.look().await {
                        Ok(digest) if watch.known.as_ref() == Some(&digest) => {}
                        Ok(digest) => {
                            let event = event(&digest);
                            watch.known = Some(digest);
                            return Some((event, (watch, None)));
                        }
                        // What is away for a moment may come back; whoever is signed out does not.
                        Err(problem) if problem.is_passing() => {}
                        Err(_) => return None,
                    }
                }
            }
        })
    }
}

impl Problem {
    /// Whether the same may succeed later.
    fn is_passing(&self) -> bool {
        matches!(
            self.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Internal
        )
    }
}
