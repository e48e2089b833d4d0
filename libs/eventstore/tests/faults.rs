//! Connections cut, servers stopped and processes killed: nothing acknowledged is lost, nothing is stored twice.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

mod support;

use std::{
    collections::HashMap,
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use db::{Db, Options};
use eventstore::{Append, AppendError, EventStore, Position, Receipt};
use support::{Database, append, append_surely, assert_sound, everything, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(5);

async fn open(url: &str) -> EventStore {
    let options = Options::new(url).patience(Duration::from_secs(2));
    EventStore::open(Db::open(options).await.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_turned_away_until_the_server_is_back() {
    let mut server = testkit::Postgres::dedicated().await;
    let store = open(&server.url()).await;
    let stream_id = stream();
    store.append(append(stream_id, 0, 1)).await.unwrap();

    server.stop();
    let request = append(stream_id, 1, 1);
    for _ in 0..3 {
        let answer = timeout(SOON, store.append(request.clone()))
            .await
            .expect("an answer comes promptly");
        assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    }

    server.start().await;
    let receipt = store
        .append(request.clone())
        .await
        .expect("the writer has recovered by itself");
    assert_eq!((receipt.position, receipt.replayed), (Position(2), false));
    assert!(store.append(request).await.unwrap().replayed);

    server.stop();
    server.start().await;
    store
        .append(append(stream_id, 2, 1))
        .await
        .expect("a connection lost while idle is no concern of the caller");
}

/// Stands between the store and its server, and cuts the connection at a commit.
struct Proxy {
    url: String,
    cut: Arc<Cut>,
}

#[derive(Default)]
struct Cut {
    /// How many commits are to be lost on their way.
    before: AtomicUsize,
    /// How many commits are to be done, and their answers lost.
    after: AtomicUsize,
    done: Notify,
}

impl Proxy {
    async fn to(server: &str) -> Self {
        let (_, address) = server.split_once('@').unwrap();
        let (address, database) = address.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://postgres@{}/{database}", listener.local_addr().unwrap());
        let cut = Arc::new(Cut::default());
        tokio::spawn({
            let (address, cut) = (address.to_owned(), cut.clone());
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = TcpStream::connect(&address).await.unwrap();
                    tokio::spawn(carry(client, server, cut.clone()));
                }
            }
        });
        Self { url, cut }
    }
}

fn take(count: &AtomicUsize) -> bool {
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1))
        .is_ok()
}

/// The text of the statement that stores a batch at once, and so commits by itself.
const AT_ONCE: &[u8] = b"with changed as (";

fn position(of: &[u8], within: &[u8]) -> Option<usize> {
    within.windows(of.len()).position(|window| window == of)
}

/// Tells messages that commit.
#[derive(Default)]
struct Watch {
    /// What the connection calls the statement that commits by itself, once it was prepared.
    at_once: Option<Vec<u8>>,
}

impl Watch {
    fn commits(&mut self, message: &[u8]) -> bool {
        if let Some(text) = position(AT_ONCE, message) {
            // It is being prepared: its name comes before the text, ended by a zero.
            let name = position(b"sqlx_s_", message).filter(|name| *name < text).unwrap();
            self.at_once = Some(message[name..text - 1].to_vec());
            return false;
        }
        let named = |name: &Vec<u8>| position(&[name.as_slice(), &[0]].concat(), message).is_some();
        position(b"COMMIT\0", message).is_some() || self.at_once.as_ref().is_some_and(named)
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, cut: Arc<Cut>) {
    let mut watch = Watch::default();
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(1..) = read else { return };
                let message = &asked[..read.unwrap()];
                let commits = watch.commits(message);
                if commits && take(&cut.before) {
                    cut.done.notify_one();
                    return;
                }
                server.write_all(message).await.unwrap();
                if commits && take(&cut.after) {
                    assert!(server.read(&mut answered).await.unwrap() > 0, "the commit was answered");
                    cut.done.notify_one();
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(1..) = read else { return };
                client.write_all(&answered[..read.unwrap()]).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_found_by_its_receipts() {
    let postgres = testkit::postgres().await;
    let proxy = Proxy::to(postgres.url()).await;
    let store = open(&proxy.url).await;
    let stream_id = stream();
    store.append(append(stream_id, 0, 1)).await.unwrap();

    proxy.cut.after.store(1, Ordering::SeqCst);
    let request = append(stream_id, 1, 1);
    let receipt = store.append(request.clone()).await.unwrap();
    proxy.cut.done.notified().await;
    assert_eq!((receipt.position, receipt.replayed), (Position(2), false));

    let again = store.append(request).await.unwrap();
    assert_eq!(
        again,
        Receipt {
            replayed: true,
            ..receipt
        }
    );
    assert_eq!(store.head().await.unwrap(), Position(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_made_again() {
    let postgres = testkit::postgres().await;
    let proxy = Proxy::to(postgres.url()).await;
    let store = open(&proxy.url).await;
    let stream_id = stream();
    store.append(append(stream_id, 0, 1)).await.unwrap();

    proxy.cut.before.store(2, Ordering::SeqCst);
    proxy.cut.after.store(2, Ordering::SeqCst);
    let mut tasks = JoinSet::new();
    for n in 0..20 {
        let (store, asked) = (
            store.clone(),
            append(if n < 2 { stream_id } else { stream() }, i64::from(n < 2), 1),
        );
        tasks.spawn(async move { store.append(asked).await });
    }
    let answers = tasks.join_all().await;
    proxy.cut.done.notified().await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(
        refused
            .iter()
            .all(|error| matches!(error, AppendError::VersionConflict { .. } | AppendError::Unavailable(_)))
    );
    assert!(answers.iter().flatten().all(|receipt| !receipt.replayed));
    let all = everything(&store).await;
    assert_sound(&all);
    assert_eq!(all.len(), 1 + answers.iter().flatten().count());
}

/// What was acknowledged, by request.
type Acknowledged = HashMap<uuid::Uuid, Receipt>;

/// Many clients, each with its own stream, until told to stop; each repeats a request until it is answered.
async fn write_until(store: &EventStore, enough: Arc<AtomicUsize>) -> Acknowledged {
    let mut writers = JoinSet::new();
    for _ in 0..32 {
        let (store, enough) = (store.clone(), enough.clone());
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            let stream_id = stream();
            for version in 0.. {
                if enough.load(Ordering::SeqCst) == 0 {
                    break;
                }
                let asked: Append = append(stream_id, version, 1);
                let receipt = append_surely(&store, &asked).await;
                acknowledged.push((receipt.request_id, receipt));
                enough
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1))
                    .ok();
            }
            acknowledged
        });
    }
    writers.join_all().await.into_iter().flatten().collect()
}

async fn assert_kept(store: &EventStore, acknowledged: &Acknowledged) {
    let all = everything(store).await;
    assert_sound(&all);
    for (request_id, receipt) in acknowledged {
        let index = usize::try_from(receipt.position.0 - 1).unwrap();
        let event = all.get(index).unwrap_or_else(|| panic!("{receipt:?} is lost"));
        assert_eq!(
            (event.metadata.request_id, event.version),
            (*request_id, receipt.version)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_was_acknowledged() {
    let mut server = testkit::Postgres::dedicated().await;
    let store = open(&server.url()).await;
    let rounds = 3;
    let each = 1_500;
    let enough = Arc::new(AtomicUsize::new(each * (rounds + 1)));
    let mut woken = store.watch();
    let writing = tokio::spawn({
        let (store, enough) = (store.clone(), enough.clone());
        async move { write_until(&store, enough).await }
    });
    for round in 1..=rounds {
        let reached = i64::try_from(round * each).unwrap();
        woken.wait_for(|head| head.0 >= reached).await.unwrap();
        server.kill();
        server.start().await;
    }
    let acknowledged = writing.await.unwrap();
    // Readers' connections from before the kill fail once each.
    while store.head().await.is_err() {}
    assert_kept(&store, &acknowledged).await;
    let all = everything(&store).await;
    assert_eq!(
        all.len(),
        acknowledged.len(),
        "every request was repeated until answered, and stored once"
    );
}

/// Not a test: what the killed process runs. Prints each receipt once it has it.
#[test]
fn appender() {
    let Ok(url) = env::var("THROUGHLINE_APPEND_TO") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = open(&url).await;
        let mut writers = JoinSet::new();
        for _ in 0..32 {
            let store = store.clone();
            writers.spawn(async move {
                let stream_id = stream();
                for version in 0.. {
                    let receipt = store.append(append(stream_id, version, 1)).await.unwrap();
                    let line = format!("{} {} {}\n", receipt.request_id, receipt.position, receipt.version);
                    let mut out = std::io::stdout().lock();
                    out.write_all(line.as_bytes()).unwrap();
                    out.flush().unwrap();
                }
            });
        }
        writers.join_all().await;
    });
}

/// Runs the appender, kills it after so many receipts, and says which it had.
fn kill_after(url: &str, count: usize) -> Acknowledged {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "appender", "--nocapture"])
        .env("THROUGHLINE_APPEND_TO", url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Acknowledged::new();
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let [request_id, position, version] = words.as_slice() else {
            continue;
        };
        // The test harness prints too, and the last line may be cut short.
        let (Ok(request_id), Ok(position), Ok(version)) = (request_id.parse(), position.parse(), version.parse())
        else {
            continue;
        };
        let receipt = Receipt {
            request_id,
            position: Position(position),
            stream_id: eventstore::StreamId(uuid::Uuid::nil()),
            version: eventstore::Version(version),
            replayed: false,
        };
        acknowledged.insert(request_id, receipt);
        if acknowledged.len() >= count && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(
        killed,
        "the appender ended by itself after {} receipts",
        acknowledged.len()
    );
    acknowledged
}

async fn a_killed_process_loses_nothing(url: String) {
    let mut acknowledged = Acknowledged::new();
    for count in [1, 300, 1_000] {
        let url = url.clone();
        acknowledged.extend(
            tokio::task::spawn_blocking(move || kill_after(&url, count))
                .await
                .unwrap(),
        );
    }
    let store = open(&url).await;
    assert_kept(&store, &acknowledged).await;
    store.append(append(stream(), 0, 1)).await.unwrap();
    assert_sound(&everything(&store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_on_sqlite() {
    let database = Database::sqlite().await;
    a_killed_process_loses_nothing(database.url.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_on_postgres() {
    let database = Database::postgres().await;
    a_killed_process_loses_nothing(database.url.clone()).await;
}
