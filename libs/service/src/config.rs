//! What a process is told at its start: flags, or the environment under the same names with `THROUGHLINE_`.
//!
//! Secrets come from files or the environment, never from a default, and are wrapped so that no log can show them.
//! Wherever a secret is taken from the environment, `…_FILE` names a file to read instead.

use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret as _, SecretString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tonic::transport::Uri;

/// Everything a role may need; the binary flattens it into its own command line.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    pub edge: Edge,
    #[command(flatten)]
    pub storage: Storage,
    #[command(flatten)]
    pub feed: Feed,
    #[command(flatten)]
    pub peers: Peers,
    #[command(flatten)]
    pub identity: Identity,
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// Where and how requests are taken.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Edge")]
pub struct Edge {
    /// Address of the gRPC listener; port 0 takes a free one.
    #[arg(long, env = "THROUGHLINE_LISTEN", default_value = "127.0.0.1:7400")]
    pub listen: SocketAddr,
    /// Longest time that a request may take, in seconds.
    #[arg(long, env = "THROUGHLINE_REQUEST_TIMEOUT", default_value = "30", value_parser = seconds)]
    pub request_timeout: Duration,
    /// Requests worked on at once; more are turned away.
    #[arg(long, env = "THROUGHLINE_MAX_REQUESTS", default_value_t = 1024)]
    pub max_requests: usize,
    /// Time given to running requests when shutting down, in seconds.
    #[arg(long, env = "THROUGHLINE_DRAIN_TIMEOUT", default_value = "20", value_parser = seconds)]
    pub drain_timeout: Duration,
}

/// Where and how browsers and REST clients are served.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Web")]
pub struct Web {
    /// Address of the HTTP listener for REST and pages; port 0 takes a free one.
    #[arg(long, env = "THROUGHLINE_WEB_LISTEN", default_value = "127.0.0.1:7480")]
    pub web_listen: SocketAddr,
}

/// Where events, views and keys are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Storage")]
pub struct Storage {
    /// The role's own database: `postgres://…` or `sqlite:…`.
    #[arg(long, env = "THROUGHLINE_DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub database_url: Option<SecretString>,
    /// File that holds the database URL.
    #[arg(long, env = "THROUGHLINE_DATABASE_URL_FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<PathBuf>,
    /// The database of person keys, apart from the events.
    #[arg(long, env = "THROUGHLINE_KEYS_DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub keys_database_url: Option<SecretString>,
    /// File that holds the URL of the keys database.
    #[arg(
        long,
        env = "THROUGHLINE_KEYS_DATABASE_URL_FILE",
        conflicts_with = "keys_database_url"
    )]
    pub keys_database_url_file: Option<PathBuf>,
    /// File with the key-encryption key: 32 bytes in base64.
    #[arg(long, env = "THROUGHLINE_KEK_FILE")]
    pub kek_file: Option<PathBuf>,
}

impl Storage {
    /// The role's own database.
    pub fn database(&self) -> Result<SecretString, Error> {
        secret_from(self.database_url.as_ref(), self.database_url_file.as_deref())?
            .ok_or(Error::Missing("THROUGHLINE_DATABASE_URL"))
    }

    /// The database of person keys.
    pub fn keys_database(&self) -> Result<SecretString, Error> {
        secret_from(self.keys_database_url.as_ref(), self.keys_database_url_file.as_deref())?
            .ok_or(Error::Missing("THROUGHLINE_KEYS_DATABASE_URL"))
    }

    /// The key-encryption key as text, without the line's end.
    pub fn key_encryption_key(&self) -> Result<SecretString, Error> {
        secret_file(self.kek_file.as_deref().ok_or(Error::Missing("THROUGHLINE_KEK_FILE"))?)
    }
}

/// How events travel between processes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Feed")]
pub struct Feed {
    /// NATS with JetStream, `nats://…` or `tls://…`, several by comma.
    #[arg(long, env = "THROUGHLINE_NATS_URL", hide_env_values = true, value_parser = secret)]
    pub nats_url: Option<SecretString>,
    /// File that holds the address of NATS.
    #[arg(long, env = "THROUGHLINE_NATS_URL_FILE", conflicts_with = "nats_url")]
    pub nats_url_file: Option<PathBuf>,
    /// File with the credentials for NATS, where the address names no user.
    #[arg(long, env = "THROUGHLINE_NATS_CREDENTIALS_FILE")]
    pub nats_credentials_file: Option<PathBuf>,
    /// File with the secret that readers of feeds share.
    #[arg(long, env = "THROUGHLINE_FEED_TOKEN_FILE")]
    pub feed_token_file: Option<PathBuf>,
    /// Copies of each stream that JetStream keeps: 1, or 3 on a cluster.
    #[arg(long, env = "THROUGHLINE_STREAM_REPLICAS", default_value_t = 1)]
    pub stream_replicas: usize,
}

impl Feed {
    /// Where NATS is, and as whom.
    pub fn nats(&self) -> Result<Nats, Error> {
        secret_from(self.nats_url.as_ref(), self.nats_url_file.as_deref())?
            .map(|url| Nats::parse(&url))
            .ok_or(Error::Missing("THROUGHLINE_NATS_URL"))
    }

    /// The secret that readers of feeds share; page tokens are signed with a key derived from it.
    pub fn token(&self) -> Result<SecretString, Error> {
        secret_file(
            self.feed_token_file
                .as_deref()
                .ok_or(Error::Missing("THROUGHLINE_FEED_TOKEN_FILE"))?,
        )
    }
}

/// Servers of NATS, and the login that their addresses named: the client takes them apart.
#[derive(Clone, Debug)]
pub struct Nats {
    /// Addresses without a login.
    pub servers: Vec<String>,
    /// User and password.
    pub login: Option<(String, SecretString)>,
}

impl Nats {
    fn parse(url: &SecretString) -> Self {
        let mut login = None;
        let servers = url.expose_secret().split(',').map(|server| {
            let Some((front, host)) = server.trim().rsplit_once('@') else {
                return server.trim().to_owned();
            };
            let (scheme, user) = front.split_once("://").unwrap_or(("nats", front));
            login = user
                .split_once(':')
                .map(|(user, password)| (user.to_owned(), password.into()));
            format!("{scheme}://{host}")
        });
        Self {
            servers: servers.collect(),
            login,
        }
    }
}

/// Where the other roles are.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Peers")]
pub struct Peers {
    /// gRPC address of the directory.
    #[arg(long, env = "THROUGHLINE_DIRECTORY_URL")]
    pub directory_url: Option<Uri>,
    /// gRPC address of observations.
    #[arg(long, env = "THROUGHLINE_OBSERVATIONS_URL")]
    pub observations_url: Option<Uri>,
    /// gRPC address of appraisal.
    #[arg(long, env = "THROUGHLINE_APPRAISAL_URL")]
    pub appraisal_url: Option<Uri>,
    /// gRPC address of the catalogue.
    #[arg(long, env = "THROUGHLINE_CATALOGUE_URL")]
    pub catalogue_url: Option<Uri>,
    /// gRPC address of coaching.
    #[arg(long, env = "THROUGHLINE_COACHING_URL")]
    pub coaching_url: Option<Uri>,
    /// gRPC address of evaluation.
    #[arg(long, env = "THROUGHLINE_EVALUATION_URL")]
    pub evaluation_url: Option<Uri>,
    /// gRPC address of the projection.
    #[arg(long, env = "THROUGHLINE_PROJECTION_URL")]
    pub projection_url: Option<Uri>,
}

impl Peers {
    /// gRPC address of the directory.
    pub fn directory(&self) -> Result<&Uri, Error> {
        self.directory_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_DIRECTORY_URL"))
    }

    /// gRPC address of observations.
    pub fn observations(&self) -> Result<&Uri, Error> {
        self.observations_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_OBSERVATIONS_URL"))
    }

    /// gRPC address of appraisal.
    pub fn appraisal(&self) -> Result<&Uri, Error> {
        self.appraisal_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_APPRAISAL_URL"))
    }

    /// gRPC address of the catalogue.
    pub fn catalogue(&self) -> Result<&Uri, Error> {
        self.catalogue_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_CATALOGUE_URL"))
    }

    /// gRPC address of coaching.
    pub fn coaching(&self) -> Result<&Uri, Error> {
        self.coaching_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_COACHING_URL"))
    }

    /// gRPC address of evaluation.
    pub fn evaluation(&self) -> Result<&Uri, Error> {
        self.evaluation_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_EVALUATION_URL"))
    }

    /// gRPC address of the projection.
    pub fn projection(&self) -> Result<&Uri, Error> {
        self.projection_url
            .as_ref()
            .ok_or(Error::Missing("THROUGHLINE_PROJECTION_URL"))
    }
}

/// Whose tokens are believed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Identity")]
pub struct Identity {
    /// Issuer of the bearer tokens (OpenID Connect), exactly as in `iss`.
    #[arg(long, env = "THROUGHLINE_ISSUER")]
    pub issuer: Option<String>,
    /// Audience that a token must name.
    #[arg(long, env = "THROUGHLINE_AUDIENCE", default_value = "throughline")]
    pub audience: String,
    /// Where the issuer's keys are published, unless discovered from the issuer.
    #[arg(long, env = "THROUGHLINE_JWKS_URL")]
    pub jwks_url: Option<Uri>,
    /// How a token's `sub` names a person.
    #[arg(long, env = "THROUGHLINE_SUBJECT", value_enum, default_value_t = Subject::Linked)]
    pub subject: Subject,
    /// Accounts that operate the platform, as `issuer#subject`: register trusts, import staff, never read personal text.
    #[arg(long, env = "THROUGHLINE_OPERATORS", value_delimiter = ',')]
    pub operators: Vec<String>,
}

/// What is told about the process itself.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Telemetry")]
pub struct Telemetry {
    /// What to log, as in `info,sqlx=warn`.
    #[arg(long, env = "THROUGHLINE_LOG", default_value = "info,sqlx::pool=error")]
    pub log: String,
    /// How to log.
    #[arg(long, env = "THROUGHLINE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Where traces are sent (OTLP over gRPC); none are kept without it.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Address at which Prometheus finds the metrics; none are kept without it.
    #[arg(long, env = "THROUGHLINE_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}

/// What a token's `sub` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// `issuer#sub` is linked to a person in the directory.
    #[default]
    Linked,
    /// The person's identifier in the directory.
    PersonId,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} must be set for this role")]
    Missing(&'static str),
    #[error("cannot read {path}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is empty")]
    Empty { path: PathBuf },
}

/// A secret in a file, without the white space around it.
pub fn secret_file(path: &Path) -> Result<SecretString, Error> {
    let text: SecretString = std::fs::read_to_string(path)
        .map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?
        .into();
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    Ok(trimmed.into())
}

fn secret_from(value: Option<&SecretString>, file: Option<&Path>) -> Result<Option<SecretString>, Error> {
    match (value, file) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Some(path)) => secret_file(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn secret(text: &str) -> Result<SecretString, &'static str> {
    if text.trim().is_empty() {
        Err("is empty")
    } else {
        Ok(text.trim().into())
    }
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a number of seconds from 1 to 86400"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    fn parse(flags: &[&str]) -> Options {
        Command::try_parse_from([&["throughline"], flags].concat())
            .unwrap()
            .options
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Command::command().debug_assert();
    }

    #[test]
    fn what_a_role_needs_is_named_when_missing() {
        let options = parse(&[]);
        assert_eq!(options.edge.request_timeout, Duration::from_secs(30));
        let told = options.storage.database().unwrap_err().to_string();
        assert_eq!(told, "THROUGHLINE_DATABASE_URL must be set for this role");
        assert!(options.peers.directory().is_err());
    }

    #[test]
    fn a_secret_is_read_from_its_file_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("database");
        std::fs::write(&file, "postgres://app:hunter2@db/directory\n").unwrap();
        let options = parse(&["--database-url-file", file.to_str().unwrap()]);
        assert_eq!(
            options.storage.database().unwrap().expose_secret(),
            "postgres://app:hunter2@db/directory"
        );

        let options = parse(&["--database-url", "postgres://app:hunter2@db/directory"]);
        assert!(!format!("{options:?}").contains("hunter2"));

        std::fs::write(&file, "\n").unwrap();
        assert!(matches!(secret_file(&file), Err(Error::Empty { .. })));
        assert!(matches!(
            secret_file(&directory.path().join("absent")),
            Err(Error::Unreadable { .. })
        ));
    }

    #[test]
    fn the_login_of_nats_is_taken_out_of_its_address() {
        let nats = parse(&["--nats-url", "tls://app:hunter2@n1:4222,tls://app:hunter2@n2:4222"])
            .feed
            .nats()
            .unwrap();
        assert_eq!(nats.servers, ["tls://n1:4222", "tls://n2:4222"]);
        let (user, password) = nats.login.unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("app", "hunter2"));
        assert!(parse(&["--nats-url", "nats://n1"]).feed.nats().unwrap().login.is_none());
    }

    #[test]
    fn operators_are_given_as_a_list() {
        let options = parse(&["--operators", "https://id.example#hr,https://id.example#mis"]);
        assert_eq!(
            options.identity.operators,
            ["https://id.example#hr", "https://id.example#mis"]
        );
    }
}
