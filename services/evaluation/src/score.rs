//! A score on the scale that every question of ours is answered on.

/// From 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(i32);

impl Score {
    /// None unless it is from 1 to 5.
    pub fn new(score: i32) -> Option<Self> {
        (1..=5).contains(&score).then_some(Self(score))
    }

    /// As in the protocol.
    pub fn number(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_from_one_to_five() {
        for score in 1..=5 {
            assert_eq!(Score::new(score).map(Score::number), Some(score));
        }
        for wrong in [i32::MIN, -1, 0, 6, i32::MAX] {
            assert_eq!(Score::new(wrong), None);
        }
    }
}
