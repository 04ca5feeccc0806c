//! No registry's host and no path of somebody's machine: the project builds anywhere.

use crate::tidy::{
    Finding,
    tree::{File, Tree},
};

/// Hosts of package registries. Packages are named; where they come from is each machine's own setting.
const HOSTS: [&str; 10] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("yarnpkg", ".com"),
    concat!("deb.debian", ".org"),
    concat!("security.debian", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("docker", ".io"),
];

/// Folders in which people and machines keep checkouts.
const FOLDERS: [&str; 5] =
    [concat!("/", "work/"), concat!("/", "root/"), concat!("/", "home/"), concat!("/", "tmp/"), concat!("/", "Users/")];

/// Cargo's own lock file names the registry as a source; that is its format.
const EXEMPT: &str = "Cargo.lock";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| !file.path.ends_with(EXEMPT)).flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for host in HOSTS.into_iter().filter(|host| line.contains(host)) {
            findings.push(Finding::new(
                &file.path,
                index + 1,
                format!("`{host}` is a registry's host: name the package"),
            ));
        }
        for folder in FOLDERS.into_iter().filter(|folder| names_folder(line, folder)) {
            let message = format!("`{folder}…` is a path of one machine: make it relative, or a setting");
            findings.push(Finding::new(&file.path, index + 1, message));
        }
    }
    findings
}

/// Whether the folder stands at the start of a path, not within one or in a URL.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "/.-_~})*$".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{NONE, error_lines};

    #[test]
    fn refuses_hosts_and_machine_paths() {
        let lines: Vec<String> = HOSTS.iter().map(|host| format!("see https://{host}/x")).collect();
        assert_eq!(error_lines(check, "README.md", &lines.join("\n")).len(), HOSTS.len());
        for folder in FOLDERS {
            assert_eq!(
                error_lines(check, "a.toml", &format!("a\npath = \"{folder}x\"\n{folder}\n")),
                [2, 3],
                "{folder}"
            );
        }
    }

    #[test]
    fn allows_relative_paths_and_the_lock_file() {
        let text: String = FOLDERS.iter().map(|folder| format!("target{folder}x and $DIR{folder}x\n")).collect();
        assert_eq!(error_lines(check, "a.toml", &text), NONE);
        assert_eq!(error_lines(check, "Cargo.lock", HOSTS[0]), NONE);
    }
}
