//! Planning through its own client.

mod commissions;
mod expertise;
mod needs;
mod offers;
mod pathways;
mod priorities;
mod providers;
mod time;

use super::*;

/// Somebody asks for something to be done on a day; what was recorded, or why not.
macro_rules! command {
    ($world:expr, $who:expr, $day:literal, $method:ident($request:ident { $($field:ident: $value:expr),* $(,)? })) => {{
        let request = pb::$request {
            request_id: request_id(),
            occurred_at: noon($day),
            $($field: $value,)*
            ..Default::default()
        };
        let reply = $world.planning().$method($world.by($who, request)).await;
        reply.map(|reply| reply.into_inner().recorded.unwrap())
    }};
}

/// Somebody asks to see something.
macro_rules! query {
    ($world:expr, $who:expr, $method:ident($request:expr)) => {{
        let reply = $world.planning().$method($world.by($who, $request)).await;
        reply.map(tonic::Response::into_inner)
    }};
}

use {command, query};

/// Asserts that somebody may not.
fn denied<T: std::fmt::Debug>(reply: Result<T, Status>) {
    assert_eq!(reply.unwrap_err().code(), tonic::Code::PermissionDenied);
}

/// Asserts the machine reason of a refusal, and the field at fault.
fn refused<T: std::fmt::Debug>(reply: Result<T, Status>, expected: &str, field: &str) {
    assert_eq!(why(reply.unwrap_err()), (expected.into(), vec![field.into()]));
}

/// Asserts which fields of a request were at fault.
fn invalid<T: std::fmt::Debug>(reply: Result<T, Status>, fields: &[&str]) {
    assert_eq!(why(reply.unwrap_err()).1, fields);
}
