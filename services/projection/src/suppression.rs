//! Which counts are too small to show to a reader.

use api::{
    ids::{TrustId, Urn},
    projection::v1::Rate,
};
use identity::{Action, Actor, Kind, Record};
use service::Error;

use crate::views::Views;

/// Which counts are too small to show to this reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Suppression {
    below: i32,
}

impl Suppression {
    /// Every count is shown.
    pub(crate) fn none() -> Self {
        Self { below: 0 }
    }

    /// Counts from 1 up to, but without, the threshold are not shown.
    pub(crate) fn below(threshold: u32) -> Self {
        Self {
            below: i32::try_from(threshold).unwrap_or(i32::MAX),
        }
    }

    /// From how many people a count is shown; none if every count is.
    pub(crate) fn threshold(self) -> Option<u32> {
        u32::try_from(self.below).ok().filter(|below| *below > 0)
    }

    fn hides(self, count: i32) -> bool {
        count > 0 && count < self.below
    }

    /// A count, or 0 and that it is hidden.
    pub(crate) fn count(self, count: i32) -> (i32, bool) {
        if self.hides(count) { (0, true) } else { (count, false) }
    }

    /// A share. Hidden if those who reached it, or those who did not, are too few: either would point at somebody.
    pub(crate) fn rate(self, numerator: i32, denominator: i32) -> Rate {
        if self.hides(numerator) || self.hides(denominator - numerator) || self.hides(denominator) {
            return Rate {
                suppressed: true,
                ..Rate::default()
            };
        }
        let ratio = (denominator > 0).then(|| f64::from(numerator) / f64::from(denominator));
        Rate {
            numerator,
            denominator,
            ratio,
            suppressed: false,
        }
    }
}

impl Views {
    /// Whether somebody may read counts of a trust, or of one of its schools, and which are too small for them: leaders
    /// see counts as they are; governors see none that could be about somebody they know.
    pub(crate) async fn authorise_counts(
        &self,
        actor: &Actor,
        trust: TrustId,
        urn: Option<Urn>,
    ) -> Result<Suppression, Error> {
        let of_trust = Record::new(Kind::TrustView, trust);
        let Some(urn) = urn else {
            self.gate.authorise(actor, Action::Read, &of_trust).await?;
            return Ok(Suppression::none());
        };
        let aggregate = Record::new(Kind::SchoolAggregate, trust).at(urn);
        self.gate.authorise(actor, Action::Read, &aggregate).await?;
        let leads =
            self.may_read(actor, &of_trust) || self.may_read(actor, &Record::new(Kind::SchoolView, trust).at(urn));
        if leads {
            return Ok(Suppression::none());
        }
        let today = identity::context::date_in_england(chrono::Utc::now());
        let policy = self.gate.roster().policy_at(trust, Some(urn), today);
        Ok(Suppression::below(policy.suppression_threshold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_hidden_from_either_side() {
        let governors = Suppression::below(5);
        assert!(governors.rate(3, 40).suppressed, "few reached it");
        assert!(governors.rate(37, 40).suppressed, "few did not");
        assert!(governors.rate(0, 4).suppressed, "few there are");
        assert_eq!(governors.rate(0, 40).ratio, Some(0.0));
        assert_eq!(governors.rate(20, 40).ratio, Some(0.5));
        assert_eq!(Suppression::none().rate(3, 4).ratio, Some(0.75));
        assert_eq!((governors.count(4), governors.count(5)), ((0, true), (5, false)));
    }
}
