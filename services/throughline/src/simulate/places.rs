//! Real state schools of England, put together into trusts of the size that is asked for. The schools are real; that they
//! form a trust is not.

use std::{collections::BTreeSet, io::Read as _};

use anyhow::Context as _;
use api::{
    directory::v1::{Phase, SchoolDetails},
    ids::Urn,
};
use flate2::read::GzDecoder;

/// Get Information About Schools (names 2025) and the school census of 2022–23, Open Government Licence v3.0.
const SCHOOLS: &[u8] = include_bytes!("../../data/england_schools.csv.gz");

/// A school and its size.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) urn: Urn,
    pub(super) details: SchoolDetails,
    pub(super) pupils: usize,
}

/// Schools that are a trust in the simulation.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) places: Vec<Place>,
}

/// So many schools in so many trusts, neighbours together.
pub(super) fn groups(schools: usize, trusts: usize) -> anyhow::Result<Vec<Group>> {
    let mut places = read()?;
    anyhow::ensure!(
        schools <= places.len(),
        "{} schools are known: ask for no more",
        places.len()
    );
    places.truncate(schools.max(1));
    let trusts = trusts.clamp(1, places.len());
    let mut taken = BTreeSet::new();
    let mut groups = Vec::with_capacity(trusts);
    let mut places = places.into_iter();
    for number in 0..trusts {
        let (from, to) = (schools.max(1) * number / trusts, schools.max(1) * (number + 1) / trusts);
        let places: Vec<Place> = places.by_ref().take(to - from).collect();
        let town = places
            .first()
            .map(|place| place.details.town.clone())
            .unwrap_or_default();
        let mut name = format!("{town} Learning Trust");
        for again in 2.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = format!("{town} Learning Trust {again}");
        }
        groups.push(Group { name, places });
    }
    Ok(groups)
}

/// By local authority, so that neighbours come together.
fn read() -> anyhow::Result<Vec<Place>> {
    let mut text = String::new();
    GzDecoder::new(SCHOOLS)
        .read_to_string(&mut text)
        .context("unpacking the schools")?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut places = Vec::new();
    for record in reader.records() {
        let record = record.context("reading the schools")?;
        let cell = |index: usize| record.get(index).unwrap_or_default().trim().to_owned();
        let Ok(urn) = cell(0).parse::<Urn>() else { continue };
        let pupils: i32 = cell(7).parse().unwrap_or_default();
        let phase = match cell(6).as_str() {
            "nursery" => Phase::Nursery,
            "primary" => Phase::Primary,
            "secondary" => Phase::Secondary,
            "special school" => Phase::Special,
            _ => Phase::Unspecified,
        };
        let digits = |text: String, count| if text.len() == count { text } else { String::new() };
        places.push(Place {
            urn,
            details: SchoolDetails {
                name: cell(1),
                phase: phase.into(),
                la_code: digits(cell(4), 3),
                establishment_number: digits(cell(5), 4),
                pupils: (pupils > 0).then_some(pupils),
                town: cell(2),
                postcode: cell(3),
                opened_on: String::new(),
            },
            pupils: usize::try_from(pupils).unwrap_or_default().max(30),
        });
    }
    places.sort_by(|one, other| {
        let key = |place: &Place| (place.details.la_code.clone(), place.urn);
        key(one).cmp(&key(other))
    });
    Ok(places)
}
