//! What operators do from the command line.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use api::{directory::v1 as directory, projection::v1 as views};
use client::{Channels, Clients};
use directory_service::gias;
use identity::issuer::Issuer;
use service::error::Error;
use tonic::{Request, metadata::MetadataValue};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    DataDirectory, Projection, Role, ServerAddress,
    demo::Cast,
    embedded::{OPERATOR, Site},
    tokens::TOKEN_LIFE,
};

/// `throughline import gias FILE`.
pub(crate) async fn import_gias(file: &Path, check: bool, server: &ServerAddress) -> anyhow::Result<()> {
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let rows = match gias::read(&bytes) {
        Ok(rows) => rows,
        Err(gias::Error::Flaws(flaws)) => {
            for flaw in &flaws {
                eprintln!("{flaw}");
            }
            bail!(
                "{}: {} cells to put right; nothing was imported",
                file.display(),
                flaws.len()
            );
        }
        Err(error) => bail!("{} cannot be imported, and nothing was: {error}", file.display()),
    };
    let count = rows.len();
    if check {
        println!("{count} schools can be imported.");
        return Ok(());
    }
    let message = directory::ImportSchoolsRequest {
        request_id: Uuid::new_v4().to_string(),
        rows,
        ..Default::default()
    };
    let mut clients = clients(server)?;
    let answer = clients
        .schools
        .import_schools(ask(server, message)?)
        .await
        .map_err(explain)?
        .into_inner();
    let recorded = answer.recorded.unwrap_or_default();
    println!(
        "Read {count} schools; the directory stands at position {}.",
        recorded.position
    );
    Ok(())
}

/// `throughline token [WHO]`.
pub(crate) fn token(who: Option<&str>, place: &DataDirectory) -> anyhow::Result<()> {
    let cast = Cast::load(&place.data)?;
    let Some(who) = who else {
        if cast.people.is_empty() {
            println!(
                "There are no demo people in {}: run `throughline demo`.",
                place.data.display()
            );
        }
        for member in &cast.people {
            println!(
                "{:<14} {:<24} {} ({})",
                member.part, member.name, member.what_they_do, member.person_id
            );
        }
        println!(
            "{:<14} {:<24} imports schools and people; reads nothing personal",
            "operator", "–"
        );
        return Ok(());
    };
    let subject = match (cast.find(who), who.parse::<Uuid>()) {
        _ if who == OPERATOR => OPERATOR.to_owned(),
        (Some(member), _) => member.person_id.to_string(),
        (None, Ok(person)) => person.to_string(),
        (None, Err(_)) => bail!("there is no demo person `{who}`; `throughline token` lists them"),
    };
    println!("{}", issuer(&place.data)?.mint(subject, TOKEN_LIFE)?);
    Ok(())
}

/// `throughline projection …`.
pub(crate) async fn projection(action: Projection, server: &ServerAddress) -> anyhow::Result<()> {
    let mut admin = clients(server)?.admin;
    let found = match action {
        Projection::Status => {
            let message = views::GetStatusRequest::default();
            admin
                .get_status(ask(server, message)?)
                .await
                .map_err(explain)?
                .into_inner()
                .projections
        }
        Projection::Retry { name } => {
            let message = views::RetryStalledRequest { name };
            Vec::from_iter(
                admin
                    .retry_stalled(ask(server, message)?)
                    .await
                    .map_err(explain)?
                    .into_inner()
                    .projection,
            )
        }
        Projection::Skip {
            name,
            source,
            position,
            reason,
        } => {
            let message = views::SkipStalledRequest {
                name,
                source,
                position,
                reason,
            };
            Vec::from_iter(
                admin
                    .skip_stalled(ask(server, message)?)
                    .await
                    .map_err(explain)?
                    .into_inner()
                    .projection,
            )
        }
        Projection::Rebuild { name } => {
            let message = views::RebuildRequest { name };
            Vec::from_iter(
                admin
                    .rebuild(ask(server, message)?)
                    .await
                    .map_err(explain)?
                    .into_inner()
                    .projection,
            )
        }
    };
    for projection in &found {
        let active = if projection.active { "active" } else { "building" };
        println!("{} v{} ({active})", projection.name, projection.version);
        for source in &projection.sources {
            let reporting = if source.reporting { "" } else { ", not reporting" };
            println!(
                "  {:<14} read up to position {}{reporting}",
                source.source, source.position
            );
        }
        if let Some(stall) = &projection.stall {
            println!(
                "  STALLED at {} {} ({}): {}",
                stall.source, stall.position, stall.kind, stall.error
            );
            println!(
                "  mend the cause, then: throughline projection retry {0}\n  or pass over it:      throughline projection \
                 skip {0} --source {1} --position {2} --reason \"…\"",
                projection.name, stall.source, stall.position
            );
        }
    }
    Ok(())
}

/// `throughline raise-epoch ROLE`.
pub(crate) async fn raise_epoch(role: Role, database_url: &str) -> anyhow::Result<()> {
    let db = db::Db::open(db::Options::new(database_url).schema(role.name())).await?;
    let epoch = eventstore::EventStore::open(db).await?.raise_epoch().await?;
    println!("The store of {} is in epoch {epoch}.", role.name());
    Ok(())
}

fn clients(server: &ServerAddress) -> anyhow::Result<Clients> {
    Ok(Clients::new(Channels::one(service::server::connect(&server.url))))
}

fn ask<M>(server: &ServerAddress, message: M) -> anyhow::Result<Request<M>> {
    let token = match &server.token_file {
        Some(file) => fs::read_to_string(file)
            .with_context(|| format!("reading {}", file.display()))?
            .trim()
            .to_owned(),
        None => issuer(&server.place.data)?.mint(OPERATOR, TOKEN_LIFE)?,
    };
    let mut request = Request::new(message);
    let header: MetadataValue<_> = format!("Bearer {token}")
        .parse()
        .context("the token is not one line of text")?;
    request.metadata_mut().insert("authorization", header);
    Ok(request)
}

/// The embedded default's issuer, as it last served.
fn issuer(data: &Path) -> anyhow::Result<Issuer> {
    let site = Site::load(data)?;
    Issuer::open(data, site.issuer).with_context(|| format!("opening the issuer in {}", data.display()))
}

/// What a server refused, with every field that it named.
fn explain(status: tonic::Status) -> anyhow::Error {
    let mut text = Error::from_status(&status).to_string();
    if let Some(bad) = status.get_details_bad_request() {
        for violation in bad.field_violations {
            text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
        }
    }
    anyhow::anyhow!(text)
}
