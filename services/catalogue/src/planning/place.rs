//! Where a record belongs: a school of a trust, or the trust as a whole.

use api::{
    common::v1::Sealed,
    ids::{TrustId, Urn},
};
use identity::{Kind, Record};

use service::recorded;

/// A school, or the whole trust where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub trust: TrustId,
    pub urn: Option<Urn>,
}

impl Place {
    /// As it was recorded.
    pub(crate) fn recorded(trust_id: &str, urn: &str) -> Self {
        Self {
            trust: recorded::id(trust_id),
            urn: urn.parse().ok(),
        }
    }

    /// The school's number; empty for the whole trust.
    pub(crate) fn urn_text(self) -> String {
        recorded::text_of(self.urn)
    }

    /// A record there.
    pub(crate) fn record(self, kind: Kind) -> Record {
        Record::new(kind, self.trust).at(self.urn)
    }

    /// Text of the organisation; nothing where nothing was written.
    pub(crate) fn sealed(self, text: String) -> Option<Sealed> {
        sealed(self.trust, text)
    }
}

/// Text under somebody's key; nothing where nothing was written.
pub(crate) fn sealed(subject: impl Into<uuid::Uuid>, text: String) -> Option<Sealed> {
    (!text.is_empty()).then(|| Sealed::about(subject, text))
}
