//! Dependencies between crates point one way, and each outside library stays where it belongs.

use crate::{
    tidy::Finding,
    workspace::{Dependency, Package, Workspace},
};

/// What a crate may depend on, beside its tests.
struct CrateRule {
    /// The crate.
    name: &'static str,
    /// Crates of the workspace it may use.
    uses: &'static [&'static str],
    /// Kinds of outside libraries it may not use.
    never: &'static [&'static [&'static str]],
}

const HTTP: &[&str] = &[
    "axum",
    "http",
    "http-body",
    "hyper",
    "hyper-util",
    "reqwest",
    "socketioxide",
    "tokio-tungstenite",
    "tower",
    "tower-http",
    "tungstenite",
    "utoipa",
];
const DATABASES: &[&str] = &["bson", "mongodb", "rusqlite", "sqlx"];
const BUSES: &[&str] = &["async-nats", "redis"];
const JSON: &[&str] = &["schemars", "serde_json"];
const RUNTIMES: &[&str] = &["async-std", "smol", "tokio"];
const RANDOM: &[&str] = &["fastrand", "getrandom", "rand"];

/// Every crate's rule. A crate under `examples/` or `tests/`, the benches and the fuzz targets may use all of these.
const RULES: &[CrateRule] = &[
    CrateRule { name: "chat-model", uses: &[], never: &[HTTP, DATABASES, BUSES, JSON, RUNTIMES, RANDOM] },
    CrateRule { name: "chat-core", uses: &["chat-model"], never: &[HTTP, DATABASES, BUSES, JSON] },
    CrateRule { name: "chat-wire", uses: &["chat-model"], never: &[HTTP, DATABASES, BUSES, RUNTIMES, RANDOM] },
    CrateRule {
        name: "chat-testkit",
        uses: &["chat-accounts", "chat-core", "chat-export", "chat-wire"],
        never: &[HTTP, DATABASES, BUSES],
    },
    CrateRule { name: "chat-export", uses: &["chat-accounts", "chat-core"], never: &[HTTP, DATABASES, BUSES] },
    CrateRule { name: "chat-accounts", uses: &["chat-core"], never: &[HTTP, DATABASES, BUSES] },
    CrateRule { name: "chat-control", uses: &["chat-accounts", "chat-core"], never: &[HTTP, DATABASES, BUSES] },
    CrateRule { name: "store-sql", uses: &["chat-accounts", "chat-model"], never: &[HTTP, BUSES] },
    CrateRule { name: "store-mongo", uses: &["chat-accounts", "chat-model"], never: &[HTTP, BUSES] },
    CrateRule { name: "adapter-axum", uses: &["chat-accounts", "chat-core", "chat-wire"], never: &[DATABASES, BUSES] },
    CrateRule { name: "chat-web", uses: &[], never: &[DATABASES, BUSES, JSON, RANDOM] },
    CrateRule { name: "adapter-socketio", uses: &["adapter-axum", "chat-core"], never: &[DATABASES, BUSES] },
    CrateRule { name: "backplane-nats", uses: &["chat-core"], never: &[HTTP, DATABASES] },
    CrateRule { name: "mail-smtp", uses: &["chat-accounts"], never: &[HTTP, DATABASES, BUSES] },
    CrateRule { name: "identity-openid", uses: &["chat-accounts"], never: &[DATABASES, BUSES] },
    CrateRule { name: "xtask", uses: &[], never: &[HTTP, DATABASES, BUSES] },
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.packages.iter().flat_map(|package| check_package(workspace, package)).collect()
}

fn check_package(workspace: &Workspace, package: &Package) -> Vec<Finding> {
    let manifest = package.manifest_path.strip_prefix(&workspace.root).unwrap_or(&package.manifest_path);
    let manifest = manifest.to_string_lossy();
    let text = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
    let finding = |dependency: &Dependency, message: String| {
        let line = text.lines().position(|line| line.starts_with(&dependency.name)).map_or(1, |index| index + 1);
        Finding::new(&manifest, line, message)
    };
    let is_member = |name: &str| workspace.packages.iter().any(|member| member.name == name);
    let application = ["examples/", "tests/", "benches/", "fuzz/"].iter().any(|folder| manifest.starts_with(folder));
    let Some(rule) = RULES.iter().find(|rule| rule.name == package.name) else {
        let message = format!("{} has no rule in crates.rs yet: say what it may depend on", package.name);
        return if application { Vec::new() } else { vec![Finding::new(&manifest, 1, message)] };
    };
    let ours = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    ours.filter_map(|dependency| {
        let name = dependency.name.as_str();
        let wrong_way = is_member(name) && !rule.uses.contains(&name);
        let misplaced = rule.never.iter().any(|kind| kind.contains(&name));
        (wrong_way || misplaced).then(|| finding(dependency, format!("{} may not depend on {name}", package.name)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
        };
        Package {
            name: name.to_owned(),
            manifest_path: format!("/w/{}{name}/Cargo.toml", if name == "server" { "examples/" } else { "" }).into(),
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    fn messages(package: Package) -> Vec<String> {
        let others = ["chat-core", "chat-wire", "store-sql", "adapter-axum"];
        let mut packages: Vec<_> = others.iter().map(|name| self::package(name, &[])).collect();
        packages.retain(|other| other.name != package.name);
        packages.push(package);
        let workspace = Workspace { root: "/w".into(), target: "/w/target".into(), packages };
        check(&workspace).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn refuses_what_points_the_wrong_way() {
        assert_eq!(messages(package("chat-core", &[("chat-wire", None)])), ["chat-core may not depend on chat-wire"]);
        assert_eq!(
            messages(package("store-sql", &[("adapter-axum", None)])),
            ["store-sql may not depend on adapter-axum"]
        );
        assert_eq!(messages(package("chat-wire", &[("store-sql", Some("build"))])).len(), 1);
        assert_eq!(messages(package("chat-new", &[])).len(), 1);
    }

    #[test]
    fn refuses_libraries_out_of_place() {
        for library in ["axum", "hyper", "sqlx", "serde_json"] {
            assert_eq!(messages(package("chat-core", &[(library, None)])).len(), 1, "{library}");
        }
        assert_eq!(messages(package("adapter-axum", &[("sqlx", None)])).len(), 1);
    }

    #[test]
    fn allows_the_order_of_the_design() {
        let core = package("chat-core", &[("tokio", None), ("serde_json", Some("dev")), ("chat-wire", Some("dev"))]);
        assert_eq!(messages(core), [""; 0]);
        assert_eq!(messages(package("adapter-axum", &[("chat-wire", None), ("axum", None)])), [""; 0]);
        assert_eq!(messages(package("server", &[("store-sql", None), ("axum", None)])), [""; 0]);
    }
}
