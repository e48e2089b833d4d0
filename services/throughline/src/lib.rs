//! The binary's commands: serving roles together or apart, the demo, and what operators need.

mod assembly;
mod demo;
mod embedded;
mod operate;
pub mod simulate;
mod split;
pub mod tokens;
mod web;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use service::config;
use tonic::transport::Uri;

/// Joins up the professional development of school staff: what was agreed after an observation, what development
/// followed, did practice change, and did appraisal take any notice.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Try it:            throughline demo
Size:              throughline simulate                writes years of many schools in minutes
Serve for real:    throughline up                      one process, SQLite under ./data
                   throughline serve observations      one role a process, PostgreSQL and NATS
                   throughline serve gateway           REST and pages, in front of the other roles
Sign in (demo):    throughline token teacher           prints a bearer token for a demo person"
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays three academic years at a real trust with made-up staff, prints what they show, and goes on serving.
    Demo {
        #[command(flatten)]
        demo: demo::Options,
        #[command(flatten)]
        embedded: EmbeddedOptions,
        #[command(flatten)]
        telemetry: config::Telemetry,
    },
    /// Writes years of any number of schools straight into empty stores.
    Simulate {
        #[command(flatten)]
        simulate: simulate::Options,
        #[command(flatten)]
        telemetry: config::Telemetry,
    },
    /// Serves every role in this process, on SQLite files.
    Up {
        #[command(flatten)]
        embedded: EmbeddedOptions,
        #[command(flatten)]
        telemetry: config::Telemetry,
    },
    /// Serves one role in this process, on PostgreSQL, with NATS JetStream between the roles.
    Serve {
        /// The role.
        #[arg(value_enum)]
        role: Role,
        #[command(flatten)]
        options: Box<config::Options>,
        #[command(flatten)]
        web: Box<web::Web>,
    },
    /// Brings schools and trusts up to date from a file.
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Prints a bearer token for a person of the embedded default, or lists the demo's people.
    Token {
        /// A part of the demo such as `head`, a demo person's name, a person's UUID, or `operator`.
        who: Option<String>,
        #[command(flatten)]
        place: DataDirectory,
    },
    /// Shows how far the views are, and what holds them up.
    Projection {
        #[command(subcommand)]
        action: Option<Projection>,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Begins a new epoch of a role's store, after it was restored to an earlier state.
    RaiseEpoch {
        /// The role whose store was restored.
        #[arg(value_enum)]
        role: Role,
        /// The store's database: `postgres://…` or `sqlite:…`.
        #[arg(long, env = "THROUGHLINE_DATABASE_URL", hide_env_values = true)]
        database_url: String,
    },
}

/// A part of the product that can run on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Who and where.
    Directory,
    /// What was seen, and what was agreed.
    Observations,
    /// Objectives and reviews.
    Appraisal,
    /// What development is on offer, why, and who takes part.
    Catalogue,
    /// Sustained learning, one to one and in groups.
    Coaching,
    /// Whether it made a difference.
    Evaluation,
    /// The joined-up views.
    Projection,
    /// REST and pages.
    Gateway,
}

impl Role {
    /// As in receipts and in the names of streams.
    pub fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Observations => "observations",
            Self::Appraisal => "appraisal",
            Self::Catalogue => "catalogue",
            Self::Coaching => "coaching",
            Self::Evaluation => "evaluation",
            Self::Projection => "projection",
            Self::Gateway => gateway_service::NAME,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Import {
    /// A Get Information About Schools establishment download, CSV.
    Gias {
        /// The file; columns are found by their headers, unknown ones are ignored.
        file: PathBuf,
        /// Check the file and stop.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        server: ServerAddress,
    },
}

#[derive(Debug, Subcommand)]
enum Projection {
    /// Shows every projection.
    Status,
    /// Tries a stalled projection's event again.
    Retry {
        /// The projection.
        name: String,
    },
    /// Passes over the event that stalls a projection.
    Skip {
        /// The projection.
        name: String,
        /// The source of the event, as `status` shows it.
        #[arg(long)]
        source: String,
        /// The position of the event, as `status` shows it.
        #[arg(long)]
        position: i64,
        /// Why; it is kept.
        #[arg(long)]
        reason: String,
    },
    /// Builds a projection anew beside the old one, and switches over when it has caught up.
    Rebuild {
        /// The projection.
        name: String,
    },
}

#[derive(Args, Clone, Debug)]
struct DataDirectory {
    /// Where the embedded default keeps its files.
    #[arg(long, env = "THROUGHLINE_DATA", default_value = "data")]
    data: PathBuf,
}

#[derive(Args, Clone, Debug)]
struct EmbeddedOptions {
    #[command(flatten)]
    place: DataDirectory,
    #[command(flatten)]
    edge: config::Edge,
    #[command(flatten)]
    identity: config::Identity,
    #[command(flatten)]
    web: web::Web,
    /// Loopback address of the embedded issuer's keys; port 0 takes a free one.
    #[arg(long, env = "THROUGHLINE_ISSUER_LISTEN", default_value = "127.0.0.1:7401")]
    issuer_listen: SocketAddr,
}

/// Which server to ask, and as whom.
#[derive(Args, Clone, Debug)]
struct ServerAddress {
    /// gRPC address of the server.
    #[arg(long, env = "THROUGHLINE_URL", default_value = "http://127.0.0.1:7400")]
    url: Uri,
    /// File with the bearer token to send; without it, the embedded default's operator.
    #[arg(long, env = "THROUGHLINE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    place: DataDirectory,
}

/// Does what the command line says.
pub async fn run(command_line: CommandLine) -> anyhow::Result<()> {
    match command_line.command {
        Command::Demo {
            demo,
            embedded,
            telemetry,
        } => embedded::demo(&demo, &embedded, &telemetry).await,
        Command::Simulate { simulate, telemetry } => {
            let telemetry = service::telemetry::start(&telemetry, "simulate")?;
            simulate::run(&simulate).await?;
            telemetry.shutdown().await;
            Ok(())
        }
        Command::Up { embedded, telemetry } => embedded::up(&embedded, &telemetry).await,
        Command::Serve { role, options, web } => split::serve(role, &options, &web).await,
        Command::Import {
            what: Import::Gias { file, check, server },
        } => operate::import_gias(&file, check, &server).await,
        Command::Token { who, place } => operate::token(who.as_deref(), &place),
        Command::Projection { action, server } => {
            operate::projection(action.unwrap_or(Projection::Status), &server).await
        }
        Command::RaiseEpoch { role, database_url } => operate::raise_epoch(role, &database_url).await,
    }
}
