//! What an address asks for beyond its path, and addresses that ask.

use std::collections::HashMap;

use serde::Deserialize;

/// The query of an address: names and values as they were sent. What is malformed counts as not asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Asked(HashMap<String, String>);

impl Asked {
    /// A value; empty if it was not asked for.
    pub(crate) fn text(&self, name: &str) -> String {
        self.0
            .get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    }

    /// A number; 0 if it was not asked for.
    pub(crate) fn number(&self, name: &str) -> i32 {
        self.text(name).parse().unwrap_or_default()
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

/// An address that asks; what is empty is left out.
pub(crate) fn link(path: &str, asked: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in asked {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_was_asked() {
        assert_eq!(link("/threads", &[("urn", ""), ("page", "")]), "/threads");
        assert_eq!(
            link("/threads", &[("urn", "100"), ("page", "a b&c")]),
            "/threads?urn=100&page=a+b%26c"
        );
    }
}
