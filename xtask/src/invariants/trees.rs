//! What must not stand in the tree of a crate with its default features: what a user would build for nothing.

use serde_json::Value;

use crate::tree;

const WITHOUT: [(&str, &[&str]); 4] = [
    ("assist-features", &["arrow", "parquet"]),
    ("assist-model", &["arrow", "parquet"]),
    ("assist-metrics", &["argmin", "arrow", "assist-model", "biosphere", "parquet", "plotters", "smartcore"]),
    ("assist-cli", &["ballista", "datafusion"]),
];

/// Asks cargo for the trees of those that the workspace has.
pub(super) fn check(metadata: &Value) -> anyhow::Result<Vec<String>> {
    let members: Vec<&str> =
        metadata["packages"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
    let mut violations = Vec::new();
    for (package, absent) in WITHOUT.iter().filter(|(package, _)| members.contains(package)) {
        violations.extend(trees(package, &tree::of(package)?, absent));
    }
    Ok(violations)
}

fn trees(package: &str, tree: &str, absent: &[&str]) -> Option<String> {
    let unwanted = tree::unwanted(tree, absent);
    let named = unwanted.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    (!unwanted.is_empty()).then(|| format!("`{package}` has {named} in its tree"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_in_the_tree_of_the_model() {
        let tree = "assist-model v0.1.0 (/home)\nassist-features v0.1.0 (/home)\narrow v59.3.2\narrow-array v59.3.2\n";
        let message = "`assist-model` has `arrow`, `arrow-array` in its tree";
        assert_eq!(trees("assist-model", tree, &["arrow", "parquet"]).as_deref(), Some(message));
    }

    #[test]
    fn a_tree_without() {
        let tree = "assist-model v0.1.0 (/home)\nassist-features v0.1.0 (/home)\nndarray v0.16.1\n";
        assert_eq!(trees("assist-model", tree, &["arrow", "parquet"]), None);
    }
}
