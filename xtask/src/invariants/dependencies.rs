//! Dependencies point one way, and some outside crates are known to few of ours.

use serde_json::Value;

use crate::tree::belongs_to;

/// Which crates of the workspace each may depend on, as the diagram of the architecture draws it.
const MAY_DEPEND_ON: [(&str, &[&str]); 18] = [
    ("assist-score", &[]),
    ("assist-draw", &[]),
    ("assist-card", &[]),
    ("assist-data", &["draw", "score"]),
    ("assist-features", &["data", "score"]),
    ("assist-model", &["data", "features", "score"]),
    ("assist-metrics", &["draw", "score"]),
    ("assist-audit", &["draw", "features", "metrics", "score"]),
    ("assist-report", &["audit", "metrics", "score"]),
    ("assist-learn", &["audit", "card", "data", "features", "metrics", "model", "report", "score"]),
    ("assist-export", &["score"]),
    ("assist-serve", &["export", "learn", "score"]),
    ("assist-engine", &["audit", "data", "export", "features", "learn", "metrics", "model", "report", "score"]),
    ("assist-events", &["data", "score"]),
    ("assist-python", &["export", "learn", "score"]),
    ("assist-cli", &["engine", "export", "learn", "serve"]),
    (
        "assist-benches",
        &[
            "audit", "card", "data", "draw", "engine", "events", "export", "features", "learn", "metrics", "model",
            "report", "score", "serve",
        ],
    ),
    ("xtask", &[]),
];

/// Which of our crates may name an outside one or a part of it; the others must do without.
const ONLY: [(&str, &[&str]); 18] = [
    ("arrow", &["benches", "data", "engine", "features", "learn", "python"]),
    ("parquet", &["data"]),
    ("argmin", &["model"]),
    ("plotters", &["report"]),
    ("maud", &["report"]),
    ("smartcore", &["audit"]),
    ("biosphere", &["audit"]),
    ("axum", &["serve"]),
    ("datafusion", &["engine"]),
    ("ballista", &["engine"]),
    ("pyo3", &["python"]),
    ("numpy", &["python"]),
    ("clap", &["cli", "xtask"]),
    ("comfy-table", &["cli", "xtask"]),
    ("indicatif", &["cli", "xtask"]),
    ("anstream", &["cli", "xtask"]),
    ("anstyle", &["cli", "xtask"]),
    ("anyhow", &["benches", "cli", "xtask"]),
];

/// Big dependencies that must not be in the tree twice.
const ONCE: [&str; 4] = ["arrow", "parquet", "ndarray", "tokio"];

/// Violations in what `cargo metadata` says of the workspace with all features.
pub(super) fn dependencies(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let ours: Vec<&Value> = packages.iter().filter(|package| package["source"].is_null()).collect();
    let our_names: Vec<&str> = ours.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut violations: Vec<String> = ours.iter().flat_map(|package| of_package(package, &our_names)).collect();
    for once in ONCE {
        let versions: Vec<&str> =
            packages.iter().filter(|package| package["name"] == once).filter_map(|p| p["version"].as_str()).collect();
        if versions.len() > 1 {
            violations.push(format!("`{once}` is in the tree in versions {}", versions.join(" and ")));
        }
    }
    violations
}

fn of_package(package: &Value, our_names: &[&str]) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or("");
    let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(known, _)| *known == name) else {
        return vec![format!("`{name}` is not in the table of who may depend on whom")];
    };
    // What only tests need points anywhere.
    let dependencies = package["dependencies"].as_array().into_iter().flatten().filter(|d| d["kind"] != "dev");
    let wrong = dependencies.filter_map(|dependency| {
        let target = dependency["name"].as_str().unwrap_or("");
        if our_names.contains(&target) {
            return (!allowed.contains(&short(target)))
                .then(|| format!("`{name}` depends on `{target}`, against the direction of dependencies"));
        }
        let (_, allowed) = ONLY.iter().find(|(known, _)| belongs_to(target, known))?;
        let few = allowed.join(", ");
        (!allowed.contains(&short(name)))
            .then(|| format!("`{name}` depends on `{target}`, which only these may: {few}"))
    });
    wrong.collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("assist-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A workspace of one crate and `assist-model`, beside outside crates.
    fn check(name: &str, dependency: &str, kind: Option<&str>, expected: &[&str]) {
        let metadata = json!({ "packages": [
            { "name": name, "source": null, "dependencies": [{ "name": dependency, "kind": kind }] },
            { "name": "assist-model", "source": null, "dependencies": [] },
            { "name": "arrow", "source": "registry", "version": "59.3.2", "dependencies": [{ "name": "clap", "kind": null }] },
        ]});
        assert_eq!(dependencies(&metadata), expected, "{name} -> {dependency}");
    }

    #[test]
    fn against_the_arrows() {
        let message = "`assist-metrics` depends on `assist-model`, against the direction of dependencies";
        check("assist-metrics", "assist-model", None, &[message]);
        check("assist-metrics", "assist-model", Some("build"), &[message]);
        check("assist-metrics", "assist-model", Some("dev"), &[]);
        check(
            "assist-audit",
            "assist-model",
            None,
            &["`assist-audit` depends on `assist-model`, against the direction of dependencies"],
        );
        check("assist-report", "assist-model", Some("dev"), &[]);
        check(
            "xtask",
            "assist-model",
            None,
            &["`xtask` depends on `assist-model`, against the direction of dependencies"],
        );
    }

    #[test]
    fn an_outside_crate_that_only_others_may_know() {
        let few = "`assist-score` depends on `arrow-array`, which only these may: benches, data, engine, features, learn, \
                   python";
        check("assist-score", "arrow-array", None, &[few]);
        check("assist-data", "arrow-array", None, &[]);
        check("assist-cli", "parquet", None, &["`assist-cli` depends on `parquet`, which only these may: data"]);
        check("assist-features", "parquet", Some("dev"), &[]);
        check(
            "assist-learn",
            "clap_complete",
            None,
            &["`assist-learn` depends on `clap_complete`, which only these may: \
                                                        cli, xtask"],
        );
        check("xtask", "anyhow", None, &[]);
    }

    #[test]
    fn a_crate_that_nobody_has_placed() {
        check("assist-magic", "serde", None, &["`assist-magic` is not in the table of who may depend on whom"]);
    }

    #[test]
    fn two_versions_of_a_big_one() {
        let package = |name: &str, version: &str| json!({ "name": name, "source": "registry", "version": version });
        let twice = json!({ "packages": [package("arrow", "59.3.2"), package("arrow", "60.0.0"), package("syn", "1.0.0"),
            package("syn", "2.0.0")] });
        assert_eq!(dependencies(&twice), ["`arrow` is in the tree in versions 59.3.2 and 60.0.0"]);
    }

    #[test]
    fn the_tables_name_crates_of_the_house() {
        let known: Vec<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| short(name)).collect();
        let named = MAY_DEPEND_ON.iter().chain(&ONLY).flat_map(|(_, allowed)| *allowed);
        for name in named {
            assert!(known.contains(name), "{name}");
        }
    }
}
