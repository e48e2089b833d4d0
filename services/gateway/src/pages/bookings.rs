//! My bookings, and what I have learned: hours against entitlement, claims, certificates, mandatory training; and, for
//! those who answer for others, what waits for their word.

use api::{
    catalogue::v1::{
        ApproveBookingRequest, Booking, BookingState, Claim, DeclineBookingRequest, GetLearningRecordRequest,
        LearningRecord, ListAwaitingApprovalRequest, ListClaimsToVerifyRequest, ListMyBookingsRequest,
    },
    projection::v1::{
        GetAttentionListRequest, GetPersonRecordRequest, GetPersonRecordResponse, HoursAgainstEntitlement,
        ObligationKind,
    },
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use chrono::Utc;
use futures::future::try_join_all;
use identity::context::today;

use super::{
    Shown,
    asked::Asked,
    session::{class_of, is_live, promise},
    shell::{Foot, Shell},
    show,
};
use crate::{
    Gateway,
    figures::{Cell, Column, Table},
    forms::{Fields, Sent},
    names::People,
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

/// Bookings that the page shows at the most, latest first.
const BOOKINGS: i32 = 200;
/// What waits for the visitor's word, at the most.
const WAITING: i32 = 50;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/bookings", get(bookings))
        .route("/bookings/approve", post(approve))
        .route("/bookings/{session}/{booking}/decline", post(decline))
}

#[derive(Template)]
#[template(path = "catalogue/bookings.html")]
struct Page {
    shell: Shell,
    done: &'static str,
    live: Vec<Entry>,
    past: Table,
    more: bool,
    hours: Option<Hours>,
    certificates: Table,
    training: Table,
    claims: Table,
    approvals: Vec<Approval>,
    to_verify: Vec<ToVerify>,
    registers: Vec<Waits>,
    foot: Option<Foot>,
}

/// A booking of a session to come.
struct Entry {
    href: String,
    title: String,
    when: String,
    state: String,
    class: &'static str,
    says: String,
    serves: String,
}

/// Hours credited in the academic year against what the visitor is entitled to.
struct Hours {
    year: String,
    credited: String,
    entitled: String,
    so_far: String,
    /// How it was reckoned.
    parts: Vec<String>,
    why_none: &'static str,
}

/// Somebody's booking that waits for the visitor's agreement.
struct Approval {
    session_id: String,
    booking_id: String,
    href: String,
    title: String,
    who: String,
    when: String,
    state: String,
    /// Why it is not agreed to, and who reads that.
    decline: Fields,
    reads: String,
    /// Whether somebody has begun to say so.
    declining: bool,
}

/// Somebody's claim that waits for the visitor's word.
struct ToVerify {
    href: String,
    who: String,
    says: String,
}

/// A register to keep.
struct Waits {
    href: String,
    what: String,
    due: String,
    overdue: bool,
}

async fn bookings(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let clients = visitor.clients();
    let (mut own, mut waiting) = (clients.sessions.clone(), clients.sessions.clone());
    let (mut learning, mut claims) = (clients.learning.clone(), clients.learning.clone());
    let (mut record, mut attention) = (clients.tracking.clone(), clients.tracking.clone());
    let own_bookings = ListMyBookingsRequest {
        page_size: BOOKINGS,
        ..Default::default()
    };
    let to_approve = ListAwaitingApprovalRequest {
        page_size: WAITING,
        ..Default::default()
    };
    let to_verify = ListClaimsToVerifyRequest {
        page_size: WAITING,
        ..Default::default()
    };
    let around = GetPersonRecordRequest {
        person_id: me,
        page_size: 1,
        ..Default::default()
    };
    let (own, waiting, learned, claims, around, attention, vocabulary) = tokio::join!(
        own.list_my_bookings(visitor.ask(own_bookings)),
        waiting.list_awaiting_approval(visitor.ask(to_approve)),
        learning.get_learning_record(visitor.ask(GetLearningRecordRequest::default())),
        claims.list_claims_to_verify(visitor.ask(to_verify)),
        record.get_person_record(visitor.ask(around)),
        attention.get_attention_list(visitor.ask(GetAttentionListRequest::default())),
        visitor.vocabulary(),
    );
    let own = own?.into_inner();
    let vocabulary = vocabulary?;
    let learned = learned?.into_inner().record.unwrap_or_default();
    // Whoever answers for nobody has nothing to approve, and is told so by the service as a refusal.
    let waiting = waiting.map(|answer| answer.into_inner().bookings).unwrap_or_default();
    let claims = claims.map(|answer| answer.into_inner().claims).unwrap_or_default();
    let around = around.map(|answer| answer.into_inner()).ok();
    let attention = attention
        .map(|answer| answer.into_inner().waits_for_me)
        .unwrap_or_default();
    let others = waiting.iter().map(|booking| booking.person_id.as_str());
    let names = visitor
        .names(others.chain(claims.iter().map(|claim| claim.person_id.as_str())))
        .await;
    let today = today().to_string();
    let (live, past): (Vec<&Booking>, Vec<&Booking>) = own
        .bookings
        .iter()
        .partition(|booking| is_live(booking.state()) && booking.on >= today);
    let registers = attention.iter().filter_map(|item| {
        let owed = item.obligation.as_ref()?;
        (owed.kind() == ObligationKind::RecordAttendance).then(|| Waits {
            href: format!("/catalogue/sessions/{}", owed.about_id),
            what: item.summary.clone(),
            due: words::iso_day(&owed.due_on),
            overdue: owed.overdue,
        })
    });
    show(&Page {
        shell: Shell::new(&visitor, "My bookings", "/catalogue"),
        done: done(&asked.text("done")),
        live: live.into_iter().rev().map(Entry::of).collect(),
        past: history(&past),
        more: !own.next_page_token.is_empty(),
        hours: around.as_ref().and_then(|around| around.hours.as_ref()).map(Hours::of),
        certificates: certificates(&learned, &own.bookings),
        training: training(around.as_ref(), &vocabulary),
        claims: claimed(&learned),
        approvals: Approval::all(&visitor, &waiting, &names).await?,
        to_verify: claims.iter().map(|claim| ToVerify::of(claim, &names)).collect(),
        registers: registers.collect(),
        foot: around.map(|around| Foot::new(&around.completeness, Utc::now())),
    })
}

fn done(code: &str) -> &'static str {
    match code {
        "approved" => "Agreed. The place is theirs, or the first that becomes free will be.",
        "declined" => "Not agreed. The booking has ended, and its person is told why.",
        "claimed" => "Your claim is recorded. Its hours are credited once somebody in charge has verified it.",
        "verified" => "Verified. The hours are credited.",
        "rejected" => "Not agreed to. Its person is told why.",
        _ => "",
    }
}

fn when(booking: &Booking) -> String {
    let on = words::iso_day(&booking.on);
    match booking.starts_at.as_str() {
        "" => on,
        at => format!("{on}, {at}"),
    }
}

impl Entry {
    fn of(booking: &Booking) -> Self {
        Self {
            href: format!("/catalogue/sessions/{}", booking.session_id),
            title: booking.title.clone(),
            when: when(booking),
            state: called::capital(called::booking_state(booking.state())),
            class: class_of(booking.state()),
            says: promise(booking),
            serves: match booking.follow_up_ids.len() {
                0 => String::new(),
                count => format!("serves {}", called::counted(count, "follow-up", "follow-ups")),
            },
        }
    }
}

fn history(past: &[&Booking]) -> Table {
    let columns = [
        Column::text("session", "Session"),
        Column::text("day", "Day"),
        Column::text("state", "What became of it"),
        Column::text("time", "Time there"),
    ];
    let mut table = Table::new("past", "Earlier bookings, and those that ended", columns);
    for booking in past {
        table.push([
            Cell::link(&booking.title, format!("/catalogue/sessions/{}", booking.session_id)),
            Cell::date(&booking.on),
            Cell::text(match booking.state() {
                BookingState::Confirmed => "attendance not recorded yet",
                state => called::booking_state(state),
            }),
            match booking.state() {
                BookingState::Attended => Cell::text(words::minutes(booking.minutes)),
                _ => Cell::text("–"),
            },
        ]);
    }
    table
}

impl Hours {
    fn of(hours: &HoursAgainstEntitlement) -> Self {
        let part = |part: &api::projection::v1::EntitlementPart| {
            format!(
                "{} to {}: {} at {} % of full time, {} hours a year at full time, comes to {}",
                words::iso_day(&part.from_on),
                words::iso_day(&part.until_on),
                words::role_group(part.role_group()),
                part.fte_percent,
                part.full_time_hours,
                words::minutes(part.minutes)
            )
        };
        Self {
            year: words::cycle(hours.cycle),
            credited: words::minutes(hours.credited_minutes),
            entitled: words::minutes(hours.entitled_minutes),
            so_far: words::minutes(hours.entitled_so_far_minutes),
            parts: hours.parts.iter().map(part).collect(),
            why_none: words::absence(hours.absence()),
        }
    }
}

fn certificates(learned: &LearningRecord, bookings: &[Booking]) -> Table {
    let columns = [
        Column::text("for", "For"),
        Column::text("issued", "Issued on"),
        Column::text("until", "Holds until"),
    ];
    let mut table = Table::new("certificates", "Certificates that were issued to you", columns);
    for certificate in &learned.certificates {
        let credit = learned
            .credits
            .iter()
            .find(|credit| credit.credit_id == certificate.credit_id);
        let what = credit.and_then(|credit| {
            let booked = bookings.iter().find(|booking| booking.session_id == credit.session_id);
            let claimed = learned.claims.iter().find(|claim| claim.claim_id == credit.claim_id);
            booked
                .map(|booking| booking.title.clone())
                .or(claimed.map(|claim| claim.title.clone()))
                .or_else(|| Some(called::capital(called::activity_kind(credit.kind()))))
        });
        table.push([
            Cell::text(what.unwrap_or_else(|| "earlier learning".into())),
            Cell::date(&certificate.on),
            match certificate.expires_on.as_str() {
                "" => Cell::text("for ever"),
                until => Cell::date(until),
            },
        ]);
    }
    table
}

fn training(around: Option<&GetPersonRecordResponse>, vocabulary: &Vocabulary) -> Table {
    let columns = [
        Column::text("item", "Training"),
        Column::text("completed", "Completed on"),
        Column::text("until", "Holds until"),
        Column::text("state", "State"),
    ];
    let mut table = Table::new(
        "mandatory-training",
        "What you completed, and until when it holds",
        columns,
    );
    for item in around.map(|around| around.training.as_slice()).unwrap_or_default() {
        table.push([
            Cell::text(vocabulary.training(&item.item)),
            Cell::date(&item.completed_on),
            match item.expires_on.as_str() {
                "" => Cell::text("for ever"),
                until => Cell::date(until),
            },
            Cell::text(if item.expired { "expired: renew it" } else { "holds" }),
        ]);
    }
    table
}

fn claimed(learned: &LearningRecord) -> Table {
    let columns = [
        Column::text("what", "What it was"),
        Column::text("day", "Last day"),
        Column::text("time", "Time"),
        Column::text("state", "State"),
    ];
    let mut table = Table::new("claims", "What you have claimed", columns);
    for claim in &learned.claims {
        let state = called::claim_state(claim.state());
        table.push([
            Cell::text(&claim.title),
            Cell::date(&claim.on),
            Cell::text(words::minutes(claim.minutes)),
            Cell::text(match claim.reason.as_str() {
                "" => state.to_owned(),
                reason => format!("{state}: {reason}"),
            }),
        ]);
    }
    table
}

impl Approval {
    async fn all(visitor: &Visitor, waiting: &[Booking], names: &People) -> Result<Vec<Self>, Fault> {
        try_join_all(waiting.iter().zip(1..).map(|(booking, number)| async move {
            let path = format!("/bookings/{}/{}/decline", booking.session_id, booking.booking_id);
            let form = visitor.draft(&path).await?.named(format!("decline-{number}"));
            Ok(Self::of(booking, names, form))
        }))
        .await
    }

    fn of(booking: &Booking, names: &People, decline: Fields) -> Self {
        let who = names.name(&booking.person_id);
        Self {
            reads: format!("{who} reads it."),
            declining: decline.was_filled_in(),
            decline,
            session_id: booking.session_id.clone(),
            booking_id: booking.booking_id.clone(),
            href: format!("/catalogue/sessions/{}", booking.session_id),
            title: booking.title.clone(),
            who,
            when: when(booking),
            state: called::booking_state(booking.state()).to_owned(),
        }
    }
}

impl ToVerify {
    fn of(claim: &Claim, names: &People) -> Self {
        Self {
            href: format!("/bookings/claims/{}/{}", claim.person_id, claim.claim_id),
            who: names.name(&claim.person_id),
            says: format!(
                "{}, {} until {}",
                claim.title,
                words::minutes(claim.minutes),
                words::iso_day(&claim.on)
            ),
        }
    }
}

async fn approve(sent: Sent) -> Shown {
    let message = ApproveBookingRequest {
        request_id: sent.fields.request_id(),
        session_id: sent.fields.get("session_id").to_owned(),
        booking_id: sent.fields.get("booking_id").to_owned(),
        ..Default::default()
    };
    let mut sessions = sent.visitor.clients().sessions;
    sessions.approve_booking(sent.visitor.ask(message)).await?;
    Ok(Redirect::to("/bookings?done=approved").into_response())
}

async fn decline(Path((session_id, booking_id)): Path<(String, String)>, sent: Sent) -> Shown {
    let message = DeclineBookingRequest {
        request_id: sent.fields.request_id(),
        session_id,
        booking_id,
        reason: sent.fields.get("reason").to_owned(),
        ..Default::default()
    };
    let mut sessions = sent.visitor.clients().sessions;
    let answer = sessions.decline_booking(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| "/bookings?done=declined".into()).await
}
