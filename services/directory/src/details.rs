//! What is known of a school, checked.

use api::directory::v1::{Phase, SchoolDetails};
use service::{Violations, parse::SHORT_TEXT};

/// Pupils of a school: the largest of England has about 3,000.
const MOST_PUPILS: i32 = 20_000;

/// Reads details. Blank text is unknown.
pub fn parse(field: &str, details: Option<&SchoolDetails>, violations: &mut Violations) -> Option<SchoolDetails> {
    let details = violations.part(field, details)?;
    let at = |name: &str| format!("{field}.{name}");
    let name = violations.text(&at("name"), &details.name, SHORT_TEXT);
    let phase = violations.optional_choice::<Phase>(&at("phase"), details.phase);
    let la_code = digits(&at("la_code"), &details.la_code, 3, violations);
    let number = digits(
        &at("establishment_number"),
        &details.establishment_number,
        4,
        violations,
    );
    if let Some(pupils) = details.pupils {
        violations.number(&at("pupils"), pupils, 0..=MOST_PUPILS);
    }
    let town = violations.optional_text(&at("town"), &details.town, 100);
    let postcode = postcode(&at("postcode"), &details.postcode, violations);
    let opened_on = violations.optional_date(&at("opened_on"), &details.opened_on);
    Some(SchoolDetails {
        name: name?,
        phase: phase?.unwrap_or_default().into(),
        la_code: la_code?,
        establishment_number: number?,
        pupils: details.pupils,
        town: town?.unwrap_or_default(),
        postcode: postcode?,
        opened_on: opened_on?.map(|date| date.to_string()).unwrap_or_default(),
    })
}

fn digits(field: &str, text: &str, count: usize, violations: &mut Violations) -> Option<String> {
    let text = text.trim();
    let right = text.is_empty() || text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    violations.check(right, field, || format!("is not {count} digits"));
    right.then(|| text.to_owned())
}

/// An outward and an inward part; both are checked for their shape only.
fn postcode(field: &str, text: &str, violations: &mut Violations) -> Option<String> {
    let text = text.trim().to_uppercase();
    let letters = text.bytes().filter(|byte| *byte != b' ');
    let right = text.is_empty()
        || (5..=7).contains(&letters.clone().count()) && letters.clone().all(|byte| byte.is_ascii_alphanumeric());
    violations.check(right, field, || "is not a postcode such as BN26 5XB".to_owned());
    right.then_some(text)
}
