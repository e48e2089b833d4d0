//! What the gateway is told at its start: where browsers find it, how people sign in, how long they stay.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use gateway_service::{IssuerOptions, RestOptions, SendToken, SignIn, Visits};
use service::config;

/// How the gateway meets the world.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Web")]
#[group(id = "Gateway")]
pub(crate) struct Web {
    #[command(flatten)]
    pub(crate) listen: config::Web,
    /// Where browsers find the pages, such as https://cpd.example.org; with https, cookies travel by it alone.
    #[arg(long, env = "THROUGHLINE_PUBLIC_URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// Sites whose scripts may use REST from browsers, by comma; none unless named.
    #[arg(long, env = "THROUGHLINE_CORS_ORIGINS", value_delimiter = ',')]
    pub(crate) cors_origins: Vec<String>,
    /// Requests a second that one caller of REST may send for long.
    #[arg(long, env = "THROUGHLINE_REST_PER_SECOND", default_value_t = RestOptions::default().per_second)]
    pub(crate) rest_per_second: NonZeroU32,
    /// Requests that one caller of REST may send at once.
    #[arg(long, env = "THROUGHLINE_REST_BURST", default_value_t = RestOptions::default().burst)]
    pub(crate) rest_burst: NonZeroU32,
    /// Minutes without a request after which a visit ends.
    #[arg(long, env = "THROUGHLINE_SESSION_IDLE_MINUTES", default_value = "30", value_parser = minutes)]
    pub(crate) session_idle_minutes: Duration,
    /// Minutes after which a visit ends, however busy.
    #[arg(long, env = "THROUGHLINE_SESSION_LONGEST_MINUTES", default_value = "720", value_parser = minutes)]
    pub(crate) session_longest_minutes: Duration,
    /// Issuer where people sign in (OpenID Connect), unless it is THROUGHLINE_ISSUER.
    #[arg(long, env = "THROUGHLINE_SIGN_IN_ISSUER")]
    pub(crate) sign_in_issuer: Option<String>,
    /// What the gateway is called there. Without it nobody signs in: REST with bearer tokens is served.
    #[arg(long, env = "THROUGHLINE_SIGN_IN_CLIENT_ID")]
    pub(crate) sign_in_client_id: Option<String>,
    /// File with the client's secret; none for a public client.
    #[arg(long, env = "THROUGHLINE_SIGN_IN_CLIENT_SECRET_FILE")]
    pub(crate) sign_in_client_secret_file: Option<PathBuf>,
    /// Scopes to ask for, by comma; many issuers want `offline_access` before they let a visit outlast its first token.
    #[arg(
        long,
        env = "THROUGHLINE_SIGN_IN_SCOPES",
        value_delimiter = ',',
        default_value = "openid"
    )]
    pub(crate) sign_in_scopes: Vec<String>,
    /// What else to tell the issuer with each sign-in, as in `prompt=consent&resource=https://…`.
    #[arg(
        long,
        env = "THROUGHLINE_SIGN_IN_PARAMETERS",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) sign_in_parameters: String,
    /// Which of the issuer's tokens the services are sent; THROUGHLINE_AUDIENCE is the audience of that one.
    #[arg(long, env = "THROUGHLINE_SIGN_IN_TOKEN", value_enum, default_value_t = Token::Identity)]
    pub(crate) sign_in_token: Token,
}

/// A token that an issuer gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Token {
    /// The identity token, whose audience is the client.
    Identity,
    /// The access token, where the issuer signs it for an audience.
    Access,
}

impl Web {
    /// How people sign in, unless they do not; `issuer` is whose tokens the services believe.
    pub(crate) fn sign_in(&self, issuer: Option<&str>) -> anyhow::Result<Option<SignIn>> {
        let Some(client_id) = &self.sign_in_client_id else {
            return Ok(None);
        };
        let issuer = self
            .sign_in_issuer
            .as_deref()
            .or(issuer)
            .context("THROUGHLINE_SIGN_IN_ISSUER must be set: where people sign in")?;
        if self.public_url.is_none() {
            bail!("THROUGHLINE_PUBLIC_URL must be set: where the issuer sends people back to");
        }
        let secret = self.sign_in_client_secret_file.as_deref().map(config::secret_file);
        let parameters = self.sign_in_parameters.split('&').filter(|pair| !pair.is_empty());
        let parameters = parameters.map(|pair| {
            let (name, value) = pair.split_once('=').context("a parameter has the form name=value")?;
            Ok((name.to_owned(), value.to_owned()))
        });
        Ok(Some(SignIn::Issuer(IssuerOptions {
            issuer: issuer.to_owned(),
            client_id: client_id.clone(),
            client_secret: secret.transpose()?,
            scopes: self.sign_in_scopes.clone(),
            parameters: parameters.collect::<anyhow::Result<_>>()?,
            send: match self.sign_in_token {
                Token::Identity => SendToken::Identity,
                Token::Access => SendToken::Access,
            },
        })))
    }

    /// How long people stay.
    pub(crate) fn visits(&self) -> Visits {
        Visits {
            public_url: self.public_url.clone(),
            idle: self.session_idle_minutes,
            longest: self.session_longest_minutes,
        }
    }

    /// How much REST takes on, and from where.
    pub(crate) fn rest(&self) -> anyhow::Result<RestOptions> {
        let mut rest = RestOptions {
            per_second: self.rest_per_second,
            burst: self.rest_burst,
            ..RestOptions::default()
        };
        for origin in &self.cors_origins {
            let origin = origin.trim_end_matches('/');
            let parsed = origin.parse::<gateway_service::Origin>().map_err(anyhow::Error::msg);
            rest.origins
                .push(parsed.with_context(|| format!("{origin:?} is no site"))?);
        }
        Ok(rest)
    }
}

fn public_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim_end_matches('/');
    match text.split_once("://") {
        Some(("https" | "http", host)) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(text.to_owned())
        }
        _ => Err("must be http:// or https:// with a host, and nothing behind it"),
    }
}

fn minutes(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<u64>() {
        Ok(minutes @ 1..=10_080) => Ok(Duration::from_secs(minutes * 60)),
        _ => Err("must be a number of minutes from 1 to 10080"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        web: Web,
    }

    fn parse(flags: &[&str]) -> Result<Web, clap::Error> {
        Command::try_parse_from([&["throughline"], flags].concat()).map(|command| command.web)
    }

    #[test]
    fn without_a_client_nobody_signs_in() {
        assert!(
            parse(&[])
                .unwrap()
                .sign_in(Some("https://id.example.org"))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_a_sign_in_needs_is_named_when_missing() {
        let told = |flags: &[&str]| parse(flags).unwrap().sign_in(None).err().unwrap().to_string();
        assert!(told(&["--sign-in-client-id", "us"]).starts_with("THROUGHLINE_SIGN_IN_ISSUER must be set"));
        let flags = [
            "--sign-in-client-id",
            "us",
            "--sign-in-issuer",
            "https://id.example.org",
        ];
        assert!(told(&flags).starts_with("THROUGHLINE_PUBLIC_URL must be set"));
    }

    #[test]
    fn the_public_address_is_a_host_alone() {
        let url = |text| parse(&["--public-url", text]).ok().and_then(|web| web.public_url);
        assert_eq!(url("https://cpd.example.org/"), Some("https://cpd.example.org".into()));
        for wrong in ["cpd.example.org", "https://cpd.example.org/app", "ftp://a", "https://"] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_visit_lasts_for_minutes() {
        let web = parse(&["--session-idle-minutes", "5"]).unwrap();
        assert_eq!(web.visits().idle, Duration::from_secs(300));
        assert_eq!(web.visits().longest, Duration::from_secs(12 * 60 * 60));
        assert!(parse(&["--session-idle-minutes", "0"]).is_err());
    }

    #[test]
    fn a_caller_of_rest_may_send_so_much() {
        let rest = |flags: &[&str]| parse(flags).map(|web| web.rest().unwrap());
        let unless_said = RestOptions::default();
        let taken = rest(&[]).unwrap();
        assert_eq!(
            (taken.per_second, taken.burst),
            (unless_said.per_second, unless_said.burst)
        );
        let taken = rest(&["--rest-per-second", "5", "--rest-burst", "20"]).unwrap();
        assert_eq!((taken.per_second.get(), taken.burst.get()), (5, 20));
        assert!(rest(&["--rest-burst", "0"]).is_err());
    }
}
