//! The test programs that Cargo built, read from its own list.

use std::path::PathBuf;

use serde::Deserialize;

/// One program that runs the tests of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The folder of its package: where its tests expect to run.
    pub(crate) folder: PathBuf,
    /// The target's name.
    pub(crate) target: String,
    /// `lib`, `bin`, `test`...
    pub(crate) kind: String,
    /// The built program.
    pub(crate) path: PathBuf,
}

/// One line of Cargo's list, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Program {
    /// Whether it is this test target of the package in this folder.
    pub(crate) fn is(&self, folder: &str, target: &str) -> bool {
        self.kind == "test" && self.target == target && self.folder.ends_with(folder)
    }

    /// Whether it takes minutes: each crate may have one of that name.
    pub(crate) fn is_proof(&self) -> bool {
        self.kind == "test" && self.target == "prove"
    }

    /// Whether fuzz targets are in it. Built to count branches, others may not even start: nothing
    /// in them reads the counters.
    pub(crate) fn has_targets(&self) -> bool {
        let crates = ["store", "hosting", "tokens", "client", "app"];
        let of_unit = crates.iter().any(|name| self.folder.ends_with(format!("core/{name}")));
        match self.kind.as_str() {
            "lib" => of_unit,
            "test" => ["hostile", "wire", "service"].contains(&self.target.as_str()),
            _ => false,
        }
    }

    /// Whether it belongs to a crate rather than to the tests across crates.
    pub(crate) fn is_unit(&self) -> bool {
        !(self.is_proof() || self.folder.ends_with("tests") && self.kind == "test")
    }
}

/// The test programs in Cargo's list (one JSON value a line), each once, in its order.
pub(crate) fn programs(list: &str) -> Vec<Program> {
    let mut found: Vec<Program> = Vec::new();
    for line in list.lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
        if let Some(program) = program(line)
            && !found.contains(&program)
        {
            found.push(program);
        }
    }
    found
}

fn program(line: Line) -> Option<Program> {
    let is_test = line.reason == "compiler-artifact" && line.profile?.test;
    let target = line.target?;
    is_test.then_some(Program {
        folder: line.manifest_path?.parent()?.to_owned(),
        target: target.name,
        kind: target.kind.into_iter().next()?,
        path: line.executable?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line as Cargo writes it.
    fn line(folder: &str, kind: &str, name: &str, test: bool, executable: Option<&str>) -> String {
        let manifest = format!("/p/{folder}/Cargo.toml");
        serde_json::json!({
            "reason": "compiler-artifact",
            "manifest_path": manifest,
            "target": { "kind": [kind], "name": name },
            "profile": { "test": test },
            "executable": executable,
        })
        .to_string()
    }

    #[test]
    fn test_programs_are_told_from_all_else() {
        let tidy = line("tests", "test", "tidy", true, Some("/p/deps/tidy-1"));
        let list = [
            line("core/model", "lib", "albumen_model", false, None),
            line("core/model", "lib", "albumen_model", true, Some("/p/deps/model-1")),
            tidy.clone(),
            tidy,
            line("core/cli", "bin", "albumen", false, Some("/p/albumen")),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
            "not JSON".to_owned(),
        ];
        let found = programs(&list.join("\n"));
        let paths: Vec<_> =
            found.iter().map(|program| program.path.display().to_string()).collect();
        assert_eq!(paths, ["/p/deps/model-1", "/p/deps/tidy-1"]);
        assert!(found[0].is_unit() && !found[0].is("tests", "tidy"));
        assert!(!found[1].is_unit() && found[1].is("tests", "tidy"));
        assert_eq!(found[1].folder, PathBuf::from("/p/tests"));
        let list = [
            line("core/model", "lib", "albumen_model", true, Some("/p/deps/model-1")),
            line("core/model", "test", "hostile", true, Some("/p/deps/hostile-1")),
            line("core/store", "lib", "albumen_store", true, Some("/p/deps/store-1")),
        ];
        let targets: Vec<_> = programs(&list.join("\n")).iter().map(Program::has_targets).collect();
        assert_eq!(targets, [false, true, true]);
    }
}
