//! How much each caller may ask for.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{Extensions, HeaderMap, header},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};
use service::Error;
use sha2::{Digest as _, Sha256};

use super::{Options, problem::Problem};

/// How many requests lie between two sweeps of callers that have been quiet.
const SWEEP: u32 = 4096;

/// Who is counted as one caller: whoever shows the same credential, or else comes from the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Credential([u8; 16]),
    Address(Option<IpAddr>),
}

impl Key {
    pub(super) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let credential = headers
            .get(header::AUTHORIZATION)
            .or_else(|| headers.get(header::COOKIE));
        match credential {
            Some(credential) => {
                let mut digest = [0; 16];
                digest.copy_from_slice(&Sha256::digest(credential.as_bytes())[..16]);
                Self::Credential(digest)
            }
            None => {
                let peer = extensions.get::<ConnectInfo<SocketAddr>>();
                Self::Address(peer.map(|ConnectInfo(address)| address.ip()))
            }
        }
    }
}

/// Counts requests by caller.
pub(super) struct Limiter {
    limiter: RateLimiter<Key, DashMapStateStore<Key>, DefaultClock>,
    seen: AtomicU32,
}

impl Limiter {
    pub(super) fn new(options: &Options) -> Self {
        let quota = Quota::per_second(options.per_second).allow_burst(options.burst);
        Self {
            limiter: RateLimiter::dashmap(quota),
            seen: AtomicU32::new(0),
        }
    }

    /// Lets a request in, or says when to come again.
    pub(super) fn admit(&self, request: &Request) -> Result<(), Problem> {
        if self.seen.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        let key = Key::of(request.headers(), request.extensions());
        self.limiter.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Error::exhausted("too many requests: wait, then go on")
                .because("RATE_LIMITED")
                .retry_after(wait.max(Duration::from_millis(1)))
                .into()
        })
    }
}
