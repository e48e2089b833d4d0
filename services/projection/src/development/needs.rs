//! Emergent needs: focus areas by half-term against what the past lets expect, what is on offer for each, who takes it up,
//! and what is unmet.

mod areas;
pub(crate) mod offers;
pub(crate) mod signals;
mod surge;

use std::collections::BTreeMap;

use api::projection::v1::{
    EmergentNeeds, GetEmergentNeedsRequest, GetEmergentNeedsResponse, NeedCell, NeedRow, SignalCount,
    needs_service_server::NeedsService,
};
use chrono::{Months, NaiveDate};
use identity::Actor;
use prost::DecodeError;
use service::Error;

use self::{
    areas::{Area, Areas},
    surge::{Count, Expected},
};
use super::{Ask, Ground, count, ledger::Kinds, people::People, places::HalfTerm, sentences, took_part};
use crate::{link_report::Scope, views::Views};

crate::grpc::queries! { NeedsService:
    get_emergent_needs(GetEmergentNeedsRequest) -> GetEmergentNeedsResponse;
    get_priority_report(GetPriorityReportRequest) -> GetPriorityReportResponse;
}

/// Years before the last one that is counted from which events are read: two of a past, one to be counted beside it.
const YEARS: i32 = 3;

/// How much earlier than the day of which it speaks something may have been recorded.
const EARLY: Months = Months::new(3);

impl Views {
    /// Shows focus areas by half-term against what was to be expected from the past.
    pub(crate) async fn get_emergent_needs(
        &self,
        actor: &Actor,
        request: GetEmergentNeedsRequest,
    ) -> Result<GetEmergentNeedsResponse, Error> {
        let GetEmergentNeedsRequest {
            trust_id,
            urn,
            cycle,
            cycle_count,
            role_group,
            phase,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, phase, "", role_group)?;
        let cycle_count = match cycle_count {
            0 | 1 => 1,
            2 => 2,
            _ => return Err(Error::invalid("cycle_count", "must be 1 or 2 academic years")),
        };
        let ask = Ask::parse(scope, known_at.as_ref(), "")?;
        let since = NaiveDate::from_ymd_opt(cycle - YEARS, 9, 1).unwrap_or(ask.scope.from);
        // What became of needs, and who took part, counts for the period shown alone.
        let shown = NaiveDate::from_ymd_opt(cycle - cycle_count + 1, 9, 1).unwrap_or(since) - EARLY;
        let kinds = vec![
            Kinds::lasting(&[
                &offers::ACTIVITIES,
                &offers::COMMISSIONS,
                &offers::EXPERTISE,
                &took_part::LASTING,
            ]),
            Kinds::since(since, &[&signals::RECENT]),
            Kinds::since(shown, &[&offers::FATES, &took_part::RECENT]),
        ];
        let (suppression, completeness) = self.let_in(actor, &ask, &at_least).await?;
        let asked = (ask.clone(), suppression, cycle_count);
        let count = async {
            let ground = self.laid(ask, suppression, kinds).await?;
            let people = self.roster(|register| People::of(register, ground.trust()));
            report(&ground, &people, cycle_count).map_err(Error::internal)
        };
        let needs = self.answer(&self.answers.needs, asked, count).await?;
        Ok(GetEmergentNeedsResponse {
            needs: Some(needs),
            completeness,
        })
    }
}

/// The report: what was counted, and what of it is more than expected.
fn report(ground: &Ground, people: &People, cycle_count: i32) -> Result<EmergentNeeds, DecodeError> {
    let cycle = ground.ask.scope.cycle;
    let first = cycle - cycle_count + 1;
    let areas = Areas::of(ground, people, first)?;
    let shown: Vec<HalfTerm> = HalfTerm::of_cycles(first..=cycle).collect();
    let begun = |half_term: &HalfTerm| ground.places.begun(*half_term, ground.ask.on);
    let all: Vec<HalfTerm> = HalfTerm::of_cycles(cycle - YEARS..=cycle).filter(begun).collect();
    let counts: BTreeMap<&str, Vec<Count>> = areas
        .by_word
        .iter()
        .map(|(word, area)| {
            (
                word.as_str(),
                all.iter().map(|half_term| areas.count(area, *half_term)).collect(),
            )
        })
        .collect();
    let dispersion = surge::dispersion(counts.values().map(Vec::as_slice));
    let mut tested: Vec<((&str, HalfTerm), Expected, f64)> = Vec::new();
    for (word, counts) in &counts {
        for (place, half_term) in all.iter().enumerate().filter(|(_, half_term)| half_term.cycle >= first) {
            let past = &counts[place.saturating_sub(surge::PAST_MAX)..place];
            let now = counts[place];
            let expected = Expected::from(past, now.of_all, dispersion.unwrap_or(1.0));
            tested.extend(expected.map(|expected| ((*word, *half_term), expected, expected.p_value(now.of_area))));
        }
    }
    let p_values: Vec<f64> = tested.iter().map(|(.., p_value)| *p_value).collect();
    let q_values = surge::q_values(&p_values);
    let tested_count = count(tested.len());
    let tests: BTreeMap<(&str, HalfTerm), Test> = tested
        .into_iter()
        .zip(q_values)
        .map(|((at, expected, p_value), q_value)| {
            (
                at,
                Test {
                    expected,
                    p_value,
                    q_value,
                },
            )
        })
        .collect();
    let current = shown.iter().copied().filter(|half_term| begun(half_term)).max();
    let mut rows: Vec<NeedRow> = areas
        .by_word
        .iter()
        .filter(|(_, area)| area.concerns(first))
        .map(|(word, area)| {
            let test = |half_term: HalfTerm| tests.get(&(word.as_str(), half_term));
            let cell = |half_term: &HalfTerm| cell(ground, area, *half_term, test(*half_term));
            NeedRow {
                cells: shown.iter().map(cell).collect(),
                rising: current.and_then(test).is_some_and(Test::rises),
                ..area.row(ground, word)
            }
        })
        .collect();
    let observed = |row: &NeedRow| -> i32 { row.cells.iter().map(|cell| cell.observed_count).sum() };
    rows.sort_by(|a, b| {
        let key = |row: &NeedRow| (std::cmp::Reverse(row.rising), std::cmp::Reverse(observed(row)));
        key(a).cmp(&key(b)).then_with(|| a.focus_area.cmp(&b.focus_area))
    });
    Ok(EmergentNeeds {
        trust_id: ground.trust().to_string(),
        trust_name: ground.places.trust_name.clone(),
        cycle,
        cycle_count,
        areas: rows,
        tested_count,
        false_discovery_rate: surge::FALSE_DISCOVERY_RATE,
        dispersion,
        model: sentences::SURGE.to_owned(),
        definition_version: sentences::version().to_owned(),
    })
}

/// What came of testing a cell.
#[derive(Clone, Copy, Debug)]
struct Test {
    expected: Expected,
    p_value: f64,
    q_value: f64,
}

impl Test {
    fn rises(&self) -> bool {
        surge::rises(self.q_value)
    }
}

/// A cell as the protocol shows it. Where one kind of signal alone is too rare to show, no kind is: it would follow from
/// the whole.
fn cell(ground: &Ground, area: &Area, half_term: HalfTerm, test: Option<&Test>) -> NeedCell {
    let cell = NeedCell {
        cycle: half_term.cycle,
        half_term: half_term.number(),
        ..NeedCell::default()
    };
    let Some(tally) = area.cells.get(&half_term) else {
        return shown(cell, test);
    };
    let (observed_count, suppressed) = ground.suppression.count(tally.observed());
    if suppressed {
        return NeedCell { suppressed, ..cell };
    }
    let signals: Vec<SignalCount> = tally
        .signals
        .iter()
        .map(|(kind, counted)| {
            let (count, suppressed) = ground.suppression.count(*counted);
            SignalCount {
                kind: (*kind).into(),
                count,
                suppressed,
            }
        })
        .collect();
    let telling = signals.iter().filter(|signal| signal.suppressed).count() == 1;
    let cell = NeedCell {
        observed_count,
        school_count: count(tally.schools.len()),
        signals: if telling { Vec::new() } else { signals },
        ..cell
    };
    shown(cell, test)
}

fn shown(cell: NeedCell, test: Option<&Test>) -> NeedCell {
    NeedCell {
        expected_count: test.map(|test| test.expected.mean),
        p_value: test.map(|test| test.p_value),
        q_value: test.map(|test| test.q_value),
        rising: test.is_some_and(Test::rises),
        ..cell
    }
}

#[cfg(test)]
mod tests;
