//! The index's tables, and which events fill them: touched rows are read once, folded in memory, written back at once.

use db::{Migration, Tx};
use eventstore::Recorded;
use projection::{Error, Projection};
use prost::Message;
use uuid::Uuid;

use super::{activities, learning, links, sessions};
use crate::NAME;

const MIGRATIONS: &[Migration] = &[
    activities::MIGRATION,
    sessions::MIGRATION,
    learning::MIGRATION,
    links::MIGRATION,
];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables;

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "catalogue_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, source: &'static str, events: &[Recorded]) -> Result<(), Error> {
        match source {
            NAME => {
                activities::follow(tx, events).await?;
                sessions::follow(tx, events).await?;
                learning::follow(tx, events).await
            }
            "observations" => links::follow_follow_ups(tx, events).await,
            "appraisal" => links::follow_objectives(tx, events).await,
            _ => Ok(()),
        }
    }
}

/// The events of one aggregate, with where they were recorded.
pub(crate) fn decoded<'a, M: Message + Default>(
    aggregate: &str,
    events: &'a [Recorded],
) -> Result<Vec<(&'a Recorded, M)>, Error> {
    events
        .iter()
        .filter(|event| event.kind.aggregate() == aggregate)
        .map(|event| Ok((event, M::decode(event.payload.as_ref()).map_err(Error::event)?)))
        .collect()
}

/// The streams of events, each once.
pub(crate) fn streams<M>(events: &[(&Recorded, M)]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = events.iter().map(|(event, _)| event.stream_id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Codes as one text in which each can be found: `,questioning,modelling,`; empty for none.
pub(crate) fn joined<T: ToString>(codes: impl IntoIterator<Item = T>) -> String {
    codes.into_iter().fold(String::new(), |mut text, code| {
        if text.is_empty() {
            text.push(',');
        }
        text.push_str(&code.to_string());
        text.push(',');
        text
    })
}

/// The codes of such a text.
pub(crate) fn split(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What finds a code in such a text; absent if none is looked for.
pub(crate) fn containing(code: &str) -> Option<String> {
    (!code.is_empty()).then(|| format!("%,{},%", escaped(code)))
}

/// What finds text anywhere; absent if none is looked for.
pub(crate) fn anywhere(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("%{}%", escaped(&text.to_lowercase())))
}

/// Signs that `like` takes for others stand for themselves after `!`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '!' | '%' | '_') {
            escaped.push('!');
        }
        escaped.push(letter);
    }
    escaped
}
