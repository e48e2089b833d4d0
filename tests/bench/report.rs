//! Figures, as a table for people and as JSON for other runs.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// Everything that was measured in one run, and on what.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The commit measured, with `+` if the tree differs from it.
    commit: String,
    machine: Machine,
    /// What the databases and brokers were told about durability.
    settings: BTreeMap<String, String>,
    figures: Vec<Figure>,
    goals: Vec<Goal>,
}

/// One measure, taken several times.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// Such as `/s`, `ms`, `MiB`.
    pub(crate) unit: String,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) runs: usize,
}

/// What should hold, and whether it did.
#[derive(Debug, Serialize, Deserialize)]
struct Goal {
    what: String,
    goal: String,
    measured: f64,
    met: bool,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            commit: crate::machine::commit(),
            machine: Machine::here(),
            settings: BTreeMap::new(),
            figures: Vec::new(),
            goals: Vec::new(),
        }
    }

    pub(crate) fn load(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} holds no figures", file.display()))
    }

    pub(crate) fn save(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(file, text + "\n").with_context(|| format!("writing {}", file.display()))
    }

    /// A setting that the figures depend on.
    pub(crate) fn setting(&mut self, name: &str, value: impl ToString) {
        self.settings.insert(name.to_owned(), value.to_string());
    }

    /// A measure, by what each run gave; at least one. Says the median.
    pub(crate) fn figure(&mut self, name: impl Into<String>, unit: &str, mut runs: Vec<f64>) -> f64 {
        runs.sort_by(f64::total_cmp);
        let middle = runs.len() / 2;
        let median = match runs.len() {
            0 => f64::NAN,
            even if even % 2 == 0 => (runs[middle - 1] + runs[middle]) / 2.0,
            _ => runs[middle],
        };
        let figure = Figure {
            name: name.into(),
            unit: unit.to_owned(),
            median,
            min: runs.first().copied().unwrap_or(f64::NAN),
            max: runs.last().copied().unwrap_or(f64::NAN),
            runs: runs.len(),
        };
        println!("  {:<66} {}", figure.name, figure.text());
        self.figures.push(figure);
        median
    }

    /// What should be at least this.
    pub(crate) fn at_least(&mut self, what: &str, measured: f64, least: f64, unit: &str) {
        self.goal(what, measured, format!("≥ {}{unit}", number(least)), measured >= least);
    }

    /// What should be at most this.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, most: f64, unit: &str) {
        self.goal(what, measured, format!("≤ {}{unit}", number(most)), measured <= most);
    }

    fn goal(&mut self, what: &str, measured: f64, goal: String, met: bool) {
        self.goals.push(Goal {
            what: what.to_owned(),
            goal,
            measured,
            met,
        });
    }

    pub(crate) fn print_head(&self) {
        println!("{}, commit {}", self.machine, self.commit);
    }

    pub(crate) fn print(&self) {
        let mut table = table(["What", "Median", "Lowest", "Highest", "", "Runs"]);
        for figure in &self.figures {
            table.add_row([
                figure.name.clone(),
                number(figure.median),
                number(figure.min),
                number(figure.max),
                figure.unit.clone(),
                figure.runs.to_string(),
            ]);
        }
        println!("\n{}, commit {}", self.machine, self.commit);
        for (name, value) in &self.settings {
            println!("  {name}: {value}");
        }
        println!("{table}");
        let mut table = self::table(["Goal", "", "Measured", "Met"]);
        for goal in &self.goals {
            let met = if goal.met { "yes" } else { "no" };
            table.add_row([goal.what.as_str(), &goal.goal, &number(goal.measured), met]);
        }
        println!("{table}");
    }

    /// How the figures differ from those of an earlier run.
    pub(crate) fn print_against(&self, other: &Self) {
        let mut table = table(["What", "Before", "Now", "", "Now/before"]);
        for figure in &self.figures {
            let Some(before) = other.figures.iter().find(|before| before.name == figure.name) else {
                continue;
            };
            table.add_row([
                figure.name.clone(),
                number(before.median),
                number(figure.median),
                figure.unit.clone(),
                format!("{:.2}", figure.median / before.median),
            ]);
        }
        println!("Against commit {} on {}:\n{table}", other.commit, other.machine);
    }
}

impl Figure {
    fn text(&self) -> String {
        format!(
            "{} {} ({} to {})",
            number(self.median),
            self.unit,
            number(self.min),
            number(self.max)
        )
    }
}

fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(head);
    table
}

/// Three digits that tell something.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
