//! Where a number stands: scales with round ticks, and bands for what is counted off, such as half-terms.

use super::index;

/// Numbers along a line, with the ticks that are written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    ticks: Vec<f64>,
    decimals: usize,
}

impl Scale {
    /// Holds every number between these, with about so many round ticks, the outermost at its ends.
    pub fn covering(low: f64, high: f64, about: u32) -> Self {
        let (low, high) = ordered(low, high);
        let step = round_step((high - low) / f64::from(about.max(1)));
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let mut ticks = Vec::new();
        let mut at = first;
        while at <= last + 0.5 && ticks.len() < 100 {
            ticks.push(at * step);
            at += 1.0;
        }
        Self {
            low: first * step,
            high: last * step,
            start: 0.0,
            end: 1.0,
            ticks,
            decimals: decimals(step),
        }
    }

    /// Per cent, from 0 to 100.
    pub fn per_cent() -> Self {
        Self::covering(0.0, 100.0, 5)
    }

    /// From one coordinate to another, which may be the smaller.
    #[must_use]
    pub fn along(mut self, start: f64, end: f64) -> Self {
        (self.start, self.end) = (start, end);
        self
    }

    /// The coordinate of a number; what lies beyond the scale stands at its end.
    pub fn at(&self, number: f64) -> f64 {
        let number = if number.is_finite() {
            number.clamp(self.low, self.high)
        } else {
            self.low
        };
        self.start + (self.end - self.start) * (number - self.low) / (self.high - self.low)
    }

    /// Coordinates of ticks, and what is written there.
    pub fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().map(|tick| (self.at(*tick), self.written(*tick)))
    }

    fn written(&self, tick: f64) -> String {
        let text = format!("{:.*}", self.decimals, tick.abs());
        let nought = text.chars().all(|character| matches!(character, '0' | '.'));
        if tick < 0.0 && !nought {
            format!("−{text}")
        } else {
            text
        }
    }

    pub fn low(&self) -> f64 {
        self.low
    }

    pub fn high(&self) -> f64 {
        self.high
    }
}

/// In order, apart from each other, and finite.
fn ordered(low: f64, high: f64) -> (f64, f64) {
    let finite = |number: f64| {
        if number.is_finite() {
            number.clamp(-1e9, 1e9)
        } else {
            0.0
        }
    };
    let (low, high) = (finite(low.min(high)), finite(low.max(high)));
    if high - low > 1e-9 * high.abs().max(1.0) {
        (low, high)
    } else if low > 0.0 {
        (0.0, low)
    } else if low < 0.0 {
        (low, 0.0)
    } else {
        (0.0, 1.0)
    }
}

/// 1, 2 or 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.max(1e-9).log10().floor());
    let times = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|times| rough <= times * power * (1.0 + 1e-9));
    times.unwrap_or(10.0) * power
}

fn decimals(step: f64) -> usize {
    (0..9)
        .zip([1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
        .find(|(_, unit)| step >= unit * (1.0 - 1e-9))
        .map_or(9, |(decimals, _)| decimals)
}

/// Places of equal width, side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    start: f64,
    width: f64,
}

impl Bands {
    pub fn new(count: usize, start: f64, end: f64) -> Self {
        Self {
            start,
            width: (end - start) / index(count.max(1)),
        }
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    /// Where a place begins.
    pub fn start(&self, at: usize) -> f64 {
        self.start + self.width * index(at)
    }

    pub fn middle(&self, at: usize) -> f64 {
        self.start(at) + self.width / 2.0
    }

    /// Every how many places there is room to write something so wide.
    pub fn every(&self, room: f64) -> usize {
        (1..)
            .find(|every| self.width * index(*every) >= room || *every >= 100)
            .unwrap_or(1)
    }
}

/// A half-term in few letters: "HT1 25/26".
pub fn half_term(cycle: i32, half_term: i32) -> String {
    format!(
        "HT{half_term} {:02}/{:02}",
        cycle.rem_euclid(100),
        (cycle + 1).rem_euclid(100)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(scale: &Scale) -> Vec<String> {
        scale.ticks().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_what_is_shown() {
        assert_eq!(
            written(&Scale::covering(0.0, 83.0, 5)),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(
            written(&Scale::covering(-0.31, 0.62, 5)),
            ["−0.4", "−0.2", "0.0", "0.2", "0.4", "0.6", "0.8"]
        );
        assert_eq!(written(&Scale::covering(1.0, 5.0, 4)), ["1", "2", "3", "4", "5"]);
        assert_eq!(written(&Scale::per_cent()), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(
            written(&Scale::covering(0.0, 12_000.0, 4)),
            ["0", "5000", "10000", "15000"]
        );
    }

    #[test]
    fn numbers_stand_in_proportion_and_never_beyond() {
        let scale = Scale::covering(0.0, 10.0, 5).along(100.0, 0.0);
        assert_eq!(scale.at(0.0), 100.0);
        assert_eq!(scale.at(2.5), 75.0);
        assert_eq!(scale.at(99.0), 0.0);
        assert_eq!(scale.at(f64::NAN), 100.0);
    }

    #[test]
    fn nothing_one_number_and_equal_numbers_have_a_scale() {
        for (low, high) in [
            (0.0, 0.0),
            (7.0, 7.0),
            (-3.0, -3.0),
            (f64::NAN, f64::NAN),
            (f64::INFINITY, f64::NEG_INFINITY),
            (1e-12, 1e-12),
            (1e300, -1e300),
        ] {
            let scale = Scale::covering(low, high, 5).along(0.0, 100.0);
            assert!(scale.low() < scale.high(), "{low} {high}");
            assert!(scale.ticks().all(|(at, _)| (0.0..=100.0).contains(&at)), "{low} {high}");
            assert!(scale.ticks().count() >= 2, "{low} {high}");
        }
    }

    #[test]
    fn bands_share_the_room() {
        let bands = Bands::new(4, 10.0, 50.0);
        assert_eq!((bands.width(), bands.start(1), bands.middle(3)), (10.0, 20.0, 45.0));
        assert_eq!(bands.every(25.0), 3);
        assert_eq!(Bands::new(0, 0.0, 10.0).width(), 10.0);
    }

    #[test]
    fn half_terms_are_short() {
        assert_eq!(half_term(2025, 1), "HT1 25/26");
        assert_eq!(half_term(1999, 6), "HT6 99/00");
    }
}
