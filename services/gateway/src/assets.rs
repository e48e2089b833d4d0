//! Stylesheet and script, and the headers that every answer carries.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{Path, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::Gateway;

/// Something that pages load. Its address changes with its content, so that it may be kept for ever.
pub(crate) struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
    digest: LazyLock<String>,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset {
            name: $name,
            kind: $kind,
            content: include_str!(concat!("../assets/", $name)),
            digest: LazyLock::new(|| digest(include_str!(concat!("../assets/", $name)))),
        }
    };
}

pub(crate) static STYLE: Asset = asset!("style.css", "text/css; charset=utf-8");
pub(crate) static SCRIPT: Asset = asset!("script.js", "text/javascript; charset=utf-8");
pub(crate) static ICON: Asset = asset!("icon.svg", "image/svg+xml");

impl Asset {
    /// Where pages find it.
    pub(crate) fn path(&self) -> String {
        format!("/assets/{}/{}", *self.digest, self.name)
    }
}

fn digest(content: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..9])
}

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/assets/{digest}/{name}", get(serve))
}

async fn serve(Path((digest, name)): Path<(String, String)>) -> Response {
    let found = [&STYLE, &SCRIPT, &ICON].into_iter().find(|asset| asset.name == name);
    match found {
        Some(asset) if *asset.digest == digest => (
            [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.content,
        )
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Nothing inline, nothing from elsewhere, in nobody's frame; what is shown to one person is kept by no cache.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Puts the headers on every answer that has not set them itself.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in &HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
