//! Builds pages with Node.js, and lists their files for a program to have them in itself.
//!
//! Without Node.js, or without the pages' packages and a way to them, the program is built without its pages: what is served
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

mod npm;

/// What all pages are made from, below the folder `web`.
const SHARED: [&str; 5] = [".npmrc", "package.json", "package-lock.json", "tsconfig.base.json", "scripts/compress.mjs"];

/// Builds what is in this folder of `web` from these `sources` below `web`, and writes the module `files.rs`.
pub(crate) fn embed(web: &Path, folder: &str, sources: &[&str]) {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder to write to"));
    println!("cargo::rerun-if-env-changed=CHAT_WEB");
    for source in SHARED.iter().chain(sources) {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    let built = build(web, folder, &out);
    if let Err(why) = &built {
        println!("cargo::warning=the page is left out: {why}");
    }
    let text = listing(built.as_deref().map_err(String::as_str)).expect("the page's files can be read");
    fs::write(out.join("files.rs"), text).expect("cargo's folder can be written");
}

/// The folder with the page's files.
fn build(web: &Path, folder: &str, out: &Path) -> Result<PathBuf, String> {
    if env::var("CHAT_WEB").is_ok_and(|value| value == "off") {
        return Err("it was switched off (CHAT_WEB=off)".into());
    }
    npm::packages(web)?;
    let page = out.join("page");
    // Packages are there, so what fails now is a fault of the page, which nobody wants to ship without noticing.
    let run = |words: &[&str]| npm::run(Command::new("node").args(words).arg(&page).current_dir(web.join(folder)));
    if let Err(why) =
        run(&["../node_modules/vite/bin/vite.js", "build", "--emptyOutDir", "--logLevel", "warn", "--outDir"])
            .and_then(|()| run(&["../scripts/compress.mjs"]))
    {
        panic!("the page cannot be built: {why}");
    }
    Ok(page)
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
    writeln!(text, "const WHY_NOT: Option<&str> = {:?};", page.err()).expect("a text can be written");
    writeln!(text, "const FILES: &[File] = &[").expect("a text can be written");
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
