//! Forms: shown, filled in, sent, and never lost.
//!
//! A page shows a form with [`Visitor::draft`], whose [`Fields`] render it ([`Fields::begin`], [`Fields::text`] …,
//! [`Fields::buttons`]); the handler of its address takes it in as [`Sent`], and ends with [`Sent::settle`]:
//!
//! ```text
//! // GET /observations/new: `form` in the template is
//! let form = visitor.draft("/observations").await?;
//! // {{ form.begin() }} {{ form.day("planned_for", "Day", "") }} {{ form.buttons("Schedule it") }}</form>
//!
//! // POST /observations
//! async fn schedule(sent: Sent) -> Shown {
//!     let message = ScheduleObservationRequest {
//!         request_id: sent.fields.request_id(),
//!         planned_for: sent.fields.get("planned_for").into(),
//!         ..
//!     };
//!     let answer = sent.visitor.clients().observations.schedule_observation(sent.visitor.ask(message)).await;
//!     sent.settle(answer, |recorded| format!("/observations/{}?done=scheduled", …)).await
//! }
//! ```
//!
//! What is refused is kept as a draft and shown again, filled in, with the reasons beside the fields: inputs are named
//! like the fields of the request. A form that arrives after its session has run out is kept, too, and is there again
//! after the sign-in. The request's identifier stays with the form, so that sending it twice does it once.

mod drafts;
mod field;

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect},
};
use chrono::{DateTime, Utc};
use service::{Code, Error};
use uuid::Uuid;

pub(crate) use drafts::{Draft, Drafts, Kept};
pub(crate) use field::Choice;

use crate::{
    Gateway,
    pages::Shown,
    problem::Fault,
    secret::{self, Secret},
    sign_in::{self, SignedOut},
    visitor::Visitor,
    words,
};
use drafts::Content;

/// Longest form, in bytes.
const LONGEST: usize = 256 * 1024;

/// What forms carry besides what is typed.
const OURS: [&str; 6] = ["csrf", "author", "request_id", "page", "draft", "discard"];

/// A form's fields, by name: as they were sent, or as they are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    /// Where the form is sent.
    path: String,
    /// What the identifiers of its inputs begin with.
    key: String,
    csrf: String,
    author: String,
    content: Content,
    /// When it was saved, if it is a draft.
    saved_at: Option<DateTime<Utc>>,
}

impl Fields {
    /// What was typed into this field, without the space around it; empty if there is no such field.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.content
            .values
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// Everything that was chosen in this field.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.content
            .values
            .iter()
            .filter(|(known, value)| known == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
            .collect()
    }

    /// Whether this value was chosen in this field.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).contains(&value)
    }

    /// The `request_id` of the command that the form becomes.
    pub(crate) fn request_id(&self) -> String {
        self.content.request_id.clone()
    }

    /// Whether the visitor has been at the form before.
    pub(crate) fn was_filled_in(&self) -> bool {
        self.saved_at.is_some()
    }

    /// Fills in a field, unless the visitor has been at the form before.
    #[must_use]
    pub(crate) fn preset(mut self, name: &str, value: impl Into<String>) -> Self {
        if !self.was_filled_in() {
            self.content.values.push((name.to_owned(), value.into()));
        }
        self
    }

    /// Begins the identifiers of the inputs with this, where a page shows several forms for the same kind of address.
    #[must_use]
    pub(crate) fn named(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    fn fresh(path: &str, page: &str) -> Self {
        Self {
            path: path.to_owned(),
            key: key(path),
            content: Content {
                page: page.to_owned(),
                request_id: Uuid::new_v4().to_string(),
                ..Content::default()
            },
            ..Self::default()
        }
    }

    fn parse(path: &str, body: &[u8]) -> Self {
        let mut fields = Self::fresh(path, path);
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.replace("\r\n", "\n");
            match &*name {
                "csrf" => fields.csrf = value,
                "author" => fields.author = value,
                "page" if sign_in::is_own_path(&value) => fields.content.page = value,
                "request_id" if Uuid::try_parse(&value).is_ok() => fields.content.request_id = value,
                name if OURS.contains(&name) => {}
                name => fields.content.values.push((name.to_owned(), value)),
            }
        }
        fields
    }

    /// Why the form was refused, for this field: the last part of the refused field's path is its name.
    fn problem(&self, name: &str) -> Option<&str> {
        let is_it = |field: &str| field == name || field.rsplit('.').next() == Some(name);
        self.content
            .problems
            .iter()
            .find(|(field, _)| is_it(field))
            .map(|(_, problem)| problem.as_str())
    }

    fn id(&self, name: &str) -> String {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        format!("{}-{name}", self.key)
    }
}

/// `/observations/{id}/share` becomes `observations-share`.
fn key(path: &str) -> String {
    let words: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && Uuid::try_parse(part).is_err())
        .collect();
    words.join("-")
}

impl Visitor {
    /// The form that is sent to `path`, as this visitor left it or empty.
    pub(crate) async fn draft(&self, path: &str) -> Result<Fields, Fault> {
        let mut fields = Fields::fresh(path, &self.page);
        fields.csrf = self.session.csrf().to_owned();
        let Some(person) = self.me.person_id else {
            return Ok(fields);
        };
        let drafts = self.gateway().drafts();
        fields.author = drafts.author(person).await?;
        if let Some(draft) = drafts.find(self.trust(), person, path).await? {
            fields.saved_at = Some(draft.saved_at);
            fields.content = Content {
                page: fields.content.page,
                ..draft.content
            };
        }
        Ok(fields)
    }

    /// All forms that this visitor has not finished.
    pub(crate) async fn drafts(&self) -> Result<Vec<Draft>, Fault> {
        let Some(person) = self.me.person_id else {
            return Ok(Vec::new());
        };
        Ok(self.gateway().drafts().all(self.trust(), person).await?)
    }

    fn trust(&self) -> Uuid {
        self.me.trust_id.parse().unwrap_or_default()
    }

    async fn keep(&self, path: &str, content: &Content) -> Result<(), Fault> {
        let drafts = self.gateway().drafts();
        Ok(drafts.save(self.trust(), self.person()?, path, content).await?)
    }
}

/// A form that its visitor sent. As an extractor it lets through what one of our own pages sent in this session.
pub(crate) struct Sent {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl Sent {
    /// Goes on to where `to` says if it was done, else back to the form with the reasons.
    pub(crate) async fn settle<T, E: Into<Fault>>(self, outcome: Result<T, E>, to: impl FnOnce(T) -> String) -> Shown {
        match outcome {
            Ok(done) => self.done(&to(done)).await,
            Err(error) => self.refused(error).await,
        }
    }

    /// The form has done its work.
    pub(crate) async fn done(self, to: &str) -> Shown {
        if let Some(person) = self.visitor.me.person_id {
            let discarded = self.visitor.gateway().drafts().discard(person, &self.fields.path).await;
            if let Err(error) = discarded {
                // What was asked for is done; that a draft stays behind must not hide it.
                tracing::warn!(%error, "a draft was not removed");
            }
        }
        Ok(Redirect::to(to).into_response())
    }

    /// Back to the form, filled in, with the reasons beside its fields.
    pub(crate) async fn refused(self, fault: impl Into<Fault>) -> Shown {
        let Self { visitor, fields } = self;
        let error = match fault.into() {
            Fault::Refused(error) => error,
            other => return Err(other),
        };
        if visitor.me.person_id.is_none() {
            return Err(error.into());
        }
        let mut content = fields.content;
        content.kept = Kept::Refused;
        content.refusal = refusal(&error);
        content.problems = error
            .violations()
            .iter()
            .map(|violation| (violation.field.clone(), violation.description.clone()))
            .collect();
        if error.code() == Code::RequestReused {
            // What was sent before under it stands; whatever is sent next is something else.
            content.request_id = Uuid::new_v4().to_string();
        }
        visitor.keep(&fields.path, &content).await?;
        if error.code() == Code::Unauthenticated {
            return Err(SignedOut::from(content.page.as_str()).into());
        }
        Ok(back_to(&content.page, &fields.key))
    }
}

fn refusal(error: &Error) -> String {
    match error.code() {
        Code::InvalidArgument => "Something is not right yet: please look at it again.".into(),
        Code::RequestReused => "This was sent before, with other contents, and stands as it was then. Look whether it \
                                has still to be sent."
            .into(),
        Code::VersionConflict => "Somebody changed this meanwhile: look at what it says now, then send again if it is \
                                  still right."
            .into(),
        Code::PermissionDenied => format!(
            "{} Nothing was done; what you typed is kept here.",
            words::refusal(error.message())
        ),
        Code::Unavailable | Code::DeadlineExceeded => {
            "It could not be passed on just now. Nothing is lost: please send it again.".into()
        }
        _ => words::sentence(error.message()),
    }
}

fn back_to(page: &str, key: &str) -> axum::response::Response {
    Redirect::to(&format!("{}#{key}", page.split('#').next().unwrap_or_default())).into_response()
}

impl FromRequest<Gateway> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        gateway.sessions().must_be_from_here(&parts.headers)?;
        must_be_a_form(&parts.headers)?;
        let body = to_bytes(body, LONGEST)
            .await
            .map_err(|_| Error::exhausted(format!("a form may hold {} KiB at the most", LONGEST / 1024)))?;
        let path = parts.uri.path().to_owned();
        let mut fields = Fields::parse(&path, &body);
        let visitor = match Visitor::from_request_parts(&mut parts, gateway).await {
            Ok(visitor) => visitor,
            Err(fault) if fault.is_signed_out() => return Err(strand(gateway, &parts.headers, &mut fields).await?),
            Err(fault) => return Err(fault),
        };
        let own_page = secret::same(visitor.session.csrf(), &fields.csrf);
        if !own_page {
            // A page of an earlier session of the same person: their work is kept, and not done before they look again.
            let person = visitor.person()?;
            if !secret::same(&gateway.drafts().author(person).await?, &fields.author) {
                return Err(Error::permission_denied("the form was not sent from a page of this session").into());
            }
            fields.content.kept = Kept::Stranded;
        }
        let wants = |button: &str| form_urlencoded::parse(&body).any(|(name, _)| name == button);
        if wants("discard") && own_page {
            gateway.drafts().discard(visitor.person()?, &path).await?;
            return Err(Fault::elsewhere(back_to(&fields.content.page, &fields.key)));
        }
        if wants("draft") || !own_page {
            visitor.keep(&path, &fields.content).await?;
            return Err(Fault::elsewhere(back_to(&fields.content.page, &fields.key)));
        }
        Ok(Self { visitor, fields })
    }
}

fn must_be_a_form(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(Error::new(Code::InvalidArgument, "this is not what a form sends"))
    }
}

/// Keeps a form whose session has run out, and leads through the sign-in back to its page.
async fn strand(gateway: &Gateway, headers: &HeaderMap, fields: &mut Fields) -> Result<Fault, Error> {
    fields.content.kept = Kept::Stranded;
    let browser = gateway.sessions().left_behind(headers).unwrap_or_else(Secret::fresh);
    let kept = gateway
        .drafts()
        .strand(&browser, &fields.author, &fields.path, &fields.content)
        .await?;
    let to_sign_in = SignedOut::from(fields.content.page.as_str());
    if !kept {
        return Ok(to_sign_in.into());
    }
    let cookie = gateway.sessions().leave_behind(&browser);
    let answer = (cookie, Redirect::to(&to_sign_in.sign_in())).into_response();
    Ok(Fault::elsewhere(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_found_by_name() {
        let body = b"csrf=c&author=a&page=%2Fobservations%2Fnew&note=+two%0D%0Alines+&area=one&area=&area=two&draft=";
        let fields = Fields::parse("/observations", body);
        assert_eq!(fields.get("note"), "two\nlines");
        assert_eq!(fields.all("area"), ["one", "two"]);
        assert!(fields.has("area", "two") && !fields.has("area", "three"));
        assert_eq!(fields.get("absent"), "");
        assert_eq!(fields.content.page, "/observations/new");
        assert_eq!(fields.content.values.len(), 4, "what is ours is not theirs");
        assert!(Uuid::try_parse(&fields.request_id()).is_ok());
    }

    #[test]
    fn a_form_leads_back_to_pages_of_ours_alone() {
        for elsewhere in ["https://example.org/", "//example.org", "/\\example.org", "x"] {
            let body = form_urlencoded::Serializer::new(String::new())
                .append_pair("page", elsewhere)
                .finish();
            assert_eq!(Fields::parse("/surveys", body.as_bytes()).content.page, "/surveys");
        }
    }

    #[test]
    fn whoever_may_not_is_told_that_what_they_typed_is_kept() {
        let told = refusal(&Error::permission_denied("only who was there tells what was seen"));
        assert_eq!(
            told,
            "Only who was there tells what was seen. Nothing was done; what you typed is kept here."
        );
    }

    #[test]
    fn a_refusal_is_found_by_the_last_part_of_its_field() {
        let mut fields = Fields::fresh("/follow-ups/0198f3a2-0000-7000-8000-000000000001/complete", "/");
        fields.content.problems = vec![("outcome.kind".into(), "must be chosen".into())];
        assert_eq!(fields.problem("kind"), Some("must be chosen"));
        assert_eq!(fields.problem("outcome"), None);
        assert_eq!(fields.id("kind"), "follow-ups-complete-kind");
        assert_eq!(fields.named("complete-2").id("steps[0]"), "complete-2-steps-0-");
    }
}
