//! Builds the page with Node.js, and lists its files for the program to have them in itself.
//!
//! Without Node.js, or without the page's packages and a way to them, the program is built without its page: what is served
//! instead says why. The variable `CHAT_WEB=off` asks for that.

use std::{
    env,
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    process::Command,
};

const OLDEST_NODE: u32 = 20;

/// What the page is made from, below the folder `web`.
const SOURCES: [&str; 9] = [
    ".npmrc",
    "package.json",
    "package-lock.json",
    "tsconfig.base.json",
    "client/package.json",
    "client/src",
    "app/package.json",
    "app/vite.config.ts",
    "app/page",
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder to write to"));
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"));
    let web = here.join("../web");
    println!("cargo::rerun-if-env-changed=CHAT_WEB");
    for source in SOURCES.iter().chain(&["app/src", "app/scripts", "app/tsconfig.json"]) {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    let built = build(&web, &out);
    if let Err(why) = &built {
        println!("cargo::warning=the page is left out: {why}");
    }
    let text = listing(built.as_deref().map_err(String::as_str)).expect("the page's files can be read");
    fs::write(out.join("files.rs"), text).expect("cargo's folder can be written");
}

/// The folder with the page's files.
fn build(web: &Path, out: &Path) -> Result<PathBuf, String> {
    if env::var("CHAT_WEB").is_ok_and(|value| value == "off") {
        return Err("it was switched off (CHAT_WEB=off)".into());
    }
    node_is_here()?;
    packages(web)?;
    let page = out.join("page");
    // Packages are there, so what fails now is a fault of the page, which nobody wants to ship without noticing.
    let run = |words: &[&str]| run(Command::new("node").args(words).arg(&page).current_dir(web.join("app")));
    if let Err(why) =
        run(&["../node_modules/vite/bin/vite.js", "build", "--emptyOutDir", "--logLevel", "warn", "--outDir"])
            .and_then(|()| run(&["scripts/compress.mjs"]))
    {
        panic!("the page cannot be built: {why}");
    }
    Ok(page)
}

fn node_is_here() -> Result<(), String> {
    let missing = || format!("Node.js {OLDEST_NODE} or later is not on this machine");
    let output = Command::new("node").arg("--version").output().map_err(|_| missing())?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_NODE) { Ok(()) } else { Err(missing()) }
}

/// Has the packages of the lock file beside the page. Once they are there, nothing is asked of the network.
fn packages(web: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("its packages cannot be installed: {error}");
    let wanted = fs::read_to_string(web.join("package-lock.json")).map_err(failed)?;
    // Builds with other settings may go on at the same time.
    let turn = fs::File::create(web.join(".installing")).map_err(failed)?;
    turn.lock().map_err(failed)?;
    // The suites' tools install what tests need besides, and say so in a file of their own.
    let stamps = ["node_modules/.made-from", "node_modules/.made-to-build-from"].map(|stamp| web.join(stamp));
    if stamps.iter().any(|stamp| fs::read_to_string(stamp).is_ok_and(|made| made == wanted)) {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(web);
    run(&mut install).map_err(|why| format!("its packages cannot be installed: {why}"))?;
    fs::write(&stamps[1], wanted).map_err(failed)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).rev().take(12).collect();
    Err(last.into_iter().rev().collect::<Vec<_>>().join(" | "))
}

/// The module that has the files in it, or says why there are none.
fn listing(page: Result<&Path, &str>) -> io::Result<String> {
    let mut text = String::new();
    let mut files = Vec::new();
    if let Ok(page) = page {
        walk(page, &mut files)?;
        files.retain(|file| !matches!(file.extension().and_then(|ending| ending.to_str()), Some("br" | "gz")));
        files.sort();
    }
    writeln!(text, "pub(crate) const WHY_NOT: Option<&str> = {:?};", page.err()).expect("a text can be written");
    writeln!(text, "pub(crate) const FILES: &[File] = &[").expect("a text can be written");
    for file in &files {
        let page = page.expect("there are files of a page alone");
        let address = format!("/{}", file.strip_prefix(page).expect("it is in there").display()).replace('\\', "/");
        let packed = |ending: &str| {
            let packed = PathBuf::from(format!("{}.{ending}", file.display()));
            if packed.is_file() { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() }
        };
        let mut hasher = DefaultHasher::new();
        fs::read(file)?.hash(&mut hasher);
        writeln!(
            text,
            "    File {{ path: {address:?}, plain: include_bytes!({file:?}), gzip: {}, brotli: {}, tag: \"\\\"{:016x}\\\"\" }},",
            packed("gz"),
            packed("br"),
            hasher.finish(),
        )
        .expect("a text can be written");
    }
    text.push_str("];\n");
    Ok(text)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
