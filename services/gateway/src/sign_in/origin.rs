//! Where a request comes from, and where one may be sent afterwards.

use axum::http::{HeaderMap, header};
use service::Error;

/// Whether this leads to a page of ours, and nowhere else. Browsers read `//` and a backslash as another host.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2000
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Refuses what another site's page sent. Browsers say where a request comes from; programs that do not are no danger,
/// since nobody's cookie is in them by accident.
pub(crate) fn must_be_from_here(headers: &HeaderMap, public_host: Option<&str>) -> Result<(), Error> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let own = match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && (host == header(header::HOST.as_str()) || host == public_host)
        }
        (None, None) => true,
    };
    if own {
        Ok(())
    } else {
        Err(Error::permission_denied("this was sent from a page of another site").because("CROSS_SITE"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_led_to() {
        for own in ["/", "/reports/link?cycle=2025", "/threads/1#story"] {
            assert!(is_own_path(own), "{own}");
        }
        for other in [
            "",
            "//example.org",
            "https://example.org",
            "/\\example.org",
            "/a\nb",
            "threads",
            "/é",
            "/a b",
        ] {
            assert!(!is_own_path(other), "{other:?}");
        }
    }

    #[test]
    fn what_another_site_sends_is_refused() {
        let check = |headers: &[(&'static str, &str)]| {
            let mut all = HeaderMap::new();
            for (name, value) in headers {
                all.insert(*name, value.parse().unwrap());
            }
            must_be_from_here(&all, Some("cpd.example.org")).is_ok()
        };
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("sec-fetch-site", "none")]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(!check(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a"),
            ("host", "a")
        ]));
        assert!(check(&[
            ("origin", "http://127.0.0.1:7480"),
            ("host", "127.0.0.1:7480")
        ]));
        assert!(check(&[
            ("origin", "https://cpd.example.org"),
            ("host", "gateway:7480")
        ]));
        assert!(!check(&[
            ("origin", "https://evil.example"),
            ("host", "127.0.0.1:7480")
        ]));
        assert!(!check(&[("origin", "null"), ("host", "127.0.0.1:7480")]));
        assert!(check(&[]));
    }
}
