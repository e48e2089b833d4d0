//! The gateway in front of the other roles: whether it answers, and to whom.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    cast::Cast,
    world::{Mode, PATIENCE},
};

crate::scenarios!(
    it_is_ready_once_every_service_answers,
    it_asks_in_the_name_of_whoever_asks,
    pages_are_for_those_who_sign_in,
);

/// The status and everything after it of an answer to a request with these further header lines.
async fn get(cast: &Cast, path: &str, headers: &str) -> (u16, String) {
    let address = cast.world.address("gateway").trim_start_matches("http://").to_owned();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    let asked = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        let mut connection = TcpStream::connect(address).expect("the gateway listens");
        connection.write_all(request.as_bytes()).expect("sent");
        connection.read_to_end(&mut answer).expect("answered");
        String::from_utf8_lossy(&answer).into_owned()
    });
    let answer = asked.await.expect("asked");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), answer)
}

async fn it_is_ready_once_every_service_answers(cast: Cast) {
    assert_eq!(get(&cast, "/healthz", "").await.0, 200);
    let begun = Instant::now();
    loop {
        let (status, told) = get(&cast, "/readyz", "").await;
        if status == 200 {
            return;
        }
        assert_eq!(status, 503);
        assert!(begun.elapsed() < PATIENCE, "{told}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn it_asks_in_the_name_of_whoever_asks(cast: Cast) {
    let token = cast
        .world
        .issuer()
        .mint(cast.teacher, Duration::from_secs(60))
        .expect("a token");
    let (status, told) = get(&cast, "/v1/me", &format!("authorization: Bearer {token}\r\n")).await;
    assert_eq!(status, 200, "{told}");
    assert!(told.contains(&cast.teacher.to_string()), "{told}");
    assert_eq!(get(&cast, "/v1/me", "").await.0, 401);
}

async fn pages_are_for_those_who_sign_in(cast: Cast) {
    let (status, told) = get(&cast, "/people/me", "").await;
    assert_eq!(status, 303);
    assert!(told.contains("location: /sign-in?next=%2Fpeople%2Fme"), "{told}");
    let (status, told) = get(&cast, "/sign-in", "").await;
    assert_eq!(status, 200);
    let expected = match cast.world.mode {
        Mode::Embedded => "throughline demo",
        Mode::Split => "Sign-in is not configured here",
    };
    assert!(told.contains(expected), "{told}");
}
