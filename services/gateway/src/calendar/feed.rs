//! A feed as calendar programmes read it (RFC 5545).

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use icalendar::{Calendar, Class, Component as _, Event, EventLike as _, EventStatus, Property};

use super::entries::{Entry, Status};
use crate::words;

pub(super) fn written(entries: &[Entry], as_of: DateTime<Utc>) -> String {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//Throughline//Calendar feed//EN"))
        .append_property(Property::new("CALSCALE", "GREGORIAN"))
        .name("Throughline")
        .description(&format!(
            "My development, as of {}. It is brought up to date whenever I visit Throughline.",
            words::moment(as_of)
        ))
        .ttl(&Duration::hours(1));
    for entry in entries {
        calendar.push(event(entry));
    }
    calendar.done().to_string()
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@throughline", entry.uid))
        .summary(&entry.title)
        .timestamp(entry.changed_at)
        .last_modified(entry.changed_at)
        .sequence(entry.sequence)
        .class(Class::Private)
        .status(match entry.status {
            Status::Confirmed => EventStatus::Confirmed,
            Status::Tentative => EventStatus::Tentative,
            Status::Cancelled => EventStatus::Cancelled,
        });
    if !entry.place.is_empty() {
        event.location(&entry.place);
    }
    match NaiveTime::parse_from_str(&entry.starts_at, "%H:%M") {
        Ok(at) => {
            let starts = in_universal_time(entry.on.and_time(at));
            event
                .starts(starts)
                .ends(starts + Duration::minutes(entry.minutes.max(0).into()));
        }
        Err(_) => {
            // The last day is the one after it, which is not part of it (RFC 5545, section 3.6.1).
            event.starts(entry.on).ends(entry.on + Duration::days(1));
            // A day on which something is due keeps nobody from anything else.
            event.add_property("TRANSP", "TRANSPARENT");
        }
    }
    event.done()
}

/// A clock time of England. Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on that of October
/// (Summer Time Act 1972, as amended in 2002).
fn in_universal_time(local: NaiveDateTime) -> DateTime<Utc> {
    let changes = |month: u32| {
        let last = NaiveDate::from_ymd_opt(local.year(), month, 31)?;
        let back = i64::from(last.weekday().days_since(Weekday::Sun));
        (last - Duration::days(back)).and_hms_opt(1, 0, 0)
    };
    let summer = changes(3)
        .zip(changes(10))
        .is_some_and(|(from, until)| local >= from + Duration::hours(1) && local < until + Duration::hours(1));
    let offset = if summer { Duration::hours(1) } else { Duration::zero() };
    (local - offset).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(on: &str, starts_at: &str, status: Status) -> Entry {
        Entry {
            uid: "booking-1".into(),
            title: "Twilight course; questioning, part 2".into(),
            on: on.parse().unwrap(),
            starts_at: starts_at.into(),
            minutes: 90,
            place: "Hall".into(),
            status,
            sequence: 2,
            changed_at: "2026-01-10T09:00:00Z".parse().unwrap(),
        }
    }

    fn feed(entry: Entry) -> String {
        written(&[entry], "2026-01-11T09:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_clock_time_is_that_of_england() {
        let winter = feed(entry("2026-01-20", "15:45", Status::Confirmed));
        assert!(winter.contains("DTSTART:20260120T154500Z"), "{winter}");
        assert!(winter.contains("DTEND:20260120T171500Z"));
        let summer = feed(entry("2026-06-20", "15:45", Status::Confirmed));
        assert!(summer.contains("DTSTART:20260620T144500Z"), "{summer}");
    }

    #[test]
    fn clocks_change_on_the_last_sundays_of_march_and_october() {
        let utc = |text: &str| in_universal_time(text.parse().unwrap()).to_string();
        assert_eq!(utc("2026-03-29T00:59:00"), "2026-03-29 00:59:00 UTC");
        assert_eq!(utc("2026-03-29T02:00:00"), "2026-03-29 01:00:00 UTC");
        assert_eq!(utc("2026-10-25T01:30:00"), "2026-10-25 00:30:00 UTC");
        assert_eq!(utc("2026-10-25T09:00:00"), "2026-10-25 09:00:00 UTC");
    }

    #[test]
    fn it_is_the_same_event_for_ever_and_says_that_it_was_cancelled() {
        let text = feed(entry("2026-01-20", "", Status::Cancelled));
        for line in [
            "UID:booking-1@throughline",
            "SEQUENCE:2",
            "STATUS:CANCELLED",
            "DTSTAMP:20260110T090000Z",
            "DTSTART;VALUE=DATE:20260120",
            "DTEND;VALUE=DATE:20260121",
            "CLASS:PRIVATE",
            "SUMMARY:Twilight course\\; questioning\\, part 2",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    }
}
