use super::*;
use tonic::Status;
use tonic_types::StatusExt as _;

#[derive(Debug, thiserror::Error)]
enum Rejection {
    #[error("an observer cannot observe themselves")]
    ObserverIsObservee,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        "OBSERVER_IS_OBSERVEE"
    }
    fn field(&self) -> Option<&'static str> {
        Some("observer_id")
    }
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("kind", "lesson".to_owned())]
    }
}

#[test]
fn every_code_has_its_own_name_and_meaning() {
    for code in Code::ALL {
        assert_eq!(Code::from_name(code.name()), Some(code));
        assert!((400..=504).contains(&code.http_status()));
        assert!(code.advice().ends_with('.'));
        let status = Status::from(Error::new(code, "said"));
        assert_eq!(status.code(), code.grpc());
        assert_eq!(Error::from_status(&status).code(), code);
    }
}

#[test]
fn a_rejection_reaches_the_caller_with_reason_field_and_sentence() {
    let status = Status::from(Error::from(Rejection::ObserverIsObservee));
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    assert_eq!(status.message(), "an observer cannot observe themselves");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str()),
        ("OBSERVER_IS_OBSERVEE", "throughline")
    );
    assert_eq!(info.metadata["kind"], "lesson");
    assert_eq!(details.bad_request().unwrap().field_violations[0].field, "observer_id");
}

#[test]
fn all_violations_are_told_at_once() {
    let mut violations = Violations::new();
    violations.add("due_on", "must not be before the observation (2025-10-01)");
    violations.check(false, "action", || "must be given".to_owned());
    let error = Error::from_status(&Status::from(violations.finish().unwrap_err()));
    assert_eq!(error.code(), Code::InvalidArgument);
    let fields: Vec<_> = error.violations().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["due_on", "action"]);
    assert!(Violations::new().finish().is_ok());
}

#[test]
fn the_cause_of_an_internal_error_is_never_told() {
    let status = Status::from(Error::internal(std::io::Error::other(
        "relation \"events\" does not exist",
    )));
    let told = format!("{} {:?}", status.message(), String::from_utf8_lossy(status.details()));
    assert!(!told.contains("relation"), "{told}");
    let error = Error::from_status(&status);
    assert!(error.message().contains(&error.facts()["error_id"]));
}

#[test]
fn what_is_worth_trying_again_says_when() {
    let status = Status::from(Error::unavailable("connection refused by 10.0.0.1"));
    assert!(!status.message().contains("10.0.0.1"));
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    let conflict = Status::from(Error::version_conflict(3, 5));
    assert_eq!(conflict.code(), tonic::Code::Aborted);
    assert!(conflict.get_details_retry_info().is_none());
}

#[test]
fn a_foreign_status_keeps_its_words_to_itself() {
    let error = Error::from_status(&Status::unavailable("tcp connect error: 10.0.0.1:5432"));
    assert_eq!((error.code(), error.message()), (Code::Unavailable, "request failed"));
}

#[test]
fn what_is_told_fits_into_trailers() {
    let mut violations = Violations::new();
    for row in 0..2_000 {
        violations.add(format!("rows[{row}].name"), "is too long: ".repeat(1_000));
    }
    let status = Status::from(violations.finish().unwrap_err());
    assert!(status.details().len() < 10_000, "{} bytes", status.details().len());
    let error = Error::from_status(&status);
    let last = error.violations().last().unwrap();
    assert_eq!(last.description, "and 1980 more fields are not right");
    let long = Status::from(Error::permission_denied("é".repeat(10_000)));
    assert_eq!(long.message().chars().count(), 301);
}
