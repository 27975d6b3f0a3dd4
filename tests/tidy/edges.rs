//! Who may depend on whom: the arrows of the architecture, held against what the manifests say.

use serde_json::Value;

/// What one member may know.
struct Rule {
    /// Where it lies; the package's name follows from the folder.
    folder: &'static str,
    /// Members of ours that it may use.
    uses: &'static [&'static str],
    /// Members that its tests may use beside those.
    tests_use: &'static [&'static str],
    /// Libraries that would break what the member promises not to know (its tests may use them).
    never: &'static [&'static str],
}

/// Web frameworks, HTTP clients and the like: the network.
const NETWORK: [&str; 8] =
    ["axum", "hyper", "hyper-util", "reqwest", "s3s", "tower", "tower-http", "rustls"];

/// The table of the architecture. A member that is not here is refused.
const RULES: &[Rule] = &[
    Rule {
        folder: "core/model",
        uses: &[],
        tests_use: &["albumen-fuzz"],
        never: &[
            "tokio", "futures", "axum", "hyper", "reqwest", "s3s", "rusqlite", "tempfile",
            "walkdir", "notify", "rand", "rustix", "libc",
        ],
    },
    Rule {
        folder: "core/media",
        uses: &["albumen-model"],
        tests_use: &["albumen-fuzz"],
        never: &["tokio", "futures", "axum", "hyper", "reqwest", "s3s", "rusqlite", "rustls"],
    },
    Rule { folder: "core/sys", uses: &[], tests_use: &[], never: &["tokio", "rusqlite"] },
    // For tests alone: nobody uses it otherwise.
    Rule {
        folder: "core/fuzz",
        uses: &["albumen-sys"],
        tests_use: &[],
        never: &["tokio", "axum", "hyper", "reqwest", "s3s", "rusqlite"],
    },
    Rule {
        folder: "core/store",
        uses: &["albumen-model", "albumen-media", "albumen-sys"],
        tests_use: &["albumen-fuzz"],
        never: &["tauri", "clap", "axum"],
    },
    Rule {
        folder: "core/db",
        uses: &["albumen-model"],
        // Itself, with the feature for tests.
        tests_use: &["albumen-db"],
        never: &NETWORK,
    },
    Rule {
        folder: "core/ops",
        uses: &[],
        tests_use: &[],
        never: &["rusqlite", "reqwest", "s3s", "tauri", "clap"],
    },
    Rule {
        folder: "core/hosting",
        uses: &["albumen-model", "albumen-media", "albumen-store", "albumen-db", "albumen-ops"],
        tests_use: &["albumen-fuzz"],
        never: &["reqwest", "tauri", "clap", "s3s"],
    },
    Rule {
        folder: "core/tokens",
        uses: &["albumen-model", "albumen-client", "albumen-db", "albumen-ops"],
        tests_use: &["albumen-fuzz", "albumen-hosting", "albumen-store"],
        never: &["s3s", "tauri", "clap"],
    },
    Rule {
        folder: "core/client",
        uses: &["albumen-model", "albumen-media"],
        tests_use: &["albumen-fuzz", "albumen-hosting", "albumen-store"],
        never: &["axum", "s3s", "rusqlite", "tauri", "clap", "notify"],
    },
    Rule {
        folder: "core/sync",
        uses: &["albumen-model", "albumen-media", "albumen-client", "albumen-sys"],
        tests_use: &["albumen-hosting", "albumen-store", "albumen-tokens"],
        never: &["axum", "s3s", "tauri", "clap"],
    },
    Rule {
        folder: "core/app",
        uses: &[
            "albumen-model",
            "albumen-media",
            "albumen-sys",
            "albumen-store",
            "albumen-db",
            "albumen-ops",
            "albumen-hosting",
            "albumen-tokens",
            "albumen-client",
            "albumen-sync",
        ],
        tests_use: &["albumen-fuzz"],
        never: &["tauri", "clap", "indicatif"],
    },
    Rule {
        folder: "core/cli",
        uses: &["albumen-app"],
        tests_use: &[],
        never: &["rusqlite", "reqwest", "axum", "s3s", "tauri"],
    },
    Rule {
        folder: "src-tauri",
        uses: &["albumen-app"],
        tests_use: &[],
        never: &["rusqlite", "reqwest", "axum", "s3s", "clap"],
    },
    Rule {
        folder: "tests",
        uses: &[
            "albumen-model",
            "albumen-media",
            "albumen-sys",
            "albumen-store",
            "albumen-db",
            "albumen-hosting",
            "albumen-tokens",
            "albumen-client",
            "albumen-sync",
            "albumen-app",
        ],
        tests_use: &[],
        never: &[],
    },
];

impl Rule {
    fn package(&self) -> String {
        format!("albumen-{}", self.folder.rsplit('/').next().expect("a folder has a name"))
    }

    fn of(package: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.package() == package)
    }

    fn forbids(&self, name: &str, for_tests: bool) -> bool {
        if name.starts_with("albumen-") {
            !(self.uses.contains(&name) || (for_tests && self.tests_use.contains(&name)))
        } else {
            !for_tests && self.never.contains(&name)
        }
    }
}

fn name(value: &Value) -> &str {
    value["name"].as_str().expect("cargo names every package")
}

/// Members that are not in the table, lie elsewhere than their name says, or are gone.
pub(crate) fn members(packages: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let manifest = package["manifest_path"].as_str().expect("a path").replace('\\', "/");
        match Rule::of(name(package)) {
            None => {
                wrong.push(format!("{}: not in the table of edges.rs", name(package)));
            }
            Some(rule) if !manifest.ends_with(&format!("/{}/Cargo.toml", rule.folder)) => {
                wrong.push(format!("{}: does not lie in {}", name(package), rule.folder));
            }
            Some(_) => {}
        }
    }
    for rule in RULES {
        if !packages.iter().any(|package| name(package) == rule.package()) {
            wrong.push(format!("{}: no member has this name", rule.package()));
        }
    }
    wrong
}

/// Dependencies that the table does not allow.
pub(crate) fn forbidden(packages: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let Some(rule) = Rule::of(name(package)) else { continue };
        for dependency in package["dependencies"].as_array().expect("a list of dependencies") {
            let for_tests = dependency["kind"] == "dev";
            if rule.forbids(name(dependency), for_tests) {
                let how = if for_tests { "in its tests " } else { "" };
                wrong.push(format!("{} may not {how}use {}", name(package), name(dependency)));
            }
        }
    }
    wrong
}

/// A member's manifest that does not inherit the lints. `core/sys` cannot: it alone may write
/// `unsafe`.
pub(crate) fn lints(path: &str, text: &str) -> Vec<String> {
    let is_member = path.ends_with("/Cargo.toml") && path != "core/sys/Cargo.toml";
    if is_member && !text.contains("[lints]\nworkspace = true\n") {
        return vec![format!("{path}: `[lints] workspace = true` is missing")];
    }
    Vec::new()
}

/// A member's clippy.toml replaces the workspace's, so it must repeat each of its settings.
pub(crate) fn clippy(path: &str, text: &str, root: &str) -> Vec<String> {
    if !path.ends_with("/clippy.toml") {
        return Vec::new();
    }
    let settings = root.lines().filter(|line| line.contains('=') && !line.starts_with('#'));
    settings
        .filter(|setting| !text.lines().any(|line| line == *setting))
        .map(|setting| format!("{path}: `{setting}` is missing"))
        .collect()
}

#[cfg(test)]
fn package(name: &str, folder: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
    let dependencies: Vec<Value> = dependencies
        .iter()
        .map(|(name, kind)| serde_json::json!({ "name": name, "kind": kind }))
        .collect();
    serde_json::json!({
        "name": name,
        "manifest_path": format!("/somewhere/{folder}/Cargo.toml"),
        "dependencies": dependencies,
    })
}

#[test]
fn a_forbidden_edge_is_seen() {
    let (normal, dev, build) = (None, Some("dev"), Some("build"));
    let cases = [
        ("albumen-model", "tokio", normal, true),
        ("albumen-model", "serde", normal, false),
        ("albumen-model", "albumen-media", normal, true),
        ("albumen-media", "albumen-model", normal, false),
        ("albumen-tokens", "albumen-hosting", normal, true),
        ("albumen-tokens", "albumen-hosting", dev, false),
        ("albumen-tokens", "albumen-sync", dev, true),
        ("albumen-hosting", "albumen-client", dev, true),
        ("albumen-hosting", "reqwest", normal, true),
        ("albumen-hosting", "reqwest", dev, false),
        ("albumen-sync", "albumen-tokens", normal, true),
        ("albumen-sync", "albumen-store", build, true),
        ("albumen-cli", "albumen-sync", normal, true),
        ("albumen-src-tauri", "albumen-model", normal, true),
        ("albumen-src-tauri", "albumen-app", normal, false),
        ("albumen-app", "tauri", normal, true),
    ];
    for (from, to, kind, refused) in cases {
        let found = forbidden(&[package(from, "anywhere", &[(to, kind)])]);
        assert_eq!(!found.is_empty(), refused, "{from} to {to} ({kind:?})");
    }
}

#[test]
fn an_unknown_or_misplaced_member_is_seen() {
    let good: Vec<Value> =
        RULES.iter().map(|rule| package(&rule.package(), rule.folder, &[])).collect();
    assert_eq!(members(&good), [""; 0]);
    assert_eq!(members(&good[1..]), ["albumen-model: no member has this name"]);
    let mut more = good.clone();
    more.push(package("albumen-extra", "core/extra", &[]));
    assert_eq!(members(&more).len(), 1);
    more = good;
    more[0] = package("albumen-model", "core/other", &[]);
    assert_eq!(members(&more), ["albumen-model: does not lie in core/model"]);
}

#[test]
fn a_manifest_without_the_lints_is_seen() {
    assert_eq!(lints("core/a/Cargo.toml", "[lints]\nworkspace = true\n"), [""; 0]);
    assert_eq!(lints("core/a/Cargo.toml", "[package]\n").len(), 1);
    assert_eq!(lints("Cargo.toml", "[workspace]\n"), [""; 0]);
    assert_eq!(clippy("core/a/clippy.toml", "a = 1\n", "# why\na = 1\n"), [""; 0]);
    assert_eq!(clippy("core/a/clippy.toml", "a = 2\n", "a = 1\n").len(), 1);
}
