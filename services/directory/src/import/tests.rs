use api::directory::v1::SchoolDetails;

use super::*;
use crate::tests::day;

fn row(number: i32, urn: &str, trust_name: &str, trust_uid: &str) -> ImportRow {
    ImportRow {
        row: number,
        urn: urn.into(),
        details: Some(SchoolDetails {
            name: "Hill School".into(),
            ..SchoolDetails::default()
        }),
        trust_name: trust_name.into(),
        trust_uid: trust_uid.into(),
        ..ImportRow::default()
    }
}

fn trust_ids(rows: &[ImportRow], known: Known) -> Vec<Option<TrustId>> {
    let mut known = known;
    let rows = parse(rows).unwrap();
    prepare(&rows, &mut known);
    rows.iter()
        .map(|row| row.trust.as_ref().map(|identity| known.trust_id(identity)))
        .collect()
}

#[test]
fn every_violation_names_its_row_and_column() {
    let mut wrong = row(14, "13678", "", "");
    wrong.closed_on = "31-08-2014".into();
    let mut nameless = row(16, "136791", "", "");
    nameless.details = Some(SchoolDetails::default());
    let rows = [
        wrong,
        row(15, "136790", "", ""),
        nameless,
        row(17, "136790", "", ""),
        row(18, "136792", "", "7"),
    ];
    let error = parse(&rows).unwrap_err();
    let told: Vec<_> = error
        .violations()
        .iter()
        .map(|told| (told.field.as_str(), told.description.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("rows[0].urn", "row 14: URN is not an identifier of this kind"),
            (
                "rows[0].closed_on",
                "row 14: closing date is not a date: write it as YYYY-MM-DD"
            ),
            ("rows[2].details.name", "row 16: name must be given"),
            ("rows[3].urn", "row 17: URN 136790 is in row 15 already"),
            ("rows[4].trust_name", "row 18: trust must be given with a group UID"),
        ]
    );
    assert_eq!(parse(&[]).unwrap_err().violations()[0].field, "rows");
}

#[test]
fn rows_of_the_same_trust_mean_the_same_trust() {
    let rows = [
        row(2, "136789", "HILL TRUST ", ""),
        row(3, "136790", "The Hill Trust", ""),
        row(4, "136791", "Hill Trust", "2048"),
        row(5, "136792", "Dale Trust", ""),
        row(6, "136793", "", ""),
    ];
    let ids = trust_ids(&rows, Known::default());
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[1], ids[2]);
    assert_ne!(ids[2], ids[3]);
    assert_eq!(ids[4], None);
}

#[test]
fn a_trust_that_is_known_by_name_is_not_made_again() {
    let known = |uid: &str| {
        let id = TrustId(Uuid::from_u128(7));
        Known {
            trusts: [id].into(),
            by_name: [("hill trust".to_owned(), (id, uid.to_owned()))].into(),
            ..Known::default()
        }
    };
    let named = |uid: &str, known: Known| trust_ids(&[row(2, "136789", "HILL TRUST", uid)], known)[0];
    assert_eq!(named("", known("2048")), Some(TrustId(Uuid::from_u128(7))));
    assert_eq!(named("2048", known("")), Some(TrustId(Uuid::from_u128(7))));
    // Another trust of the same name.
    assert_ne!(named("2049", known("2048")), Some(TrustId(Uuid::from_u128(7))));
}

#[test]
fn no_stream_is_in_a_plan_twice() {
    let network = Uuid::from_u128(9);
    let before = TrustId(Uuid::from_u128(7));
    let urns: Vec<Urn> = ["136789", "136790"].iter().map(|urn| urn.parse().unwrap()).collect();
    let known = Known {
        schools: urns.iter().map(|urn| (*urn, before)).collect(),
        consents: urns.iter().map(|urn| (*urn, vec![network])).collect(),
        ..Known::default()
    };
    let rows = parse(&[row(2, "136789", "Hill Trust", ""), row(3, "136790", "Hill Trust", "")]).unwrap();
    let plan = plan(rows, known, day("2025-11-14")).unwrap();
    assert_eq!(format!("{plan:?}"), "Plan { steps: 4 }");
}
