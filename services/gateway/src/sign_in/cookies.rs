//! The two cookies: the session's, and the one that opens what an ended session left behind.

use std::time::Duration;

use axum::http::HeaderMap;
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};

use crate::secret::Secret;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    /// A sign-in that is under way.
    SigningIn,
    /// Forms that came in without a session.
    LeftBehind,
}

/// How cookies are written here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    /// Whether browsers come by https.
    pub(crate) secure: bool,
}

impl Cookies {
    /// With the prefix, a browser takes the cookie from this very host alone, and by https.
    fn name(self, purpose: Purpose) -> &'static str {
        match (purpose, self.secure) {
            (Purpose::Session, true) => "__Host-throughline",
            (Purpose::Session, false) => "throughline",
            (Purpose::SigningIn, true) => "__Host-throughline-signing-in",
            (Purpose::SigningIn, false) => "throughline-signing-in",
            (Purpose::LeftBehind, true) => "__Host-throughline-left-behind",
            (Purpose::LeftBehind, false) => "throughline-left-behind",
        }
    }

    /// The secret that a browser brings for this purpose.
    pub(crate) fn read(self, headers: &HeaderMap, purpose: Purpose) -> Option<Secret> {
        let jar = CookieJar::from_headers(headers);
        Secret::parse(jar.get(self.name(purpose))?.value())
    }

    /// Gives a secret to the browser, for this many seconds.
    pub(crate) fn give(self, purpose: Purpose, secret: &Secret, seconds: u64) -> Cookie<'static> {
        self.cookie(purpose, secret.text(), seconds)
    }

    /// Takes it away again.
    pub(crate) fn take(self, purpose: Purpose) -> Cookie<'static> {
        self.cookie(purpose, String::new(), 0)
    }

    fn cookie(self, purpose: Purpose, value: String, seconds: u64) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.name(purpose), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(self.secure);
        cookie.set_same_site(SameSite::Lax);
        if let Ok(kept) = Duration::from_secs(seconds).try_into() {
            cookie.set_max_age(Some(kept));
        }
        cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_other_sites_get_nothing_of_a_session() {
        let secret = Secret::fresh();
        let cookie = Cookies { secure: true }.give(Purpose::Session, &secret, 60).to_string();
        assert!(cookie.starts_with("__Host-throughline="));
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=60"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }

    #[test]
    fn a_cookie_is_read_back_under_its_own_name_alone() {
        let secret = Secret::fresh();
        let cookies = Cookies { secure: true };
        let sent = |name: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", format!("{name}={}", secret.text()).parse().unwrap());
            headers
        };
        assert_eq!(
            cookies.read(&sent("__Host-throughline"), Purpose::Session),
            Some(secret.clone())
        );
        assert_eq!(cookies.read(&sent("throughline"), Purpose::Session), None);
        assert_eq!(cookies.read(&sent("__Host-throughline"), Purpose::LeftBehind), None);
    }
}
