//! What an issuer says of itself, fetched when first needed and again every hour; a failure is tried again at once.

use std::{sync::Arc, time::Duration};

use identity::token::{KeySource, SubjectIs, TrustedIssuer, Verifier};
use oauth2::{
    AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse,
    RedirectUrl, StandardRevocableToken, StandardTokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};

use super::{Error, IssuerOptions};

const FETCHED_EVERY: Duration = Duration::from_secs(3600);

/// How long an issuer may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The identity token beside the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WithIdentity {
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for WithIdentity {}

/// What an issuer answers when it gives tokens.
pub(super) type Answer = StandardTokenResponse<WithIdentity, BasicTokenType>;

type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// An issuer that has said where it is asked what.
pub(super) struct Known {
    pub(super) client: Client,
    pub(super) verifier: Verifier,
    pub(super) end_session_endpoint: Option<String>,
}

/// Asks an issuer about itself.
pub(super) struct Discovery {
    issuer: String,
    client_id: String,
    client_secret: Option<secrecy::SecretString>,
    redirect: RedirectUrl,
    http: reqwest::Client,
    known: Mutex<Option<(Arc<Known>, Instant)>>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
}

impl Discovery {
    pub(super) fn new(
        options: &IssuerOptions,
        redirect: String,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        // Whoever chose one before may keep it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            // A token endpoint that redirects would be sent secrets elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            issuer: options.issuer.clone(),
            client_id: options.client_id.clone(),
            client_secret: options.client_secret.clone(),
            redirect: RedirectUrl::new(redirect)?,
            http,
            known: Mutex::default(),
        })
    }

    /// What the issuer says; what it said last, while it is away.
    pub(super) async fn known(&self) -> Result<Arc<Known>, Error> {
        let mut known = self.known.lock().await;
        if let Some((known, at)) = &*known
            && at.elapsed() < FETCHED_EVERY
        {
            return Ok(known.clone());
        }
        match self.fetch().await {
            Ok(fetched) => {
                let fetched = Arc::new(fetched);
                *known = Some((fetched.clone(), Instant::now()));
                Ok(fetched)
            }
            Err(error) => match &*known {
                Some((known, _)) => Ok(known.clone()),
                None => Err(error),
            },
        }
    }

    async fn fetch(&self) -> Result<Known, Error> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let document: Document = self
            .http
            .get(&url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(Error::unavailable)?
            .json()
            .await
            .map_err(Error::unavailable)?;
        if document.issuer != self.issuer {
            return Err(Error::unavailable(format!(
                "{url} speaks for another issuer, {}",
                document.issuer
            )));
        }
        let mut client = oauth2::Client::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(AuthUrl::new(document.authorization_endpoint).map_err(Error::unavailable)?)
            .set_token_uri(TokenUrl::new(document.token_endpoint).map_err(Error::unavailable)?)
            .set_redirect_uri(self.redirect.clone());
        if let Some(secret) = &self.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        Ok(Known {
            client,
            verifier: Verifier::new([TrustedIssuer {
                issuer: document.issuer,
                audience: self.client_id.clone(),
                subject_is: SubjectIs::ExternalIdentifier,
                keys: KeySource::Url(document.jwks_uri),
            }]),
            end_session_endpoint: document.end_session_endpoint,
        })
    }

    /// Carries requests for tokens.
    pub(super) fn http(
        &self,
    ) -> impl Fn(HttpRequest) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send>>
    {
        let http = self.http.clone();
        move |request| {
            let http = http.clone();
            Box::pin(async move {
                let answer = http.execute(request.try_into()?).await?;
                let mut response = HttpResponse::new(Vec::new());
                *response.status_mut() = answer.status();
                *response.headers_mut() = answer.headers().clone();
                *response.body_mut() = answer.bytes().await?.into();
                Ok(response)
            })
        }
    }
}
